"""Streamed Markdown cut into pieces that later text cannot change.

A piece is a top-level element, one item of a top-level list, sixty rows of a top-level fence, or
some thousand characters of a paragraph without end.
How the text arrives changes nothing about the pieces in the end. Only the last pieces are parsed
again when text arrives. Knows nothing of drawing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oi_tui.ui.markdown import parser

if TYPE_CHECKING:
    from markdown_it.token import Token

FENCE_ROWS = 60
PARAGRAPH = 6_000  # characters after which a paragraph is cut at the next space
_SPACE = re.compile(r"(?<=\S)[ \t]+(?=\S)")
_LISTS = ("bullet_list_open", "ordered_list_open")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is parsed and drawn on its own.

    `list_mark` is the kind of list whose item this is (`-`, `*`, `+`, `.`, `)`), `ordinal` the
    item's number, `first_row` the fence rows drawn before this piece, `gap` the blank rows after.
    """

    source: str
    list_mark: str = ""
    ordinal: int = 0
    fence: bool = False
    first_row: int = 0
    gap: int = 1


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of the tail that one piece covers: from `line`, its own text up to `end`."""

    line: int
    end: int
    list_mark: str = ""
    number: int = 0
    fence: str = ""  # the marks that opened it
    paragraph: bool = False


class Splitter:
    """Takes text as it comes; `pieces` is what there is so far."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.references: dict[str, Any] = {}  # link definitions, as markdown-it keeps them
        self._frozen = 0
        self._frozen_references: dict[str, Any] = {}
        self._tail = ""
        self._tail_adjoins = False  # nothing but blank lines between the tail and what is frozen
        self._fence_row = 0  # rows already frozen of the fence that the tail begins with
        self._held = ""  # a carriage return whose line feed may be still to come

    def feed(self, text: str) -> int:
        """Take more text; return the index of the first piece that may have changed."""
        text, self._held = self._held + text, ""
        if text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        self._tail += text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        first = self._frozen
        del self.pieces[first:]
        found = self._cut()
        references = {**found, **self._frozen_references}
        if references != self.references:
            self.references = references
            return 0
        return first

    def _cut(self) -> dict[str, Any]:
        """Make the pieces of the tail and freeze what no later text can change.

        Returns the link definitions in the tail.
        """
        environment: dict[str, Any] = {"references": {}}
        parts = _parts(parser.blocks(self._tail, environment))
        lines = self._tail.split("\n")
        while (cut := _overlong(parts, lines)) is not None:
            self._cut_paragraph(parts, lines, *cut)
            parts = _parts(parser.blocks(self._tail, environment))
            lines = self._tail.split("\n")
        if parts:
            settled = self._settled(parts, lines)
            for index, part in enumerate(parts):
                if index == settled:
                    self._freeze_before(parts, index, lines)
                self._add(part, parts, index, lines)
            self._freeze_open_fence(parts[-1])
        found: dict[str, Any] = environment["references"]
        return found

    def _cut_paragraph(
        self, parts: Sequence[_Part], lines: Sequence[str], index: int, length: int
    ) -> None:
        """Freeze everything up to `length` characters into the paragraph at `index`."""
        self._freeze_before_paragraph(parts, index, lines)
        start = sum(len(line) + 1 for line in lines[: parts[index].line])
        text = self._tail[start : start + length]
        self.pieces.append(Piece(text, gap=0))
        self._tail = self._tail[start + length :].lstrip(" \t")
        self._tail_adjoins = False
        self._fence_row = 0
        self._frozen = len(self.pieces)

    def _freeze_before_paragraph(
        self, parts: Sequence[_Part], index: int, lines: Sequence[str]
    ) -> None:
        for before in range(index):
            self._add(parts[before], parts, before, lines)
        self._adopt_references("\n".join(lines[: parts[index].line]))

    @staticmethod
    def _settled(parts: Sequence[_Part], lines: Sequence[str]) -> int:
        """Return the last part that is sure to begin where it does; 0: only the first.

        A blank line before settles that, or a complete line after: a table needs two lines to be
        told from a paragraph, and a last line may still become something else.
        """
        complete = len(lines) - 1
        for index in range(len(parts) - 1, 0, -1):
            line = parts[index].line
            if line + 1 < complete or not lines[line - 1].strip():
                return index
        return 0

    def _freeze_before(self, parts: Sequence[_Part], index: int, lines: Sequence[str]) -> None:
        """Keep what has been made; the tail begins at this part from now on."""
        if index == 0:
            return
        line = parts[index].line
        self._adopt_references("\n".join(lines[:line]))
        self._tail = "\n".join(lines[line:])
        self._tail_adjoins = _blank(lines[parts[index - 1].end : line])
        self._frozen = len(self.pieces)
        self._fence_row = 0

    def _add(self, part: _Part, parts: Sequence[_Part], index: int, lines: Sequence[str]) -> None:
        """Append the piece of a part, or the pieces of a long fence."""
        following = parts[index + 1] if index + 1 < len(parts) else None
        begin = part.line if index else 0
        end = following.line if following else len(lines)
        if part.fence:
            self._add_fence(part, lines[part.line : end], self._fence_row if index == 0 else 0)
            return
        adjoins = (
            _blank(lines[parts[index - 1].end : part.line])
            if index
            else self._tail_adjoins and _blank(lines[: part.line])
        )
        ordinal = part.number
        before = self.pieces[-1] if self.pieces else None
        if adjoins and before and before.list_mark == part.list_mark and part.number:
            ordinal = before.ordinal + 1
        tight = (
            following is not None
            and part.list_mark == following.list_mark != ""
            and bool(lines[following.line - 1].strip())
        )
        source = "\n".join(lines[begin:end])
        self.pieces.append(Piece(source, part.list_mark, ordinal, gap=0 if tight else 1))

    def _add_fence(self, part: _Part, lines: Sequence[str], first_row: int) -> None:
        opening = lines[0]
        end = part.end - part.line
        closed = end > 1 and _closes(lines[end - 1], part.fence)
        rows = list(lines[1 : end - 1] if closed else lines[1:])
        # The row that is still being written does not count: it may become the closing line.
        sure = len(rows) if closed else len(rows) - 1
        while sure > FENCE_ROWS:
            source = "\n".join([opening, *rows[:FENCE_ROWS]])
            self.pieces.append(Piece(source, fence=True, first_row=first_row, gap=0))
            del rows[:FENCE_ROWS]
            sure -= FENCE_ROWS
            first_row += FENCE_ROWS
        rest = [opening, *rows, *lines[end - 1 :]] if closed else [opening, *rows]
        self.pieces.append(Piece("\n".join(rest), fence=True, first_row=first_row))

    def _freeze_open_fence(self, last: _Part) -> None:
        """Freeze all but the last piece of a fence at the end: the tail begins inside it."""
        piece = self.pieces[-1]
        if not last.fence or piece.first_row <= self._fence_row or len(self.pieces) < 2:
            return
        self._tail = piece.source
        self._tail_adjoins = False
        self._frozen = len(self.pieces) - 1
        self._fence_row = piece.first_row

    def _adopt_references(self, source: str) -> None:
        if "]:" in source:
            environment: dict[str, Any] = {"references": {}}
            parser.blocks(source, environment)
            self._frozen_references = {**environment["references"], **self._frozen_references}


def _parts(tokens: Sequence[Token]) -> list[_Part]:
    parts = []
    for token in tokens:
        if token.map is None or token.nesting < 0:
            continue
        line, end = token.map
        if token.level == 1 and token.type == "list_item_open":
            number = int(token.info) if token.info.isdigit() else 0
            parts.append(_Part(line, end, token.markup, number))
        elif token.level == 0 and token.type not in _LISTS:
            fence = token.markup if token.type == "fence" else ""
            paragraph = token.type in ("paragraph_open", "heading_open")
            parts.append(_Part(line, end, fence=fence, paragraph=paragraph))
    return parts


def _overlong(parts: Sequence[_Part], lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the first paragraph that is too long and where in it to cut.

    The cut lies within a line, where no other element can begin.
    """
    for index, part in enumerate(parts):
        if not part.paragraph:
            continue
        text = "\n".join(lines[part.line : part.end])
        if len(text) <= PARAGRAPH:
            continue
        space = _SPACE.search(text, PARAGRAPH, 2 * PARAGRAPH)
        if space:
            return index, space.start()
        if len(text) > 2 * PARAGRAPH:
            return index, 2 * PARAGRAPH
    return None


def _blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)


def _closes(line: str, opening: str) -> bool:
    marks = line.strip(" \t")
    return len(marks) >= len(opening) and not marks.strip(opening[0])
