"""The main screen: what a person's keys and the panes' messages lead to.

Owns the wiring between panes and the session on the desk. Where panes lie is `layout`'s, what a
key ladder does is `controls`', and what takes more than a line is an errand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType

from oi_tui.protocol import ops
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock
from oi_tui.ui.approval import messages as approval
from oi_tui.ui.desk import Desk, DeskEvents
from oi_tui.ui.dispatch import Panes
from oi_tui.ui.keymap import bindings
from oi_tui.ui.ladder import Press
from oi_tui.ui.screens.controls import Controls
from oi_tui.ui.screens.errands import Errands
from oi_tui.ui.screens.layout import Layout
from oi_tui.ui.screens.lines import Lines
from oi_tui.ui.widgets import output_messages as output
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.prompt import Prompt
from oi_tui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from oi_tui.engine.live import LiveSession, SessionOpener

# Asked before the focused widget: a text field and a running program must not swallow them.
PRIORITY = ("interrupt", "pane.next", "pane.previous")


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

    def __init__(self, opener: SessionOpener) -> None:
        super().__init__(opener.settings)
        panes = Panes(self.conversation, self.approval, self.output, self.prompt, self, self.facts)
        tell = DeskEvents(self.reset, self._opened, self._failed)
        self.desk = Desk(opener, self.output.tap, panes, tell, self.call_later)
        self.errands = Errands(self, opener)
        self.lines = Lines(self)
        self.controls = Controls(self)
        self.prompt.use_completer(self.lines.candidates)

    # -- what the desk tells --------------------------------------------------------------------
    def _opened(self, session: LiveSession) -> None:
        self.activity.is_opening = False
        self.facts.folder = session.folder
        self.facts.is_read_only = bool(session.read_only)
        if session.read_only:
            self.errands.say(session.read_only, "warning")
        elif self.prompt.held:
            self.desk.submit(ops.SubmitPrompt(self.prompt.held))
        self.facts_changed()
        self.show_activity()
        self.errands.list_sessions()

    def _failed(self, text: str) -> None:
        self.activity.is_opening = False
        self.prompt.release()
        self.errands.say(text, "error")
        self.show_activity()

    def session_named(self, title: str) -> None:
        """The session has a title: the list shows it."""
        del title  # read again with all others
        self.errands.list_sessions()

    # -- what a person did in a pane ------------------------------------------------------------
    @on(Prompt.Submitted)
    def _submit_line(self, message: Prompt.Submitted) -> None:
        self.errands.submit_line(message.text)

    @on(Prompt.PasteCut)
    def _tell_of_cut(self, message: Prompt.PasteCut) -> None:
        self.hint(tr("{count} characters of the paste did not fit", count=message.dropped))

    @on(Prompt.HelpRequested)
    def action_help(self) -> None:
        """Show help and the keys of the focused pane."""
        self.errands.show_help()

    @on(Prompt.EndRequested)
    def _end_of_input(self) -> None:
        self.controls.press(Press.END_OF_INPUT)

    @on(approval.Decided)
    @on(approval.Edited)
    def _decide(self, message: approval.Decided | approval.Edited) -> None:
        self.desk.submit(message.op)

    @on(approval.TypingBegan)
    def _type_into_prompt(self, message: approval.TypingBegan) -> None:
        self.prompt.focus()
        self.prompt.type_text(message.text)

    @on(approval.FullScreenToggled)
    def _toggle_full(self) -> None:
        self.toggle_class("-full")

    @on(approval.CopyRequested)
    @on(Conversation.CopyRequested)
    @on(Sidebar.CopyRequested)
    @on(output.CopyRequested)
    def _copy(
        self,
        message: approval.CopyRequested
        | Conversation.CopyRequested
        | Sidebar.CopyRequested
        | output.CopyRequested,
    ) -> None:
        self.errands.copy_text(message.text)

    @on(Conversation.PromptRequested)
    def _put_into_prompt(self, message: Conversation.PromptRequested) -> None:
        self.prompt.put(message.text)
        self.prompt.focus()

    @on(Conversation.RerunRequested)
    @on(Conversation.EditRequested)
    def _propose_again(
        self, message: Conversation.RerunRequested | Conversation.EditRequested
    ) -> None:
        block = self.desk.transcript.find(message.block_id)
        if isinstance(block, CodeBlock):
            self.desk.submit(ops.ProposeCode(block.language, block.code))

    @on(Conversation.LinkRequested)
    def _open_link(self, message: Conversation.LinkRequested) -> None:
        self.errands.open_link(message.url)

    @on(output.Typed)
    def _type_into_program(self, message: output.Typed) -> None:
        if self.desk.engine is not None:
            self.desk.engine.write_input(message.data)

    @on(output.Resized)
    def _resize_terminals(self, message: output.Resized) -> None:
        if self.desk.engine is not None:
            self.desk.engine.resize(message.columns, message.rows)

    @on(output.InterruptRequested)
    def _interrupt(self) -> None:
        if self.desk.engine is not None:
            self.desk.engine.interrupt()

    @on(Sidebar.Opened)
    def _open_session(self, message: Sidebar.Opened) -> None:
        self.errands.switch(message.session_id)

    @on(Sidebar.NewRequested)
    def action_new_session(self) -> None:
        """Start a new session."""
        self.errands.switch("")

    # -- keys -------------------------------------------------------------------------------------
    def action_climb(self, press: str) -> None:
        """Climb a ladder."""
        self.controls.press(Press(press))

    def action_edit_outside(self) -> None:
        """Edit the prompt, or the proposal that has the focus, in the person's own editor."""
        self.errands.edit_outside()

    def action_filter_sessions(self) -> None:
        """Go to the filter of the list of sessions."""
        if not self.sidebar.display:
            self.action_toggle_sidebar()
        self.sidebar.action_filter()

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.app.refresh(layout=True)

    def action_fold_outputs(self) -> None:
        """Show every output in the conversation whole, or fold them all."""
        self.conversation.fold_all()
