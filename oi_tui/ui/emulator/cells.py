"""A row that is being edited, one entry a cell; and back to a stored row.

Owns what happens to halves of wide characters. Knows no cursor and no screen.
"""

from __future__ import annotations

from oi_tui.ui.emulator.sgr import opening, spans
from oi_tui.ui.emulator.width import char_width, is_narrow

_LONGEST_CELL = 16  # characters; a mark that stacks higher is dropped


class Cells:
    """Characters and styles of a row. The right half of a wide character is ""."""

    __slots__ = ("chars", "styles")

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.styles: list[str] = []

    @classmethod
    def decode(cls, row: bytes) -> Cells:
        """Return a stored row as cells."""
        cells = cls()
        for text, style in spans(row):
            chars, _ = cells_of(text, cells.chars)
            cells.chars += chars
            cells.styles += [style] * len(chars)
        return cells

    def pad(self, width: int) -> None:
        """Make the row at least this wide."""
        missing = width - len(self.chars)
        if missing > 0:
            self.chars += " " * missing
            self.styles += [""] * missing

    def part(self, column: int) -> None:
        """Make the cells left and right of `column` independent: half a character is a space."""
        if column < len(self.chars) and self.chars[column] == "":
            self.chars[column - 1] = self.chars[column] = " "

    def write(self, column: int, chars: list[str], style: str) -> None:
        """Put cells over what is there."""
        end = column + len(chars)
        self.pad(column)
        self.part(column)
        self.part(end)
        self.chars[column:end] = chars
        self.styles[column:end] = [style] * len(chars)

    def insert(self, column: int, chars: list[str], style: str, width: int) -> None:
        """Put cells in between; what is pushed beyond `width` is lost."""
        self.pad(column)
        self.part(column)
        self.chars[column:column] = chars
        self.styles[column:column] = [style] * len(chars)
        self.cut(width)

    def delete(self, column: int, count: int) -> None:
        """Take cells out; the rest moves left."""
        self.part(column)
        self.part(column + count)
        del self.chars[column : column + count], self.styles[column : column + count]

    def cut(self, width: int) -> None:
        """Drop what lies beyond `width`."""
        self.part(width)
        del self.chars[width:], self.styles[width:]

    def encode(self) -> bytes:
        """Return the stored row, blank cells at its end left out."""
        chars, styles = self.chars, self.styles
        end = len(chars)
        while end and chars[end - 1] == " " and not styles[end - 1]:
            end -= 1
        if not end:
            return b""
        pieces, last, start = list[str](), "", 0
        for column in range(end):
            if styles[column] != last:
                pieces.append("".join(chars[start:column]))
                last, start = styles[column], column
                pieces.append(opening(last))
        pieces.append("".join(chars[start:end]))
        return "".join(pieces).encode("utf-8", "replace")


def cells_of(text: str, before: list[str], room: int = 1 << 30) -> tuple[list[str], int]:
    """Return harmless text as at most `room` cells, and how many characters that took.

    A leading mark joins the last cell of `before`.
    """
    if is_narrow(text):
        chars = list(text[:room])
        return chars, len(chars)
    chars, used = [], 0
    for character in text:
        width = char_width(character)
        if width == 0:
            _join(chars or before, character)
        elif len(chars) + width > room:
            break
        else:
            chars.append(character)
            if width == 2:
                chars.append("")
        used += 1
    return chars, used


def _join(chars: list[str], mark: str) -> None:
    if not chars:
        return
    index = -1 if chars[-1] or len(chars) == 1 else -2
    if len(chars[index]) < _LONGEST_CELL:
        chars[index] += mark
