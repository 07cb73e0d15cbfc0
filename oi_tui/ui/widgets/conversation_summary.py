"""How a summary of older turns looks: a quiet card with its words, folded unless opened.

Owns what is folded. The summary is the model's text, so it is drawn as plain words and behind a
bar that it cannot reach. Knows no engine.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from oi_tui.text.sanitize import plain
from oi_tui.text.translation import trn
from oi_tui.transcript import NoticeBlock
from oi_tui.ui.markdown.wrap import Row, wrap
from oi_tui.ui.widgets.conversation_card import FOLDS
from oi_tui.ui.widgets.conversation_views import (
    GetPalette,
    WholeView,
    behind_margin,
    margins,
    shaded,
)

FOLDED_ROWS = 4
_SLACK = 2  # folding away so few rows would help no one


class SummaryView(WholeView):
    """One compaction. `can_fold` is known once it was drawn."""

    def __init__(self, block: NoticeBlock, palette: GetPalette) -> None:
        self.block = block
        self.expanded = self.can_fold = False
        self._palette = palette

    def toggle(self) -> None:
        """Unfold or fold it."""
        self.expanded = not self.expanded

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        said = len(self.block.text) // margins(width)[1] + 2
        return said + (FOLDED_ROWS + 1 if self.block.summary else 0)

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw what was done, then the summary."""
        left, measure = margins(width)
        palette = self._palette()
        said = wrap([Segment(plain(self.block.text), palette["notice"])], measure)
        strips = behind_margin(said[:1], left, Segment("⊟", palette["prompt_bar"]))
        strips += behind_margin(said[1:], left)
        strips += behind_margin(self._summary_rows(measure), left)
        return shaded([*strips, Strip([])], self.block, palette)

    def _summary_rows(self, measure: int) -> list[Row]:
        if not self.block.summary:
            return []
        palette = self._palette()
        text = Segment(plain(self.block.summary).strip("\n"), palette["card_muted"])
        rows = wrap([text], max(4, measure - 2))
        more = len(rows) - FOLDED_ROWS
        self.can_fold = more > _SLACK
        if self.can_fold and not self.expanded:
            told = trn("… {count} more row", "… {count} more rows", more)
            rows = [*rows[:FOLDED_ROWS], [Segment(told, palette["notice"] + FOLDS)]]
        bar = Segment("│ ", palette["rule"])
        return [[bar, *row] for row in rows]

    def text(self) -> str:
        """Return what copying the block gives."""
        parts = (self.block.text, self.block.summary)
        return plain("\n\n".join(part for part in parts if part))

    searched = text
