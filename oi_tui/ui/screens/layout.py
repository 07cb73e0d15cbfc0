"""Where the panes of the main screen lie, and how the screen shows what goes on.

Owns the panes, their order and the classes that `main.tcss` places them by. Knows no engine: it is
told by the dispatcher (it is its `Frame`), and passes nothing on. The panes come with the
furniture, after the first frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from oi_tui.commands.actions import Where
from oi_tui.text.translation import tr
from oi_tui.ui.activity import Activity
from oi_tui.ui.clock import clock_of
from oi_tui.ui.screens.first_frame import FirstFrame
from oi_tui.ui.widgets.hello import Hello

if TYPE_CHECKING:
    from oi_tui.protocol.items import EngineState
    from oi_tui.ui.activity import Progress
    from oi_tui.ui.widgets.approval_panel import ApprovalPanel
    from oi_tui.ui.widgets.conversation import Conversation
    from oi_tui.ui.widgets.output_view import OutputView
    from oi_tui.ui.widgets.session_preview import SessionPreview
    from oi_tui.ui.widgets.sidebar import Sidebar


class Layout(FirstFrame):
    """Conversation, approval, output and sessions around the prompt."""

    conversation: Conversation
    approval: ApprovalPanel
    output: OutputView
    sidebar: Sidebar
    preview: SessionPreview
    is_furnished = False  # the panes are there, and what brings a session to them
    _settles = _offers_focus = False

    async def mount_panes(self) -> None:
        """Put the panes into the places that the first frame left for them."""
        from oi_tui.ui.widgets.work_empty import WorkEmpty

        with self.app.batch_update():
            await self.query_one("#talk").mount(self.conversation, self.preview)
            empty = WorkEmpty(id="work-empty")
            await self.query_one("#work").mount(self.approval, self.output, empty)
            await self.query_one("#prompt-box").mount(self.completion, before=0)
            await self.query_one("#sessions").mount(self.sidebar)
        self.is_furnished = True
        self.set_interval(1.0, self._tick)

    def on_descendant_focus(self) -> None:
        """The words under the prompt depend on where the focus is."""
        focused = self.focused
        self.activity.is_typing = self.is_furnished and self.output.typing
        self.activity.approval_has_focus = (
            self.is_furnished
            and focused is not None
            and self.approval in focused.ancestors_with_self
        )
        self.show_activity()

    # -- focus ----------------------------------------------------------------------------------
    def action_step_pane(self, way: int) -> None:
        """Move the focus to the next pane on the screen, or the one before."""
        panes: list[Widget] = [self.prompt, self.approval, self.output, self.conversation]
        panes = [pane for pane in panes if _is_on_screen(pane)]
        if _is_on_screen(self.sidebar):
            panes.append(self.sidebar)
        here = [index for index, pane in enumerate(panes) if pane.has_focus_within]
        self.focus_pane(panes[((here[0] if here else -way) + way) % len(panes)])

    def focus_pane(self, pane: Widget) -> None:
        """Give a pane the focus."""
        if pane is self.sidebar:
            self.sidebar.focus_list()
        else:
            pane.focus()

    def focused_place(self) -> Where:
        """Return which part of the screen has the focus."""
        places = {
            Where.PROMPT: self.prompt,
            Where.APPROVAL: self.approval,
            Where.OUTPUT: self.output,
            Where.CONVERSATION: self.conversation,
            Where.SIDEBAR: self.sidebar,
        }
        here = [where for where, pane in places.items() if pane.has_focus_within]
        return here[0] if here else Where.ANYWHERE

    def action_toggle_sidebar(self) -> None:
        """Show or hide the list of sessions."""
        if self.has_class("-wide"):
            shown = self.has_class("-sidebar-hidden")
            self.set_class(not shown, "-sidebar-hidden")
        else:
            shown = not self.has_class("-sidebar-open")
            self.set_class(shown, "-sidebar-open")
        if shown:
            self.sidebar.action_ask("look_anew")
        self.focus_pane(self.sidebar if shown else self.prompt)

    def action_focus_approval(self) -> None:
        """Go to the proposal, or the running program, that waits."""
        if self.approval.has_class("-open"):
            self.approval.focus()
        elif self.activity.waits_for_input:
            self.output.start_typing()
        else:
            self.hint(tr("Nothing waits for you"))

    def action_step_block(self, way: int) -> None:
        """Move the cursor in the conversation."""
        self.conversation.focus()
        self.conversation.action_step(way)

    def action_fold_outputs(self) -> None:
        """Show every output in the conversation whole, or fold them all."""
        self.conversation.fold_all()

    # -- words ----------------------------------------------------------------------------------
    def reset(self) -> None:
        """Take a session off the screen."""
        self.conversation.clear()
        self.approval.clear()
        self.output.clear()
        self.remove_class("-begun", "-ran", "-proposal", "-full")
        self.activity = Activity()
        self.show_activity()

    def show_activity(self) -> None:
        """Say what goes on now, at the session's place in the list as well."""
        super().show_activity()
        if self.is_furnished:
            self.sidebar.show_live(self.activity.status)

    # -- what the dispatcher tells (`Frame`) ------------------------------------------------------
    def state_changed(self, state: EngineState) -> None:
        """The engine does something else."""
        self.activity.enter(state, clock_of(self).monotonic())
        self.show_activity()

    def approval_requested(self) -> None:
        """A proposal waits; it gets the focus only from somebody who is not typing."""
        self._offers_focus = True
        self.proposal_changed()

    def proposal_changed(self) -> None:
        """The panel opened or closed: make room for it, once for all that happened together.

        A class of the screen restyles every pane (tens of milliseconds), so it waits for the end
        of the batch.
        """
        if not self._settles:
            self._settles = True
            self.call_next(self._settle_proposal)

    def _settle_proposal(self) -> None:
        self._settles = False
        is_open = self.approval.has_class("-open")
        if self.has_class("-proposal") and not is_open:
            self.remove_class("-full")
            if self.activity.approval_has_focus or self.focused is None:
                self.prompt.focus()
        self.set_class(is_open, "-proposal")
        self._offer_focus()
        self.show_activity()

    def _offer_focus(self) -> None:
        """Offer the focus until the panel took it: a second after the last key may be later."""
        if not self.approval.is_waiting:
            self._offers_focus = False
        elif self._offers_focus and self.focused in (None, self.prompt):
            self._offers_focus = not self.approval.offer_focus(not self.prompt.text)

    def _tick(self) -> None:
        self._offer_focus()
        self.show_activity()

    def run_changed(self, language: str, waits_for_input: bool) -> None:
        """A run began, waits for input, or ended."""
        if not self.has_class("-ran"):
            self.add_class("-ran")
        self.activity.language = language
        self.activity.waits_for_input = waits_for_input
        self.show_activity()

    def conversation_changed(self) -> None:
        """There is a first word to look at."""
        if not self.has_class("-begun"):
            self.add_class("-begun")

    def facts_changed(self) -> None:
        """Something in the status bar changed."""
        self.status.refresh()
        self.query_one(Hello).say(self.facts)

    def progress(self, event: Progress) -> None:
        """Something is under way that has no block of its own."""
        self.activity.note(event, clock_of(self).monotonic())
        self.show_activity()


def _is_on_screen(pane: Widget) -> bool:
    return all(node.display for node in pane.ancestors_with_self if isinstance(node, Widget))
