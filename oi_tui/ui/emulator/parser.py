"""From a stream of bytes to calls on a screen: the exact path, one token at a time.

Owns the grammar of terminal sequences, cut anywhere. Every sequence is obeyed or dropped; nothing
of it is ever stored. Knows no row.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from oi_tui.ui.emulator.screen import Screen
from oi_tui.ui.emulator.sgr import combine

_LARGEST = 9999
_PARTIAL = re.compile("\x1b(?:\\[[0-?]{0,256}[ -/]{0,16}|[ -/]{0,16})$")
_TOKEN = re.compile(
    "(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    "|\x1b\\[(?P<parameters>[0-?]{0,256})(?P<between>[ -/]{0,16})(?P<final>[@-~])"
    "|\x1b(?P<string>[\\]PX^_])"
    "|\x1b(?P<slot>[()])(?P<charset>[0-~])"
    "|\x1b[ -/]{1,16}[0-~]"
    "|\x1b(?P<escape>[0-~])"
    "|(?P<control>[\x00-\x1f\x7f-\x9f])"
)
# An operating system command never spans rows; pictures and other strings may.
_COMMAND_END = re.compile("[\x07\n\x18\x1a\x1b\x9c]")
_STRING_END = re.compile("[\x18\x1a\x1b\x9c]")

Reply = Callable[[bytes], None]
_Edit = Callable[[Screen, int], None]


def _up(screen: Screen, count: int) -> int:
    top = screen.region[0] if screen.region and screen.y >= screen.region[0] else 0
    return max(top, screen.y - count)


def _down(screen: Screen, count: int) -> int:
    bottom = screen.region[1] if screen.region and screen.y <= screen.region[1] else screen.rows - 1
    return min(bottom, screen.y + count)


# Sequences whose only parameter is a count, 1 if missing.
_COUNTED: dict[str, _Edit] = {
    "A": lambda screen, n: screen.go(_up(screen, n), screen.x),
    "B": lambda screen, n: screen.go(_down(screen, n), screen.x),
    "e": lambda screen, n: screen.go(_down(screen, n), screen.x),
    "C": lambda screen, n: screen.go(screen.y, screen.x + n),
    "a": lambda screen, n: screen.go(screen.y, screen.x + n),
    "D": lambda screen, n: screen.go(screen.y, screen.x - n),
    "E": lambda screen, n: screen.go(_down(screen, n), 0),
    "F": lambda screen, n: screen.go(_up(screen, n), 0),
    "G": lambda screen, n: screen.go(screen.y, n - 1),
    "`": lambda screen, n: screen.go(screen.y, n - 1),
    "d": lambda screen, n: screen.go(n - 1, screen.x),
    "I": lambda screen, n: screen.tab(n),
    "Z": lambda screen, n: screen.tab(-n),
    "L": lambda screen, n: screen.insert_rows(n),
    "M": lambda screen, n: screen.insert_rows(-n),
    "P": lambda screen, n: screen.delete_cells(n),
    "@": lambda screen, n: screen.insert_cells(n),
    "X": lambda screen, n: screen.erase_cells(n),
    "S": lambda screen, n: screen.scroll(n),
    "T": lambda screen, n: screen.scroll(-n),
}


class Parser:
    """Reads bytes and drives one screen. `reply` takes the answers to a program's questions."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.reply: Reply | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""  # a sequence that has not ended yet
        self._string: re.Pattern[str] | None = None  # what ends the string that is being skipped

    @property
    def idle(self) -> bool:
        """Whether the next byte begins something new."""
        return not self._pending and not self._string and not self._decoder.getstate()[0]

    def feed(self, data: bytes) -> None:
        """Obey bytes; what is cut off waits for the rest."""
        text = self._pending + self._decoder.decode(data)
        self._pending = ""
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
            at = self._tokens(text, at)

    def abandon(self) -> None:
        """Forget what is cut off: its program has ended."""
        self._pending, self._string = "", None
        self._decoder.reset()

    def _tokens(self, text: str, at: int) -> int:
        """Obey tokens up to the start of a string or the end; return where that is."""
        screen = self.screen
        for token in _TOKEN.finditer(text, at):
            kind = token.lastgroup
            if kind == "text":
                screen.write(token.group())
            elif kind == "control":
                self._control(token.group())
            elif kind == "final":
                self._sequence(token["parameters"], token["between"], token["final"])
            elif kind == "escape":
                self._escape(token["escape"])
            elif kind == "charset":
                screen.modes.designate(token["slot"], token["charset"])
            elif kind == "string":
                self._string = _COMMAND_END if token["string"] == "]" else _STRING_END
                return token.end()
        return len(text)

    def _control(self, control: str) -> None:
        screen = self.screen
        if control in "\n\v\f":
            screen.x = screen.column
            screen.line_feed()
        elif control == "\r":
            screen.x = 0
        elif control == "\b":
            screen.x = max(0, screen.column - 1)
        elif control == "\t":
            screen.tab(1)
        elif control in "\x0e\x0f":
            screen.modes.shifted_out = control == "\x0e"

    def _escape(self, escape: str) -> None:
        screen = self.screen
        if escape == "7":
            screen.save_cursor()
        elif escape == "8":
            screen.restore_cursor()
        elif escape == "M":
            screen.reverse_line_feed()
        elif escape in "DE":
            screen.x = 0 if escape == "E" else screen.column
            screen.line_feed()
        elif escape in "=>":
            screen.modes.application_keypad = escape == "="
        elif escape == "c":
            screen.reset()
            screen.erase_screen(2)
            screen.go(0, 0)

    def _sequence(self, parameters: str, between: str, final: str) -> None:
        screen = self.screen
        if between or parameters[:1] in (">", "=", "<"):
            if final == "c" and parameters[:1] == ">" and not between:
                self._answer(b"\x1b[>0;0;0c")
        elif final == "m":
            screen.style = combine(screen.style, parameters)
        elif parameters.startswith("?") and final in "hl":
            for mode in parameters[1:].split(";"):
                self._private(mode, final == "h")
        else:
            numbers = [
                min(int(field), _LARGEST) if field.isdigit() else 0
                for field in parameters.removeprefix("?").split(";")
            ]
            self._numbered(final, numbers)

    def _numbered(self, final: str, numbers: list[int]) -> None:
        screen, first = self.screen, numbers[0]
        second = numbers[1] if len(numbers) > 1 else 0
        counted = _COUNTED.get(final)
        if counted is not None:
            screen.x = screen.column
            counted(screen, max(1, first))
        elif final in "Hf":
            screen.go(max(1, first) - 1, max(1, second) - 1)
        elif final in "JK":
            screen.x = screen.column
            (screen.erase_screen if final == "J" else screen.erase_line)(first)
        elif final == "r":
            screen.set_region(max(1, first) - 1, (second or screen.rows) - 1)
        elif final == "b":
            screen.repeat(max(1, first))
        elif final == "s":
            screen.save_cursor()
        elif final == "u":
            screen.restore_cursor()
        elif final in "hl" and first == 4:
            screen.modes.insert = final == "h"
        elif final in "nc":
            self._question(final, first)

    def _question(self, final: str, number: int) -> None:
        if final == "c":
            self._answer(b"\x1b[?62;22c")
        elif number == 6:
            self._answer(b"\x1b[%d;%dR" % (self.screen.y + 1, self.screen.column + 1))
        elif number == 5:
            self._answer(b"\x1b[0n")

    def _answer(self, data: bytes) -> None:
        if self.reply is not None:
            self.reply(data)

    def _private(self, mode: str, on: bool) -> None:
        if mode in ("47", "1047", "1049"):
            self.screen.show_alternate(on)
        else:
            self.screen.modes.set_private(mode, on)
