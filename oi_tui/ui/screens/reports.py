"""Shows what a person asks about: this system, tokens, what the model will be sent, a command.

Owns which facts a report is made of and that counting happens in the background. The words are
`report_texts`'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from oi_tui.commands.registry import find
from oi_tui.protocol.items import ChatMessage, Role
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.ui.background import in_background
from oi_tui.ui.screens import report_texts as texts
from oi_tui.ui.screens.text_screen import TextScreen, Uses
from oi_tui.ui.widgets.status_bar import short_folder

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.engine.tokens import TokenReport
    from oi_tui.ui.screens.main import MainScreen


class Reports:
    """Shows reports over one main screen."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self._opener = screen, opener

    def show(self, title: str, text: str, *, lead: str = "", name: str = "") -> None:
        """Show a text that can be copied and saved."""
        question = tr("Save this text to which file?")
        saving = self._screen.saving
        use = Uses(
            self._screen.errands.copy_text,
            lambda file, content: saving.ask_where(question, file, content),
        )
        self._screen.app.push_screen(TextScreen(title, text, use, lead=lead, name=name))

    def show_info(self) -> None:
        """Show versions, system, model, session, shells, files."""
        session = self._screen.desk.session
        size = self._screen.app.size
        text = texts.info_text(
            self._screen.facts,
            session_id=session.session_id if session is not None else "",
            file=session.file if session is not None else "",
            log=self._opener.log_file,
            size=(size.width, size.height),
        )
        self.show(tr("About this system"), text, name="oi-tui-info.txt")

    def show_help(self, name: str) -> None:
        """Explain a command, or all of them."""
        command = find(name.lstrip("%/"))
        if command is None:
            self._screen.errands.show_help(commands_first=True)
            return
        text = texts.command_text(command, self._screen.keymap)
        self.show(command.title, text, name=f"oi-tui-{command.name}.txt")

    # -- what the engine is asked for -------------------------------------------------------------
    def show_tokens(self, text: str) -> None:
        """Count the conversation, and a text, and show what they weigh and cost."""
        engine = self._screen.desk.engine
        if engine is None:
            self._nothing_open()
            return
        self._screen.hint(tr("Counting …"), 30.0)

        def counted(report: TokenReport) -> None:
            self._screen.hint("")
            said = texts.tokens_text(report)
            lead = texts.tokens_lead(report)
            self.show(tr("Tokens and cost"), said, lead=lead, name="oi-tui-tokens.txt")

        in_background(
            self._screen.call_later, lambda: engine.token_report(text), counted, self._failed
        )

    def show_messages(self, said: str = "") -> None:
        """Show what would be sent to the model now; `said` goes before it."""

        def built(messages: Sequence[ChatMessage]) -> None:
            count = trn("{count} message", "{count} messages", len(messages))
            lead = tr("{count} would be sent now. Secrets are left out.", count=count)
            text = texts.messages_text(messages)
            lead = f"{said}\n{lead}" if said else lead
            self.show(tr("What the model will be sent"), text, lead=lead, name="oi-tui-debug.txt")

        self._with_messages(built)

    def show_instructions(self) -> None:
        """Show the system message."""

        def built(messages: Sequence[ChatMessage]) -> None:
            told = [one.text for one in messages if one.role is Role.SYSTEM]
            lead = tr("%system_message TEXT replaces it; %system_message default takes it back.")
            text = "\n\n".join(told)
            self.show(tr("System message"), text, lead=lead, name="system-message.txt")

        self._with_messages(built)

    def _with_messages(self, built: Callable[[Sequence[ChatMessage]], None]) -> None:
        engine = self._screen.desk.engine
        if engine is None:
            self._nothing_open()
        else:
            in_background(self._screen.call_later, engine.next_messages, built, self._failed)

    def set_debug(self, on: bool) -> None:
        """Begin the log and show what the model will be sent, or end the log."""

        def done(file: str) -> None:
            if on:
                path = short_folder(file)
                self.show_messages(tr("A log is written to {path}", path=path))
            else:
                self._screen.hint(tr("No log is written any more"))

        def refused(error: Exception) -> None:
            why = getattr(error, "strerror", "") or type(error).__name__
            self._screen.errands.say(tr("No log is written: {error}", error=why), "warning")
            self.show_messages()

        in_background(self._screen.call_later, lambda: self._opener.set_log(on), done, refused)

    def _nothing_open(self) -> None:
        self._screen.hint(tr("Nothing is open yet"))

    def _failed(self, error: Exception) -> None:
        why = one_line(str(error) or type(error).__name__, 200)
        self._screen.errands.say(tr("That could not be found out: {why}", why=why), "error")
