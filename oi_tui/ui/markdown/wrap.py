"""Text broken into rows by the cells it takes: wide characters, emoji and long words included.

Owns where a row may break. Knows no Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style

Row = list[Segment]
TAB = 4

_WIDE = (
    "\u1100-\u115f\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffe6"
)
_PICTURES = "\u231a-\u23ff\u2600-\u27bf\U0001f000-\U0001faff"
_MORE = "(?:[\u0300-\u036f\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d.)*"
# No row begins with one of these, none ends with one of those: the habits of Chinese and Japanese.
_CLOSING = (
    "\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\uff09\u300b\u300d\u300f\u3011\u3009\u3015"
    "\uff5d\u2019\u201d\u2026,.:;!?)\\]}"
)
_OPENING = "\uff08\u300a\u300c\u300e\u3010\u3008\u3014\uff5b\u2018\u201c"
_CHUNK = (
    "\n|[ \u3000]+"
    f"|[{_OPENING}]*(?:[\U0001f1e6-\U0001f1ff]{{2}}|[{_WIDE}{_PICTURES}\U00020000-\U0003ffff]){_MORE}"
    f"[{_CLOSING}]*"
    f"|[^\n \u3000{_WIDE}{_PICTURES}\U00020000-\U0003ffff]+"
    "|."
)
_ALONE = f"[{_OPENING}]*[{_WIDE}{_PICTURES}\U0001f1e6-\U0001f1ff\U00020000-\U0003ffff]"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile at the first text: it takes milliseconds that the first frame need not wait for."""
    return re.compile(_CHUNK, re.DOTALL), re.compile(_ALONE)


def width_of(row: Iterable[Segment]) -> int:
    """Return the cells that a row takes."""
    return sum(cell_len(segment.text) for segment in row)


def expand_tabs(text: str) -> str:
    """Return text whose tabs are spaces: a terminal would jump past our own margins."""
    return text.expandtabs(TAB) if "\t" in text else text


def wrap(segments: Iterable[Segment], width: int) -> list[Row]:
    """Break segments into rows of at most `width` cells, at words, and anywhere in CJK text.

    Line feeds break too. Spaces at a break vanish; the ones that begin a line stay.
    """
    chunks, alone = _patterns()
    wrapper = _Wrapper(max(1, width), alone)
    for segment in segments:
        style = segment.style or Style.null()
        for chunk in chunks.findall(expand_tabs(segment.text)):
            wrapper.take(chunk, style)
    return wrapper.finish()


def chop(segments: Iterable[Segment], width: int) -> list[Row]:
    """Break one line of code into rows of at most `width` cells, anywhere; nothing vanishes."""
    rows: list[Row] = [[]]
    used = 0
    for segment in segments:
        for index, piece in enumerate(_pieces(segment.text, width - used, width)):
            if index:
                rows.append([])
                used = 0
            if piece:
                rows[-1].append(Segment(piece, segment.style))
                used += cell_len(piece)
    return rows


def truncate(segments: Iterable[Segment], width: int) -> Row:
    """Return the beginning of a line, with an ellipsis where it does not fit."""
    whole = list(segments)
    if width < 1:
        return []
    if width_of(whole) <= width:
        return whole
    row: Row = []
    left = width - 1
    for segment in whole:
        size = cell_len(segment.text)
        if size > left:
            kept = _pieces(segment.text, left, width)[0]
            row.append(Segment(kept + "…", segment.style))
            break
        row.append(segment)
        left -= size
    return row


def pad(row: Row, width: int, style: Style) -> Row:
    """Return the row filled up to `width` cells."""
    missing = width - width_of(row)
    return [*row, Segment(" " * missing, style)] if missing > 0 else row


def _pieces(text: str, first: int, width: int) -> list[str]:
    """Cut a text into a piece of at most `first` cells and more of at most `width`."""
    if cell_len(text) <= first:
        return [text]
    if first <= 0:
        return ["", *chop_cells(text, width)]
    if text.isascii():
        head = text[:first]
    else:
        head = chop_cells(text, first)[0]
        if cell_len(head) > first:
            head = ""
    rest = text[len(head) :]
    return [head, *chop_cells(rest, width)] if rest else [head]


class _Wrapper:
    """Fills rows chunk by chunk; a word may be made of several styles."""

    def __init__(self, width: int, breaks_alone: re.Pattern[str]) -> None:
        self._width = width
        self._breaks_alone = breaks_alone
        self._rows: list[Row] = []
        self._row: Row = []
        self._used = 0
        self._word: Row = []
        self._word_width = 0
        self._spaces: Row = []  # seen after the row's last word, not yet drawn
        self._fresh = True  # at the start of a line of the source, where spaces stay

    def take(self, chunk: str, style: Style) -> None:
        if chunk == "\n":
            self._end_word()
            self._end_row()
            self._fresh = True
        elif chunk[0] in " \u3000":
            self._end_word()
            self._spaces.append(Segment(chunk, style))
        elif self._breaks_alone.match(chunk):
            self._end_word()
            self._word = [Segment(chunk, style)]
            self._word_width = cell_len(chunk)
        else:
            if (
                self._word
                and self._breaks_alone.match(self._word[0].text)
                and chunk[0] not in ",.:;!?)]}"
            ):
                self._end_word()
            self._word.append(Segment(chunk, style))
            self._word_width += cell_len(chunk)

    def finish(self) -> list[Row]:
        self._end_word()
        self._end_row()
        return self._rows

    def _end_word(self) -> None:
        if not self._word:
            return
        spaces = width_of(self._spaces)
        if self._used + spaces + self._word_width > self._width and (self._row or not self._fresh):
            self._end_row()
        elif self._row or (self._fresh and spaces + self._word_width <= self._width):
            self._row += self._spaces
            self._used += spaces
        self._spaces = []
        self._fresh = False
        if self._word_width > self._width:
            for part in self._chopped():
                if self._row:
                    self._end_row()
                self._row, self._used = part, width_of(part)
        else:
            self._row += self._word
            self._used += self._word_width
        self._word, self._word_width = [], 0

    def _chopped(self) -> Iterator[Row]:
        yield from chop(self._word, self._width)

    def _end_row(self) -> None:
        self._rows.append(_joined(self._row))
        self._row, self._used, self._spaces = [], 0, []


def _joined(row: Row) -> Row:
    """Return the row with neighbors of one style joined: fewer segments to paint."""
    joined: Row = []
    for segment in row:
        if joined and joined[-1].style == segment.style:
            joined[-1] = Segment(joined[-1].text + segment.text, segment.style)
        else:
            joined.append(segment)
    return joined
