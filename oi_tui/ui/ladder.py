"""What Ctrl+C and Esc mean: two ladders of small steps, from the harmless to the final.

A pure state machine: the screen says what its situation is, the ladder says what the press does.
Knows no widget, no engine and no clock but the one it is handed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

KILL_AFTER = 2.0  # seconds a run gets to obey an interrupt before killing it is offered
ESCAPE_TWICE = 2.0  # seconds between the two Esc that interrupt a run
QUIT_TWICE = 1.0  # seconds between the two Ctrl+C (or Ctrl+D) that quit


class Press(StrEnum):
    """The keys that climb."""

    INTERRUPT = auto()  # Ctrl+C
    BACK = auto()  # Esc
    END_OF_INPUT = auto()  # Ctrl+D on an empty prompt


class Step(StrEnum):
    """What a press does."""

    NOTHING = auto()
    COPY = auto()
    CLEAR_SELECTION = auto()
    CLOSE_POPUP = auto()
    PASS_ON = auto()  # the focused widget has its own meaning for the key
    INTERRUPT_RUN = auto()
    HINT_INTERRUPT = auto()
    OFFER_KILL = auto()
    STOP_MODEL = auto()
    HINT_APPROVAL = auto()
    CLEAR_DRAFT = auto()
    HINT_QUIT = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true on the screen at the moment of a press. `running_since`: on the same clock."""

    has_selection: bool = False
    has_popup: bool = False
    is_typing: bool = False  # keys go to the running program
    is_running: bool = False
    running_since: float = 0.0
    is_thinking: bool = False
    is_asking: bool = False
    approval_has_focus: bool = False
    has_draft: bool = False


class Ladder:
    """Remembers the last presses, so that a second one in time climbs a step higher."""

    def __init__(self) -> None:
        self._interrupted: float | None = None  # first interrupt of the run under way
        self._last: tuple[Press, Step, float] | None = None

    def press(self, press: Press, situation: Situation, now: float) -> Step:
        """Return what this press does; `now` in seconds of a clock that never goes back."""
        if press is Press.INTERRUPT:
            step = self._interrupt(situation, now)
        elif press is Press.BACK:
            step = self._back(situation, now)
        else:
            step = self._end_of_input(situation, now)
        self._last = (press, step, now)
        return step

    def _interrupt(self, situation: Situation, now: float) -> Step:
        match situation:
            case Situation(has_selection=True):
                return Step.COPY
            case Situation(has_popup=True):
                return Step.CLOSE_POPUP
            case Situation(is_typing=True):
                return Step.PASS_ON
            case Situation(is_running=True):
                return self._interrupt_run(situation, now)
            case Situation(is_thinking=True):
                return Step.STOP_MODEL
            case Situation(approval_has_focus=True):
                return Step.HINT_APPROVAL
            case Situation(has_draft=True):
                return Step.CLEAR_DRAFT
            case Situation(is_asking=True):
                return Step.HINT_APPROVAL
        return self._twice(Press.INTERRUPT, Step.HINT_QUIT, Step.QUIT, QUIT_TWICE, now)

    def _back(self, situation: Situation, now: float) -> Step:
        match situation:
            case Situation(has_selection=True):
                return Step.CLEAR_SELECTION
            case Situation(has_popup=True):
                return Step.CLOSE_POPUP
            case Situation(is_typing=True) | Situation(approval_has_focus=True):
                return Step.PASS_ON
            case Situation(is_running=True):
                step = self._twice(
                    Press.BACK, Step.HINT_INTERRUPT, Step.INTERRUPT_RUN, ESCAPE_TWICE, now
                )
                return self._interrupt_run(situation, now) if step is Step.INTERRUPT_RUN else step
            case Situation(is_thinking=True):
                return Step.STOP_MODEL
            case Situation(has_draft=True):
                return Step.NOTHING
            case Situation(is_asking=True):
                return Step.HINT_APPROVAL
        return Step.NOTHING

    def _end_of_input(self, situation: Situation, now: float) -> Step:
        busy = situation.is_running or situation.is_thinking or situation.is_asking
        if busy or situation.has_draft or situation.has_popup or situation.is_typing:
            return Step.PASS_ON
        return self._twice(Press.END_OF_INPUT, Step.HINT_QUIT, Step.QUIT, QUIT_TWICE, now)

    def _interrupt_run(self, situation: Situation, now: float) -> Step:
        if self._interrupted is None or self._interrupted < situation.running_since:
            self._interrupted = now  # an earlier press was for an earlier run
        elif now - self._interrupted >= KILL_AFTER:
            return Step.OFFER_KILL
        return Step.INTERRUPT_RUN

    def _twice(self, press: Press, first: Step, second: Step, within: float, now: float) -> Step:
        if self._last is not None:
            last_press, last_step, at = self._last
            if last_press is press and last_step is first and now - at <= within:
                return second
        return first
