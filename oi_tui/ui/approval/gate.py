"""When a key press is a decision, and when it is only typing that landed in the wrong place.

A pure state machine over key presses and a clock. It knows no key's meaning and no widget.

The rules, and the reports behind them, are those of promise 2: a proposal may take the focus only
from somebody who is not typing; a key counts only once the proposal has been in front of the
person for `ON_SCREEN` seconds, after `QUIET` seconds without any key, and if no other key follows
within `SETTLE` seconds. A key that repeats itself within `REPEAT` seconds is being held down.
Characters that turn out to be typing are handed back, so that none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

ON_SCREEN = 0.5
QUIET = 0.3
SETTLE = 0.15
REPEAT = 1.0  # longer than the usual delay (0.25-0.66 s) before a held key begins to repeat
IDLE = 1.0  # without any key, before a proposal may take the focus by itself
TYPING_WINDOW = 1.0  # a refused key followed by another within this time was typing


class Refusal(StrEnum):
    """Why a key press was no decision."""

    NOT_SHOWN = "not_shown"
    TOO_EARLY = "too_early"
    TYPING = "typing"
    HELD = "held"
    UNFOCUSED = "unfocused"


@dataclass(frozen=True, slots=True)
class Act:
    """The key counts."""

    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The key does not count, and was no typing either."""

    key: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Typed:
    """This was prose on its way to the prompt."""

    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is known yet: call `settle` after this many seconds."""

    seconds: float


Verdict = Act | Refused | Typed | Wait


@dataclass(slots=True)
class _Pending:
    key: str
    text: str
    since: float
    refusal: Refusal | None

    @property
    def window(self) -> float:
        return SETTLE if self.refusal is None else TYPING_WINDOW


class KeyGate:
    """Judges key presses for one approval panel. All times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._shown_at = inf
        self._terminal_focused_at = -inf
        self._last_key = ""
        self._last_at = -inf
        self._gap = inf  # between the last two key presses
        self._held = False
        self._pending: _Pending | None = None

    # -- what happened ------------------------------------------------------------------------
    def shown(self, now: float) -> None:
        """A complete proposal came in front of the person (also: other bytes, or the focus)."""
        self._shown_at = now
        self._refuse_pending(Refusal.TOO_EARLY)

    def hidden(self) -> None:
        """No proposal is in front of the person any more. Call `withdraw` for what was typed."""
        self._shown_at = inf
        self._refuse_pending(Refusal.NOT_SHOWN)

    def withdraw(self) -> str:
        """Return the characters that wait for a verdict, because keys go elsewhere from now on."""
        pending, self._pending = self._pending, None
        return pending.text if pending is not None else ""

    def terminal_focus(self, focused: bool, now: float) -> None:
        """The terminal window was brought to the front, or left."""
        self._terminal_focused_at = now if focused else inf
        self._refuse_pending(Refusal.UNFOCUSED)

    def key_seen(self, key: str, now: float) -> None:
        """Any key was pressed anywhere, or text was pasted. Call it once for each, first of all."""
        self._gap = now - self._last_at
        self._held = key == self._last_key and self._gap < REPEAT
        self._last_key, self._last_at = key, now

    def _refuse_pending(self, refusal: Refusal) -> None:
        """A key that waits cannot count any more, but it may still turn out to be typing."""
        if self._pending is not None:
            self._pending.refusal = refusal

    # -- questions ----------------------------------------------------------------------------
    def may_take_focus(self, prompt_is_empty: bool, now: float) -> bool:
        """Tell whether a new proposal may take the focus by itself."""
        return prompt_is_empty and now - self._last_at >= IDLE

    def refusal(self, now: float) -> Refusal | None:
        """Say why the key that was just seen is no decision; None: it may be one."""
        if self._shown_at == inf:
            return Refusal.NOT_SHOWN
        if now - self._terminal_focused_at < QUIET:
            return Refusal.UNFOCUSED
        if self._held:
            return Refusal.HELD
        if self._gap < QUIET:
            return Refusal.TYPING
        if now - self._shown_at < ON_SCREEN:
            return Refusal.TOO_EARLY
        return None

    def armed_in(self, now: float) -> float:
        """Return after how many quiet seconds a key would count (0: now; inf: nothing shown)."""
        if self._shown_at == inf:
            return inf
        return max(
            0.0,
            self._shown_at + ON_SCREEN - now,
            self._last_at + QUIET - now,
            self._terminal_focused_at + QUIET - now,
        )

    # -- judging ------------------------------------------------------------------------------
    def press(self, key: str, text: str, now: float) -> Verdict:
        """Judge a key that would mean something here; `text` is what it would type elsewhere.

        `key_seen` must have been called for it before.
        """
        pending, self._pending = self._pending, None
        if pending is not None and now - pending.since < pending.window:
            if key != pending.key:
                return Typed(pending.text + text)
            text = pending.text + text  # held down, or a doubled letter: the next key will tell
        refusal = self.refusal(now)
        if refusal is Refusal.NOT_SHOWN:
            return Refused(key, refusal)
        self._pending = _Pending(key, text, now, refusal)
        return Wait(self._pending.window)

    def other_text(self, text: str, now: float) -> Typed:
        """Hand a printable key without meaning here back, with what came just before it."""
        pending, self._pending = self._pending, None
        if pending is not None and now - pending.since < pending.window:
            return Typed(pending.text + text)
        return Typed(text)

    def settle(self, now: float) -> Verdict:
        """Judge the key that waits, its time being over (or say how long it still takes)."""
        pending = self._pending
        if pending is None:
            return Refused("", Refusal.NOT_SHOWN)
        remaining = pending.since + pending.window - now
        if remaining > 0:
            return Wait(remaining)
        self._pending = None
        if pending.refusal is not None:
            return Refused(pending.key, pending.refusal)
        if self._last_at > pending.since or self._shown_at > pending.since:
            return Refused(pending.key, Refusal.TYPING)
        return Act(pending.key)
