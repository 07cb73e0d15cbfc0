"""Finds fenced code blocks in prose that arrives in pieces.

Owns the grammar: any cut of the same text gives the same result. A fence may be indented (its
lines lose that indent), made of backticks or tildes, longer than three; it closes with the same
character at least as often. Knows no language: it asks whether an info word means code; a fence
that does not stays prose, ticks and all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

LONGEST_FENCE_LINE = 1000  # characters; a longer line is no fence

_OPENING = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)")
_MAY_OPEN = re.compile(r"[ \t]*(?:`{0,2}|~{0,2}|`{3,}[^`]*|~{3,}.*)")
_MAY_CLOSE = re.compile(r"([ \t]*)(`*|~*)[ \t]*")
_INFO_WORD = re.compile(r"[^\s{},:.=\"'][^\s{},:=\"']*")
_EXTRA_INDENT = 3  # a closing fence may stand this much further in than its opening one


@dataclass(frozen=True, slots=True)
class Prose:
    """Text outside of code."""

    text: str


@dataclass(frozen=True, slots=True)
class FenceOpened:
    """Code begins; `language` as it was written."""

    language: str


@dataclass(frozen=True, slots=True)
class FencedCode:
    """More of the code."""

    text: str


@dataclass(frozen=True, slots=True)
class FenceClosed:
    """The code is whole."""


Piece = Prose | FenceOpened | FencedCode | FenceClosed


class _Inside(Enum):
    PROSE = "prose"
    CODE = "code"
    PROSE_FENCE = "prose fence"


def language_of(info: str) -> str:
    """Return the language that a fence's info string names, or an empty string."""
    found = _INFO_WORD.search(info)
    return found.group() if found else ""


class FenceParser:
    """Takes prose in any pieces. After `finish`, `is_open` says that a fence never closed."""

    def __init__(self, is_code: Callable[[str], bool]) -> None:
        self._is_code = is_code
        self._inside = _Inside.PROSE
        self._line = ""  # the beginning of a line that may still become a fence
        self._is_decided = False  # the line under way is an ordinary one
        self._return = ""  # a carriage return whose newline may still come
        self._newline = ""  # the newline after the last code line: the closing fence drops it
        self._mark, self._indent = "", 0
        self._pieces: list[Piece] = []

    @property
    def is_open(self) -> bool:
        """Whether code has begun and not been closed."""
        return self._inside is _Inside.CODE

    def feed(self, text: str) -> list[Piece]:
        """Return what `text` brings, neighbours joined."""
        text = self._return + text
        self._return = "\r" if text.endswith("\r") else ""
        lines = text.removesuffix("\r").replace("\r\n", "\n").split("\n")
        for line in lines[:-1]:
            self._add(line)
            self._end_line()
        if lines[-1]:
            self._add(lines[-1])
        return self._taken()

    def finish(self) -> list[Piece]:
        """Return what was held back: the text has ended."""
        if self._return:
            self._add(self._return)
            self._return = ""
        if not self._is_decided and self._line:
            if self._inside is _Inside.CODE and self._closes(self._line):
                self._close()
            else:
                self._decide()
        return self._taken()

    # -- lines --------------------------------------------------------------------------------
    def _add(self, part: str) -> None:
        if self._is_decided:
            self._emit(part)
            return
        self._line += part
        if not self._may_be_fence():
            self._decide()

    def _end_line(self) -> None:
        line = self._line
        if self._is_decided:
            self._is_decided = False
            self._emit_newline()
        elif self._closes(line):
            self._close()
        elif self._inside is _Inside.PROSE and (opening := self._opening(line)):
            self._open(line, opening)
        else:
            self._decide()
            self._is_decided = False
            self._emit_newline()

    def _decide(self) -> None:
        """The line under way is no fence: let go of it."""
        line, self._line, self._is_decided = self._line, "", True
        if self._inside is not _Inside.CODE:
            self._emit(line)
            return
        indent = len(line) - len(line.lstrip(" \t"))
        newline, self._newline = self._newline, ""
        self._emit(newline + line[min(indent, self._indent) :])

    def _may_be_fence(self) -> bool:
        if len(self._line) > LONGEST_FENCE_LINE:
            return False
        if self._inside is _Inside.PROSE:
            return _MAY_OPEN.fullmatch(self._line) is not None
        found = _MAY_CLOSE.fullmatch(self._line)
        if found is None or len(found[1]) > self._indent + _EXTRA_INDENT:
            return False
        return not found[2] or found[2][0] == self._mark[0]

    # -- fences -------------------------------------------------------------------------------
    @staticmethod
    def _opening(line: str) -> re.Match[str] | None:
        found = _OPENING.fullmatch(line)
        if found is None or (found[2][0] == "`" and "`" in found[3]):
            return None
        return found

    def _open(self, line: str, opening: re.Match[str]) -> None:
        self._line, self._newline = "", ""
        self._indent, self._mark = len(opening[1]), opening[2]
        language = language_of(opening[3])
        if self._is_code(language):
            self._inside = _Inside.CODE
            self._pieces.append(FenceOpened(language))
        else:
            self._inside = _Inside.PROSE_FENCE
            self._emit(line + "\n")

    def _closes(self, line: str) -> bool:
        if self._inside is _Inside.PROSE or not self._may_be_fence():
            return False
        return len(line.strip(" \t")) >= len(self._mark)

    def _close(self) -> None:
        if self._inside is _Inside.CODE:
            self._pieces.append(FenceClosed())
        else:
            self._emit(self._line + "\n")
        self._inside, self._line, self._newline = _Inside.PROSE, "", ""

    # -- pieces -------------------------------------------------------------------------------
    def _emit(self, text: str) -> None:
        if text:
            is_code = self._inside is _Inside.CODE
            self._pieces.append(FencedCode(text) if is_code else Prose(text))

    def _emit_newline(self) -> None:
        if self._inside is _Inside.CODE:
            self._newline = "\n"
        else:
            self._emit("\n")

    def _taken(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        joined: list[Piece] = []
        run: list[str] = []
        for index, piece in enumerate(pieces):
            if not isinstance(piece, Prose | FencedCode):
                joined.append(piece)
                continue
            run.append(piece.text)
            if type(piece) is not type(pieces[index + 1] if index + 1 < len(pieces) else None):
                joined.append(type(piece)("".join(run)))
                run.clear()
        return joined
