"""Where the panes of the main screen lie, and how the screen shows what goes on.

Owns the panes, their order and the classes that `main.tcss` places them by. Knows no engine: it is
told by the dispatcher (it is its `Frame`), and passes nothing on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from oi_tui.commands.actions import Where
from oi_tui.protocol.events import PromptQueued, RequestSent, Retrying
from oi_tui.protocol.items import EngineState
from oi_tui.text.translation import tr
from oi_tui.ui.activity import Activity
from oi_tui.ui.keymap import first_label, keys_to_actions
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.approval_panel import ApprovalPanel
from oi_tui.ui.widgets.completion import Completion
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.hello import Hello
from oi_tui.ui.widgets.hint_line import HINT_SECONDS, HintLine
from oi_tui.ui.widgets.output_view import OutputView
from oi_tui.ui.widgets.prompt import Prompt
from oi_tui.ui.widgets.sidebar import Sidebar
from oi_tui.ui.widgets.status_bar import StatusBar, StatusFacts
from oi_tui.ui.widgets.too_small import TooSmall, is_too_small
from oi_tui.ui.widgets.work_empty import WorkEmpty

if TYPE_CHECKING:
    from oi_tui.config.schema import Settings


class Layout(Screen[None]):
    """Conversation, approval, output, sessions and prompt."""

    AUTO_FOCUS = "Prompt"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.keymap = settings.keymap
        self.activity = Activity()
        self.facts = StatusFacts(model=settings.model, auto_run=settings.auto_run)
        self.conversation = Conversation()
        self.approval = ApprovalPanel(keymap=self.keymap)
        self.output = OutputView()
        self.completion = Completion()
        keys = keys_to_actions(Where.PROMPT, self.keymap)
        self.prompt = Prompt(keys, self.completion, placeholder=tr("What should be done?"))
        self.hints = HintLine()
        self.sidebar = Sidebar()
        self.status = StatusBar(self.facts)
        self._settles = self._offers_focus = False

    def compose(self) -> ComposeResult:
        """Lay out the panes; `main.tcss` says where each lies at which width."""
        yield self.sidebar
        with Container(id="body"):
            with Container(id="talk"):
                yield Hello(self.facts, id="hello")
                yield self.conversation
            with Vertical(id="work"):
                yield self.approval
                yield self.output
                yield WorkEmpty(id="work-empty")
            with Vertical(id="prompt-box"):
                yield self.completion
                with Horizontal(id="prompt-row"):
                    yield SafeStatic("›", id="prompt-mark")
                    yield self.prompt
                yield self.hints
        yield self.status
        yield TooSmall(first_label("interrupt", self.keymap), first_label("quit", self.keymap))

    def on_mount(self) -> None:
        """Show time pass while something is under way."""
        self.set_interval(1.0, self._tick)
        self.show_activity()

    def on_resize(self, event: events.Resize) -> None:
        """Cover everything while the window is too small."""
        self.set_class(is_too_small(*event.size), "-too-small")

    def on_descendant_focus(self) -> None:
        """The words under the prompt depend on where the focus is."""
        focused = self.focused
        self.activity.approval_has_focus = (
            focused is not None and self.approval in focused.ancestors_with_self
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
        self.focus_pane(self.sidebar if shown else self.prompt)

    def action_focus_approval(self) -> None:
        """Go to the proposal that waits."""
        if self.approval.has_class("-open"):
            self.approval.focus()
        else:
            self.hint(tr("No code waits for you"))

    def action_step_block(self, way: int) -> None:
        """Move the cursor in the conversation."""
        self.conversation.focus()
        self.conversation.action_step(way)

    # -- words ----------------------------------------------------------------------------------
    def hint(self, text: str, seconds: float = HINT_SECONDS) -> None:
        """Say something in passing."""
        self.hints.hint(text, seconds)

    def show_activity(self) -> None:
        """Say what goes on now."""
        self.hints.set_activity(self.activity.words(self.keymap, time.monotonic()))
        self.hints.set_keys(self.activity.keys(self.keymap) if self.prompt.has_focus else "")

    def reset(self) -> None:
        """Take a session off the screen."""
        self.conversation.clear()
        self.approval.clear()
        self.output.clear()
        self.remove_class("-begun", "-ran", "-proposal", "-full")
        self.activity = Activity()
        self.show_activity()

    # -- what the dispatcher tells (`Frame`) ------------------------------------------------------
    def state_changed(self, state: EngineState) -> None:
        """The engine does something else."""
        self.activity.enter(state, time.monotonic())
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

    def progress(self, event: RequestSent | Retrying | PromptQueued) -> None:
        """Something is under way that has no block of its own."""
        self.activity.note(event)
        self.show_activity()


def _is_on_screen(pane: Widget) -> bool:
    return all(node.display for node in pane.ancestors_with_self if isinstance(node, Widget))
