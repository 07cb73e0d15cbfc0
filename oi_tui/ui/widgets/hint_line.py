"""The line under the prompt: what is going on at the left, which keys help at the right.

Owns when a hint gives way again. Knows no state of anything else.
"""

from __future__ import annotations

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

HINT_SECONDS = 3.0


class HintLine(Widget):
    """One row of quiet text that never moves anything else."""

    DEFAULT_CSS = """
    HintLine { height: 1; color: $muted; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._activity = Content("")
        self._keys = ""
        self._hint = ""
        self._timer: Timer | None = None

    def set_activity(self, activity: Content) -> None:
        """Say what is going on, until something else is."""
        if activity != self._activity:
            self._activity = activity
            self.refresh()

    def set_keys(self, keys: str) -> None:
        """Name the keys that are of use now."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def hint(self, text: str, seconds: float = HINT_SECONDS) -> None:
        """Say something in passing, in place of the activity."""
        self._hint = text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, self._end_hint)
        self.refresh()

    @property
    def shown(self) -> str:
        """What stands at the left now."""
        return self._hint or self._activity.plain

    def render(self) -> Content:
        """Draw both ends; the keys give way when room is short."""
        left = Content.styled(self._hint, "bold $warning") if self._hint else self._activity
        gap = self.size.width - left.cell_length - Content(self._keys).cell_length
        return Content.assemble(left, " " * gap, self._keys) if gap >= 2 else left

    def _end_hint(self) -> None:
        self._hint, self._timer = "", None
        self.refresh()
