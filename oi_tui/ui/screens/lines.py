"""Commands on the main screen: from a line in the prompt, or in the palette, to what it does.

Owns what each intent means here. The grammar is the registry's; ops go to the engine as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.commands.command import Export, Intent
from oi_tui.commands.registry import CommandProblem, ParsedCommand, parse_line
from oi_tui.commands.requests import switch
from oi_tui.config.errors import nearest
from oi_tui.formats.message_files import path_in
from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import ProseBlock, blocks_to_rerun
from oi_tui.ui.screens.compacting import offer_compaction
from oi_tui.ui.screens.key_entry import enter_key
from oi_tui.ui.screens.message_files import MessageFiles
from oi_tui.ui.screens.reports import Reports

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.ui.screens.main import MainScreen

PROBLEM_SECONDS = 6.0


class Lines:
    """Carries out commands for one main screen."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self._opener = screen, opener
        self._files = MessageFiles(screen)
        self._reports = Reports(screen, opener)

    def take(self, text: str) -> bool:
        """Carry out `text` if it is a command; False if it is a prompt for the model.

        A line that looks like a command but is none stays in the prompt, with a word about it. A
        command waits in the prompt, as a prompt does, while a session is being opened.
        """
        parsed = parse_line(text)
        if parsed is None:
            return False
        if isinstance(parsed, CommandProblem):
            self._screen.prompt.release()
            self._screen.hint(parsed.text, PROBLEM_SECONDS)
        elif self._screen.activity.is_opening and parsed.request is not Intent.QUIT:
            self._screen.prompt.hold(text)
        else:
            self._clear(text)
            self.carry_out(parsed)
        return True

    def _clear(self, text: str) -> None:
        prompt = self._screen.prompt
        if prompt.held:
            prompt.accept(text)  # what was typed after it stays
        else:
            prompt.take()

    def carry_out(self, parsed: ParsedCommand) -> None:
        """Do what a command asks for."""
        request, argument = parsed.request, parsed.argument
        if isinstance(request, Export):
            path = str(path_in(self._folder(), request.path)) if request.path else ""
            self._screen.session_errands.export(form=request.form, path=path)
        elif isinstance(request, Intent):
            done = self._about_sessions(request, argument) or self._about_texts(request, argument)
            if not done:
                self._do(request, argument)
        elif isinstance(request, ops.SetModel):
            self._screen.errands.set_model(request.model)
        elif not self._screen.desk.submit(request):
            self._screen.hint(tr("Nothing is open yet"))

    # -- intents ----------------------------------------------------------------------------------
    def _about_sessions(self, intent: Intent, argument: str) -> bool:
        screen = self._screen
        match intent:
            case Intent.NEW_SESSION:
                screen.errands.switch("")
            case Intent.SHOW_SESSIONS:
                screen.action_filter_sessions(argument)
            case Intent.OPEN_SESSION:
                screen.errands.switch(argument)
            case Intent.RENAME_SESSION:
                screen.session_errands.rename()
            case Intent.PIN_SESSION:
                screen.session_errands.pin()
            case Intent.BRANCH_SESSION:
                screen.session_errands.branch()
            case Intent.DELETE_SESSION:
                screen.session_errands.delete()
            case Intent.IMPORT_SESSION:
                screen.session_errands.load(str(path_in(self._folder(), argument)))
            case _:
                return False
        return True

    def _about_texts(self, intent: Intent, argument: str) -> bool:
        match intent:
            case Intent.SAVE_MESSAGES:
                self._files.save(argument)
            case Intent.LOAD_MESSAGES:
                self._files.load(argument)
            case Intent.SHOW_HELP:
                self._reports.show_help(argument)
            case Intent.SHOW_INFO:
                self._reports.show_info()
            case Intent.SHOW_TOKENS:
                self._reports.show_tokens(argument)
            case Intent.SHOW_INSTRUCTIONS:
                self._reports.show_instructions()
            case Intent.DEBUG:
                self._reports.set_debug(not argument or switch(argument))
            case Intent.COPY_LAST:
                self._copy_last()
            case _:
                return False
        return True

    def _do(self, intent: Intent, argument: str) -> None:
        screen, errands = self._screen, self._screen.errands
        match intent:
            case Intent.SHOW_KEYS:
                errands.show_help()
            case Intent.SHOW_SETTINGS:
                errands.show_settings()
            case Intent.VERBOSE:
                self._set_verbose(argument)
            case Intent.RERUN:
                self._rerun()
            case Intent.COMPACT:
                offer_compaction(screen, argument)
            case Intent.TOGGLE_AUTO_RUN:
                screen.desk.submit(ops.SetAutoRun(not screen.facts.auto_run))
            case Intent.CHOOSE_MODEL:
                errands.choose_model()
            case Intent.ENTER_KEY:
                enter_key(screen, self._opener)
            case Intent.CHOOSE_THEME:
                screen.app.search_themes()
            case Intent.SET_THEME:
                self._set_theme(argument)
            case Intent.QUIT:
                errands.quit()
            case _:
                raise ValueError(intent)  # a test carries out every command of the table

    # -- what takes more than a line --------------------------------------------------------------
    def _folder(self) -> str:
        session = self._screen.desk.session
        return session.folder if session is not None else ""

    def _set_theme(self, name: str) -> None:
        themes = self._screen.app.available_themes
        if name in themes:
            self._screen.app.theme = name
            return
        text = tr("There is no theme called {name}.", name=one_line(name, 40))
        if near := nearest(name, themes):
            text += " " + tr("Did you mean {name}?", name=near)
        self._screen.hint(text, PROBLEM_SECONDS)

    def _set_verbose(self, argument: str) -> None:
        conversation = self._screen.conversation
        on = switch(argument) if argument else not conversation.is_verbose
        conversation.set_verbose(on)
        self._screen.hint(tr("Details are shown") if on else tr("Details are hidden"))

    def _copy_last(self) -> None:
        blocks = self._screen.desk.transcript.blocks
        replies = [block.text for block in reversed(blocks) if isinstance(block, ProseBlock)]
        if replies:
            self._screen.errands.copy_text(replies[0])
        else:
            self._screen.hint(tr("The model has written nothing yet"))

    def _rerun(self) -> None:
        blocks = blocks_to_rerun(self._screen.desk.transcript.blocks)
        if not blocks:
            self._screen.hint(tr("No code of this session ran well yet"))
            return

        def answered(answer: str | None) -> None:
            if answer == "run":
                self._screen.session_errands.replay()

        self._screen.errands.ask(
            trn(
                "Run {count} piece of code again?",
                "Run {count} pieces of code again, in order?",
                len(blocks),
            ),
            tr("You are asked about each, also with auto-run. What they changed stays changed."),
            (("", "n", tr("Leave it")), ("run", "r", tr("Propose them"))),
            answered,
        )
