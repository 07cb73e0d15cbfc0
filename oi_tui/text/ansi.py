"""What a program's terminal output reads like as plain text.

Owns the meaning of carriage returns, backspaces and cursor movement for readers without a screen:
the model, exports, cards, the headless front end. Knows no screen size, no colour and no widget.

Nothing here trusts its input: the result holds no control character but newline and tab.
"""

from __future__ import annotations

import codecs
import re

PIECE = 64 << 10  # bytes handled at once: one odd byte makes only its own piece slow
OPEN_ROWS = 64  # how far up a program may still move and rewrite
_FARTHEST = 400  # columns that a movement may skip beyond the text
_TAB = 8

# `translate` asks a flood whether it holds anything special, many times faster than a regex.
_CONTROLS = bytes(n for n in range(32) if n not in (9, 10, 13, 27)) + b"\x7f"
_STYLE = re.compile("\x1b\\[[0-9;:]{0,256}m")
_C1 = re.compile("[\x80-\x9f]")
_PARTIAL = re.compile("\x1b(?:\\[[0-?]{0,256}[ -/]{0,16}|[ -/]{0,16})$")
_TOKEN = re.compile(
    "(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    "|\x1b\\[(?P<parameters>[0-?]{0,256})(?P<between>[ -/]{0,16})(?P<final>[@-~])"
    "|\x1b(?P<string>[\\]PX^_])"
    "|\x1b[ -/]{1,16}[0-~]"
    "|\x1b(?P<escape>[0-~])"
    "|(?P<control>[\x00-\x1f\x7f-\x9f])"
)
# An operating system command never spans rows; pictures and other strings may.
_COMMAND_END = re.compile("[\x07\n\x18\x1a\x1b\x9c]")
_STRING_END = re.compile("[\x18\x1a\x1b\x9c]")


def plain_output(data: bytes) -> str:
    """Return what terminal output reads like: the text that is left once it was all drawn.

    Escape sequences are obeyed or dropped, invalid UTF-8 becomes U+FFFD, CR LF becomes LF. The
    result holds no control character but newline and tab.
    """
    output = PlainOutput()
    return output.feed(data) + output.finish()


class _Row:
    """A row under way: one character an entry."""

    __slots__ = ("chars", "overwritten")

    def __init__(self, text: str = "") -> None:
        self.chars = list(text)
        self.overwritten = False

    def __str__(self) -> str:
        text = "".join(self.chars)
        return text.rstrip(" ") if self.overwritten else text


class PlainOutput:
    """`plain_output` for output that arrives in pieces; how it is cut changes nothing."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""  # an escape sequence that has not ended yet
        self._string: re.Pattern[str] | None = None  # what ends the string that is being skipped
        self._rows: list[str | _Row] = [""]
        self._y = self._x = 0
        self._top = 0  # rows above it can no longer change
        self._done: list[str] = []

    def feed(self, data: bytes) -> str:
        """Take bytes; return the rows that can no longer change, each with its newline."""
        start = 0
        while start < len(data):
            end = data.rfind(b"\n", start, start + PIECE) + 1 or start + PIECE
            piece = data[start:end]
            text = self._decoder.decode(piece)
            if not self._take_simple(piece, text):
                self._take(text)
            self._settle()
            start = end
        return self._hand_over()

    def open_rows(self) -> str:
        """Return the rows that may still change, as they read now."""
        return "\n".join(map(str, self._rows))

    def finish(self) -> str:
        """Return the rest. An escape sequence without an end is dropped; feed nothing after."""
        self._take(self._decoder.decode(b"", final=True))
        return self._hand_over() + self.open_rows()

    # -- the fast way: whole rows of text and colours ---------------------------------------------
    def _take_simple(self, piece: bytes, text: str) -> bool:
        """Take text that only appends rows; False if there is anything else in it."""
        if self._pending or self._string or self._y != len(self._rows) - 1:
            return False
        returns = piece.count(b"\r")
        if len(piece.translate(None, _CONTROLS)) != len(piece) or (
            returns and returns != piece.count(b"\r\n")
        ):
            return False
        if b"\xc2" in piece and _C1.search(text):
            return False
        if b"\x1b" in piece:
            text = _STYLE.sub("", text)
            if "\x1b" in text:
                return False
        head, newline, rest = text.replace("\r\n", "\n").partition("\n")
        self._take(head)
        if newline:
            rows = rest.split("\n")
            self._rows += rows
            self._top = max(self._top, len(self._rows) - OPEN_ROWS)
            self._y, self._x = len(self._rows) - 1, len(rows[-1])
        return True

    # -- the exact way ----------------------------------------------------------------------------
    def _take(self, text: str) -> None:
        text, self._pending = self._pending + text, ""
        partial = _PARTIAL.search(text)
        if partial:
            self._pending = partial.group()
            text = text[: partial.start()]
        at = 0
        while at < len(text):
            if self._string:
                end = self._string.search(text, at)
                if end is None:
                    return
                self._string, at = None, end.start()
            at = self._take_tokens(text, at)

    def _take_tokens(self, text: str, at: int) -> int:
        """Obey tokens up to the start of a string or the end; return where that is."""
        for token in _TOKEN.finditer(text, at):
            kind = token.lastgroup
            if kind == "text":
                self._write(token.group())
            elif kind == "control":
                self._control(token.group())
            elif kind == "final" and not token["between"]:
                self._move(token["parameters"], token["final"])
            elif kind == "escape":
                self._escape(token["escape"])
            elif kind == "string":
                self._string = _COMMAND_END if token["string"] == "]" else _STRING_END
                return token.end()
        return len(text)

    def _row(self) -> _Row:
        row = self._rows[self._y]
        if isinstance(row, str):
            row = self._rows[self._y] = _Row(row)
        return row

    def _write(self, text: str) -> None:
        row = self._row()
        if self._x < len(row.chars):
            row.overwritten = True
        elif self._x > len(row.chars):
            row.chars += " " * (self._x - len(row.chars))
        row.chars[self._x : self._x + len(text)] = text
        self._x += len(text)

    def _control(self, control: str) -> None:
        if control in "\n\v\f":
            self._down()
        elif control == "\r":
            self._x = 0
        elif control == "\b":
            self._x = max(0, self._x - 1)
        elif control == "\t":
            if self._x >= len(self._row().chars):
                self._write("\t")
            else:
                self._x += _TAB - self._x % _TAB

    def _escape(self, escape: str) -> None:
        if escape in "DE":
            self._down()
        elif escape == "M":
            self._y = max(self._top, self._y - 1)

    def _down(self) -> None:
        self._y, self._x = self._y + 1, 0
        if self._y == len(self._rows):
            self._rows.append("")
            self._top = max(self._top, self._y + 1 - OPEN_ROWS)

    def _start_page(self) -> None:
        """Go on below everything: without a screen there is no other place to jump to."""
        self._y = len(self._rows) - 1
        if str(self._rows[-1]):
            self._down()
        self._x = 0

    def _move(self, parameters: str, final: str) -> None:
        first = parameters.partition(";")[0]
        given = min(int(first), _FARTHEST) if first.isdigit() else 0
        count = max(1, given)
        if final in "CG":
            column = self._x + count if final == "C" else count - 1
            self._x = min(column, max(self._x, len(self._row().chars), _FARTHEST))
        elif final == "D":
            self._x = max(0, self._x - count)
        elif final in "AF":
            self._y = max(self._top, self._y - count)
        elif final in "BE":
            self._y = min(len(self._rows) - 1, self._y + count)
        elif final in "Hfd" or (final == "J" and given > 1):
            self._start_page()
        elif final in "KJ":
            self._erase(given)
            if final == "J" and given == 0:
                del self._rows[self._y + 1 :]
        elif final in "P@X":
            self._edit(final, count)
        if final in "EF":
            self._x = 0

    def _erase(self, how: int) -> None:
        row = self._row()
        row.overwritten = True
        if how == 0:
            del row.chars[self._x :]
        elif how == 1:
            row.chars[: self._x + 1] = " " * min(self._x + 1, len(row.chars))
        elif how == 2:
            row.chars.clear()

    def _edit(self, final: str, count: int) -> None:
        row, x = self._row(), self._x
        row.overwritten = True
        if final == "P":
            del row.chars[x : x + count]
        elif x < len(row.chars) and (final == "X" or len(row.chars) < _FARTHEST):
            end = x if final == "@" else x + count
            row.chars[x:end] = " " * min(count, len(row.chars) - x)

    # -- rows that scrolled out of reach ----------------------------------------------------------
    def _settle(self) -> None:
        if self._top:
            self._done += map(str, self._rows[: self._top])
            del self._rows[: self._top]
            self._y, self._top = self._y - self._top, 0

    def _hand_over(self) -> str:
        if not self._done:
            return ""
        rows, self._done = self._done, []
        return "\n".join(rows) + "\n"
