"""A quiet line below a block, for who wants to see more: what a reply took.

Owns where the line stands. Knows neither what it says nor the kinds of blocks.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.strip import Strip

from oi_tui.ui.markdown.wrap import truncate
from oi_tui.ui.widgets.conversation_flow import View
from oi_tui.ui.widgets.conversation_views import GetPalette, behind_margin, margins


class Detailed:
    """Draws a view with a line below it, as long as `line` has something to say."""

    def __init__(self, view: View, palette: GetPalette, line: Callable[[], str]) -> None:
        self._view, self._palette, self._line = view, palette, line

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        return self._view.estimate(width) + bool(self._line())

    def sections(self) -> int:
        """Return the sections of the view."""
        return self._view.sections()

    def estimate_section(self, index: int, width: int) -> int:
        """Guess the rows of a section; the line belongs to the last one."""
        return self._view.estimate_section(index, width) + self._is_below(index)

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw a section, and below the last one the line, above the space to the next block."""
        strips = self._view.draw(index, width)
        if not self._is_below(index):
            return strips
        left, measure = margins(width)
        row = truncate([Segment(self._line(), self._palette()["muted"])], measure)
        line = behind_margin([row], left)
        if strips and strips[-1].text.strip():
            return [*strips, *line]
        return [*strips[:-1], *line, Strip([])]

    def _is_below(self, index: int) -> bool:
        return index == self._view.sections() - 1 and bool(self._line())
