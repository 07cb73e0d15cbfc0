"""Runs the key gate in time: events in, verdicts out when their time has come.

Owns the timer and the rule that one event is noticed once. Knows no action.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.timer import Timer
from textual.widget import Widget

from oi_tui.text.translation import tr
from oi_tui.ui.approval.gate import KeyGate, Refusal, Typed, Verdict, Wait

Outcome = Callable[[Verdict], None]


class KeyJudge:
    """A `KeyGate` on a widget's timers. `outcome` gets every verdict but `Wait`."""

    def __init__(self, widget: Widget, clock: Callable[[], float], outcome: Outcome) -> None:
        self.gate = KeyGate()
        self._widget, self._clock, self._outcome = widget, clock, outcome
        self._last_event: events.Event | None = None
        self._timer: Timer | None = None

    def notice(self, event: events.Event | None) -> None:
        """Take notice of a key press or paste, wherever it went; the same event counts once."""
        if event is not None and event is self._last_event:
            return
        self._last_event = event
        key = event.key if isinstance(event, events.Key) else "paste"
        self.gate.key_seen(key, self._clock())

    def press(self, action: str, text: str) -> None:
        """Judge a key that would mean `action` and type `text`."""
        self._take(self.gate.press(action, text, self._clock()))

    def other_text(self, text: str) -> None:
        """Judge a printable key that means nothing here."""
        self._take(self.gate.other_text(text, self._clock()))

    def shown(self) -> None:
        """A proposal (or other bytes of it, or the focus) came in front of the person."""
        self.gate.shown(self._clock())

    def may_take_focus(self, prompt_is_empty: bool) -> bool:
        """Tell whether a new proposal may take the focus by itself."""
        return self.gate.may_take_focus(prompt_is_empty, self._clock())

    def terminal_focus(self, focused: bool) -> None:
        """The terminal window was brought to the front, or left."""
        self.gate.terminal_focus(focused, self._clock())

    def hidden(self) -> None:
        """Nothing is in front of the person any more."""
        self.gate.hidden()
        self.withdraw()

    def withdraw(self) -> None:
        """Keys go elsewhere from now on: hand back what waits for a verdict."""
        text = self.gate.withdraw()
        if text:
            self._take(Typed(text))

    def armed_in(self) -> float:
        """Return after how many quiet seconds a key counts."""
        return self.gate.armed_in(self._clock())

    @property
    def is_pending(self) -> bool:
        """Whether a key waits for its verdict."""
        return self._timer is not None

    def refusal(self) -> Refusal | None:
        """Say why the last key is no decision; for keys that type nothing, such as Esc."""
        return self.gate.refusal(self._clock())

    def _take(self, verdict: Verdict) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if isinstance(verdict, Wait):
            self._timer = self._widget.set_timer(verdict.seconds, self.settle)
        elif not isinstance(verdict, Typed) or verdict.text:
            self._outcome(verdict)

    def settle(self) -> None:
        """Judge the key that waits, if its time is over."""
        self._timer = None
        self._take(self.gate.settle(self._clock()))


def explained(refusal: Refusal) -> str:
    """Say to a person why a key did not count."""
    match refusal:
        case Refusal.HELD:
            return tr("A held key does not count: let go, wait a second, press again.")
        case Refusal.TOO_EARLY | Refusal.UNFOCUSED:
            return tr("That was too quick to have read it: press again.")
        case Refusal.TYPING:
            return tr("Typing does not count: pause a moment, then press again.")
        case Refusal.NOT_SHOWN:
            return ""
