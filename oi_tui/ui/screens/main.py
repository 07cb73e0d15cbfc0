"""The main screen: what a person's keys and the panes' messages lead to.

Owns the wiring between panes and the session on the desk. Where panes lie is `layout`'s, what a
key ladder does is `controls`', and what takes more than a line is an errand. Messages of panes are
handled by name, since their classes are loaded after the first frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.actions import SkipAction
from textual.binding import BindingType

from oi_tui.ui.keymap import bindings
from oi_tui.ui.screens.layout import Layout
from oi_tui.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from oi_tui.engine.live import LiveSession, SessionOpener
    from oi_tui.ui.approval import messages as approval
    from oi_tui.ui.desk import Desk
    from oi_tui.ui.screens.block_errands import BlockErrands
    from oi_tui.ui.screens.controls import Controls
    from oi_tui.ui.screens.errands import Errands
    from oi_tui.ui.screens.line_completion import LineCompletion
    from oi_tui.ui.screens.lines import Lines
    from oi_tui.ui.screens.output_errands import FromOutput, OutputErrands
    from oi_tui.ui.screens.saving import Saving
    from oi_tui.ui.screens.session_browser import FromSidebar, SessionBrowser
    from oi_tui.ui.screens.session_errands import SessionErrands
    from oi_tui.ui.widgets.conversation_messages import FromConversation

# Asked before the focused widget: a text field and a running program must not swallow them, and
# what is typed right after "find" must not go into the prompt.
PRIORITY = ("interrupt", "pane.next", "pane.previous", "sidebar.filter")


class _HasText(Protocol):
    """A message with a text."""

    text: str


class MainScreen(Layout):
    """The panes, wired to a session."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "interrupt": "climb('interrupt')",
            "back": "climb('back')",
            "help.keys": "help",
            "sidebar.toggle": "toggle_sidebar",
            "sidebar.filter": "filter_sessions",
            "session.new": "new_session",
            "model.choose": "choose_model",
            "settings.open": "settings",
            "approval.focus": "focus_approval",
            "pane.next": "step_pane(1)",
            "pane.previous": "step_pane(-1)",
            "outputs.fold": "fold_outputs",
            "editor.open": "edit_outside",
            "screen.redraw": "redraw",
            "block.previous": "step_block(-1)",
            "block.next": "step_block(1)",
        },
        PRIORITY,
    )

    desk: Desk
    errands: Errands
    lines: Lines
    line_completion: LineCompletion
    saving: Saving
    controls: Controls
    output_errands: OutputErrands
    session_errands: SessionErrands
    session_browser: SessionBrowser
    block_errands: BlockErrands

    def __init__(self, opener: SessionOpener) -> None:
        super().__init__(opener.settings)
        self._early_line = ""

    async def furnish(self, opener: SessionOpener) -> None:
        """Load and mount everything that the first frame did without."""
        from oi_tui.ui.screens.furniture import provide

        provide(self, opener)
        await self.mount_panes()
        self.prompt.use_completer(self.line_completion.candidates)

    def send_early_line(self) -> None:
        """Send what was sent before there was anybody to take it."""
        line, self._early_line = self._early_line, ""
        if line and line == self.prompt.held:
            self.prompt.release()
            self.errands.submit_line(line)

    # -- what the desk tells --------------------------------------------------------------------
    def session_opened(self, session: LiveSession) -> None:
        """Another session is on the desk."""
        self.activity.is_opening = False
        self.facts.folder = session.folder
        self.facts.is_read_only = bool(session.read_only)
        if session.read_only:
            self.errands.say(session.read_only, "warning")
        self._send_held(is_read_only=bool(session.read_only))
        self.facts_changed()
        self.show_activity()
        self.session_browser.opened(session)
        self.line_completion.recall()

    def _send_held(self, *, is_read_only: bool) -> None:
        held = self.prompt.held
        if is_read_only:
            self.prompt.release()
        elif held and not self.lines.take(held):
            self.desk.send_prompt(held)

    def session_failed(self, text: str) -> None:
        """No session could be opened."""
        self.activity.is_opening = False
        self.prompt.release()
        self.errands.say(text, "error")
        self.show_activity()

    def session_named(self, title: str) -> None:
        """The session has a title: the list shows it."""
        del title  # read again with all others
        self.session_browser.refresh()

    # -- what a person did in the prompt ----------------------------------------------------------
    @on(Prompt.Submitted)
    def _submit_line(self, message: Prompt.Submitted) -> None:
        if self.is_furnished:
            self.errands.submit_line(message.text)
        else:
            self._early_line = message.text
            self.prompt.hold(message.text)

    @on(Prompt.HelpRequested)
    async def _ask_for_help(self) -> None:
        await self.run_action("help")

    @on(Prompt.EndRequested)
    async def _end_of_input(self) -> None:
        await self.run_action("climb('end_of_input')")

    # -- what a person did in a pane --------------------------------------------------------------
    def on_decided(
        self, message: approval.Decided | approval.Edited | approval.ScanRequested
    ) -> None:
        """A proposal was decided or changed, or is to be scanned."""
        self.desk.submit(message.op)

    on_edited = on_scan_requested = on_decided

    def on_typing_began(self, message: approval.TypingBegan) -> None:
        """Prose began at a proposal: it belongs into the prompt."""
        self.prompt.focus()
        self.prompt.type_text(message.text)

    def on_full_screen_toggled(self) -> None:
        """A proposal gets the whole screen, or gives it back."""
        self.toggle_class("-full")

    def on_copy_requested(self, message: _HasText) -> None:
        """A pane asks for text on the clipboard."""
        self.errands.copy_text(message.text)

    on_output_view_copy_requested = on_copy_requested

    def on_conversation_prompt_requested(self, message: FromConversation) -> None:
        """Something is asked for at a block."""
        self.block_errands.serve(message)

    on_conversation_copy_requested = on_conversation_prompt_requested
    on_conversation_rerun_requested = on_conversation_prompt_requested
    on_conversation_edit_requested = on_conversation_prompt_requested
    on_conversation_branch_requested = on_conversation_prompt_requested
    on_conversation_replay_requested = on_conversation_prompt_requested
    on_conversation_link_requested = on_conversation_prompt_requested

    def on_output_view_typed(self, message: FromOutput) -> None:
        """Something is asked for in the output."""
        self.output_errands.serve(message)

    on_output_view_resized = on_output_view_typed
    on_output_view_interrupt_requested = on_output_view_typed
    on_output_view_save_requested = on_output_view_typed
    on_output_view_restart_requested = on_output_view_typed

    def on_sidebar_opened(self, message: FromSidebar) -> None:
        """Something is asked for in the list of sessions."""
        self.session_browser.serve(message)

    on_sidebar_asked = on_sidebar_opened
    on_sidebar_search_requested = on_sidebar_opened
    on_sidebar_preview_requested = on_sidebar_opened
    on_sidebar_left = on_sidebar_opened

    # -- keys -------------------------------------------------------------------------------------
    def action_climb(self, press: str) -> None:
        """Climb a ladder."""
        self.controls.climb(press)

    def action_help(self) -> None:
        """Show help and the keys of the focused pane."""
        self.errands.show_help()

    def action_choose_model(self) -> None:
        """Show the models to choose from."""
        self.errands.choose_model()

    def action_settings(self) -> None:
        """Show all settings."""
        self.errands.show_settings()

    def action_new_session(self) -> None:
        """Start a new session."""
        self.errands.switch("")

    def action_edit_outside(self) -> None:
        """Edit the prompt, or the proposal that has the focus, in the person's own editor."""
        self.errands.edit_outside()

    def action_filter_sessions(self, words: str = "") -> None:
        """Go to the filter of the list of sessions, which looks for `words` then.

        Raises:
            SkipAction: a running program wants the key.
        """
        if self.output.typing:
            raise SkipAction
        if not self.query_one("#sessions").display:
            self.action_toggle_sidebar()
        self.sidebar.action_filter()
        self.sidebar.look_for(words)
