"""What the steps of the ladders do on the main screen.

Owns the ladder and its words. Knows the panes only by what it asks of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.actions import SkipAction
from textual.widgets import TextArea

from oi_tui.protocol.items import EngineState
from oi_tui.text.translation import tr
from oi_tui.ui.clock import clock_of
from oi_tui.ui.keymap import first_label
from oi_tui.ui.ladder import Ladder, Press, Situation, Step

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen


class Controls:
    """Climbs the ladders for one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._ladder = Ladder()

    def climb(self, press: str) -> None:
        """Do what a press means now, by its name in a binding; see `press`."""
        self.press(Press(press))

    def press(self, press: Press) -> None:
        """Do what a press means now.

        Raises:
            SkipAction: the focused widget has its own meaning for the key.
        """
        step = self._ladder.press(press, self._situation(), clock_of(self._screen).monotonic())
        if step is Step.PASS_ON:
            raise SkipAction
        self._do(step)

    def _situation(self) -> Situation:
        screen = self._screen
        state = screen.activity.state
        return Situation(
            has_selection=bool(self._selected_text()),
            has_popup=screen.completion.is_open,
            is_typing=screen.output.typing,
            is_running=state is EngineState.RUNNING,
            running_since=screen.activity.since,
            is_thinking=state is EngineState.THINKING,
            is_asking=state is EngineState.ASKING,
            approval_has_focus=screen.approval.has_focus_within,
            has_draft=bool(screen.prompt.text) and not screen.prompt.held,
        )

    def _selected_text(self) -> str:
        focused = self._screen.focused
        if isinstance(focused, TextArea) and focused.selected_text:
            return focused.selected_text
        return self._screen.get_selected_text() or ""

    def _do(self, step: Step) -> None:
        screen, keymap = self._screen, self._screen.keymap
        engine = screen.desk.engine
        match step:
            case Step.COPY:
                screen.errands.copy_text(self._selected_text())
                self._clear_selection()
            case Step.CLEAR_SELECTION:
                self._clear_selection()
            case Step.CLOSE_POPUP:
                screen.prompt.close_list()
            case Step.INTERRUPT_RUN | Step.STOP_MODEL:
                if engine is not None:
                    engine.interrupt()
            case Step.HINT_INTERRUPT:
                screen.hint(tr("Esc again interrupts what runs"))
            case Step.OFFER_KILL:
                screen.errands.offer_kill()
            case Step.HINT_APPROVAL:
                key = first_label("approval.focus", keymap)
                screen.hint(
                    tr("A proposal waits: y runs it, Esc stops · {key} goes there", key=key)
                )
            case Step.CLEAR_DRAFT:
                screen.prompt.take()
                screen.hint(tr("Draft put away · ↑ brings it back"))
            case Step.HINT_QUIT:
                screen.hint(tr("Once more to quit"), 1.0)
            case Step.QUIT:
                screen.errands.quit()
            case Step.NOTHING | Step.PASS_ON:
                pass

    def _clear_selection(self) -> None:
        focused = self._screen.focused
        if isinstance(focused, TextArea):
            focused.move_cursor(focused.cursor_location)
        self._screen.clear_selection()
