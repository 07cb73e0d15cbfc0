"""The rows of a pyte screen, at any moment."""

from __future__ import annotations

import pyte
from wcwidth import wcwidth


def drawn_rows(screen: pyte.Screen) -> list[str]:
    """Return what stands in each row, its end trimmed.

    Half of a wide character, whose other half was drawn over, is a space: pyte keeps such halves,
    where terminals clear them, and then fails to tell its own rows.
    """
    return [_row(screen, number).rstrip() for number in range(screen.lines)]


def _row(screen: pyte.Screen, number: int) -> str:
    cells, text, column = screen.buffer[number], "", 0
    while column < screen.columns:
        drawn = cells[column].data or " "
        text += drawn
        column += 2 if wcwidth(drawn[0]) == 2 else 1
    return text
