"""What a program switched on or off in its terminal. Knows no row."""

from __future__ import annotations

from dataclasses import dataclass

# DEC special graphics: the line drawing that curses programs use.
_LINES = str.maketrans(
    "`afgijklmnopqrstuvwxyz{|}~",
    "◆▒°±␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
)


@dataclass(slots=True)
class Modes:
    """Switches of the terminal, as a fresh one has them."""

    wrap: bool = True
    cursor: bool = True
    insert: bool = False
    bracketed_paste: bool = False
    application_cursor: bool = False
    application_keypad: bool = False
    shifted_out: bool = False
    lines: tuple[bool, bool] = (False, False)  # G0 and G1 draw lines

    @property
    def draws_lines(self) -> bool:
        """Whether letters stand for pieces of lines now."""
        return self.lines[self.shifted_out]

    def set_private(self, number: str, on: bool) -> None:
        """Obey `CSI ? number h` or `l`; unknown ones mean nothing."""
        if number == "1":
            self.application_cursor = on
        elif number == "7":
            self.wrap = on
        elif number == "25":
            self.cursor = on
        elif number == "66":
            self.application_keypad = on
        elif number == "2004":
            self.bracketed_paste = on

    def designate(self, slot: str, charset: str) -> None:
        """Obey `ESC ( charset` and `ESC ) charset`."""
        first, second = self.lines
        if slot == "(":
            self.lines = (charset == "0", second)
        elif slot == ")":
            self.lines = (first, charset == "0")


def drawn(text: str) -> str:
    """Return letters as the pieces of lines that they stand for."""
    return text.translate(_LINES)
