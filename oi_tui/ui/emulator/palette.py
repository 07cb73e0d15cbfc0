"""Styles of rows as colours that can be read on the theme's background.

Owns the sixteen named colours for dark and light, and the least contrast. A program's colours on
the theme's own background are moved until they can be read; where the program sets the background
too, both are taken as it meant them, unless they are the same. Knows no widget.
"""

from __future__ import annotations

from rich.color import Color
from rich.style import Style

from oi_tui.ui.emulator.sgr import split_codes

Rgb = tuple[int, int, int]

# Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones.
DARK: tuple[Rgb, ...] = (
    *((110, 118, 129), (240, 113, 120), (139, 205, 120), (229, 192, 123)),
    *((110, 170, 245), (205, 145, 230), (100, 200, 205), (205, 210, 220)),
    *((140, 148, 160), (255, 140, 145), (165, 225, 145), (245, 215, 150)),
    *((140, 190, 255), (225, 170, 245), (135, 222, 226), (240, 243, 248)),
)
LIGHT: tuple[Rgb, ...] = (
    *((36, 41, 47), (180, 35, 40), (30, 110, 45), (130, 90, 0)),
    *((20, 85, 190), (130, 50, 160), (0, 105, 115), (90, 98, 108)),
    *((87, 96, 106), (200, 40, 50), (25, 120, 50), (145, 95, 0)),
    *((30, 95, 210), (145, 60, 180), (0, 115, 130), (75, 82, 92)),
)
# What a program means by a colour when it paints the background itself.
MEANT: tuple[Rgb, ...] = (
    *((24, 26, 31), (190, 50, 55), (55, 140, 65), (200, 155, 45)),
    *((50, 105, 205), (150, 75, 180), (40, 145, 155), (210, 213, 219)),
    *((95, 102, 112), (225, 85, 90), (95, 185, 100), (230, 190, 90)),
    *((95, 150, 240), (190, 120, 220), (90, 190, 200), (248, 249, 251)),
)
_LEAST_CONTRAST = 3.5  # between a program's own colour and the theme's background
_GOOD_CONTRAST = 4.5  # between the theme's text and a program's background
_EXTREMES: tuple[Rgb, Rgb] = ((0, 0, 0), (255, 255, 255))  # one has 4.58 on any background
_LEAST_PAIR_CONTRAST = 2.0  # between two colours that a program chose
_CUBE = (0, 95, 135, 175, 215, 255)


def luminance(color: Rgb) -> float:
    """Return the relative luminance, 0 to 1, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class Palette:
    """Turns styles into Rich styles for one text colour on one background."""

    def __init__(self, text: Rgb, background: Rgb) -> None:
        self.text, self.background = text, background
        self.base = Style(color=Color.from_rgb(*text), bgcolor=Color.from_rgb(*background))
        self._named = DARK if luminance(background) < 0.3 else LIGHT
        self._styles: dict[str, Style] = {"": self.base}

    def style(self, style: str) -> Style:
        """Return the Rich style of a row's style, base colours included."""
        found = self._styles.get(style)
        if found is None:
            if len(self._styles) > 4096:
                self._styles = {"": self.base}
            found = self._styles[style] = self._make(style)
        return found

    def _make(self, style: str) -> Style:
        foreground: list[int] = []
        background: list[int] = []
        attributes = set[int]()
        for code in split_codes(style):
            numbers = [int(n) for n in code.replace(":", ";").split(";") if n.isdigit()]
            head = numbers[0] if numbers else 0
            if head < 10:
                attributes.add(head)
            elif 30 <= head <= 38 or 90 <= head <= 97:
                foreground = numbers
            else:
                background = numbers
        front, behind = self._colors(foreground, background)
        return self.base + Style(
            color=front and Color.from_rgb(*front),
            bgcolor=behind and Color.from_rgb(*behind),
            bold=1 in attributes or None,
            dim=2 in attributes or None,
            italic=3 in attributes or None,
            underline=4 in attributes or None,
            reverse=7 in attributes or None,
            strike=9 in attributes or None,
        )

    def _colors(
        self, foreground: list[int], background: list[int]
    ) -> tuple[Rgb | None, Rgb | None]:
        behind = self._color(background, 40, MEANT)
        if behind is None:
            front = self._color(foreground, 30, self._named)
            return front and self._readable(front), None
        chosen = self._color(foreground, 30, MEANT)
        front = chosen or self.text
        if contrast(front, behind) < (_LEAST_PAIR_CONTRAST if chosen else _GOOD_CONTRAST):
            front = max(_EXTREMES, key=lambda color: contrast(color, behind))
        return front, behind

    @staticmethod
    def _color(numbers: list[int], first: int, named: tuple[Rgb, ...]) -> Rgb | None:
        """Return the colour that SGR codes mean; `first` is the code of black."""
        if not numbers:
            return None
        head = numbers[0] - first
        if 0 <= head <= 7:
            return named[head]
        if 60 <= head <= 67:
            return named[head - 52]
        if len(numbers) >= 3 and numbers[1] == 5:
            return _indexed(min(numbers[2], 255), named)
        if len(numbers) >= 5 and numbers[1] == 2:
            red, green, blue = (min(value, 255) for value in numbers[-3:])
            return red, green, blue
        return None

    def _readable(self, color: Rgb) -> Rgb:
        """Move a colour toward the text colour until it can be read on the background."""
        for step in range(9):
            share = step / 8
            red, green, blue = (
                round(own + (text - own) * share)
                for own, text in zip(color, self.text, strict=True)
            )
            if contrast((red, green, blue), self.background) >= _LEAST_CONTRAST:
                return red, green, blue
        return self.text


def _indexed(index: int, named: tuple[Rgb, ...]) -> Rgb:
    """Return a colour of the 256: named ones, a 6x6x6 cube, greys."""
    if index < 16:
        return named[index]
    if index >= 232:
        grey = 8 + 10 * (index - 232)
        return grey, grey, grey
    index -= 16
    return _CUBE[index // 36], _CUBE[index // 6 % 6], _CUBE[index % 6]
