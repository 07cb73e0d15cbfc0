"""Rows of the output as strips of cells in the theme's colours.

Owns what a row looks like. Knows no scrolling and no terminal. A flood paints new rows every frame,
so what counts is the number of strips and style look-ups a row, not a cache.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from oi_tui.ui.emulator.palette import Palette, Rgb
from oi_tui.ui.emulator.sgr import spans
from oi_tui.ui.widgets.output_rows import Drawn, Note, PixelRow, Rule
from oi_tui.ui.widgets.output_search import Needle

_DARK_TEXT: Rgb = (220, 224, 230)
_DARK_BACKGROUND: Rgb = (0, 0, 0)


class Painter:
    """Paints rows for one base style, which follows the theme."""

    def __init__(self) -> None:
        self._base: Style | None = None
        self._use(_DARK_TEXT, _DARK_BACKGROUND)

    @property
    def base(self) -> Style:
        """The style of plain text."""
        return self._palette.base

    def follow(self, base: Style) -> bool:
        """Use a widget's own colours from now on; True if they are others than before."""
        if base == self._base:
            return False
        self._base = base
        self._use(_triplet(base.color, _DARK_TEXT), _triplet(base.bgcolor, _DARK_BACKGROUND))
        return True

    def _use(self, text: Rgb, background: Rgb) -> None:
        self._palette = Palette(text, background)
        self.faint = Style(
            color=_rgb(_mix(text, background, 0.55)), bgcolor=self._palette.base.bgcolor
        )
        self.line = Style(
            color=_rgb(_mix(text, background, 0.78)), bgcolor=self._palette.base.bgcolor
        )
        self.failed = self._palette.style("31")
        self.match = Style(color=_rgb((20, 20, 20)), bgcolor=_rgb((229, 192, 123)))
        self.found = Style(color=_rgb((20, 20, 20)), bgcolor=_rgb((255, 150, 60)), bold=True)

    def row(self, row: bytes | Drawn, width: int) -> Strip:
        """Return a row as exactly `width` cells."""
        if isinstance(row, bytes):
            segments, used = self._text(row)
        else:
            segments, used = self._drawn(row, width)
        if used < width:
            segments.append(Segment(" " * (width - used), self.base))
        strip = Strip(segments, max(used, width))
        if used <= width:
            return strip
        # Written when the view was wider: say that there is more than can be seen.
        return Strip.join([strip.crop(0, width - 1), Strip([Segment("›", self.faint)], 1)])

    def _text(self, row: bytes) -> tuple[list[Segment], int]:
        segments, used, style_of = list[Segment](), 0, self._palette.style
        for text, style in spans(row):
            segments.append(Segment(text, style_of(style)))
            used += len(text) if text.isascii() else cell_len(text)
        return segments, used

    def _drawn(self, row: Drawn, width: int) -> tuple[list[Segment], int]:
        if isinstance(row, Note):
            text = set_cell_size(row.text, min(width, cell_len(row.text)))
            return [Segment(text, self.faint)], cell_len(text)
        if isinstance(row, Rule):
            label = f" {row.label} "
            rest = width - cell_len(label) - 2
            words = Segment(label, self.failed if row.failed else self.faint)
            return [
                Segment("──", self.line),
                words,
                Segment("─" * max(0, rest), self.line),
            ], 2 + cell_len(label) + max(0, rest)
        return self._pixels(row)

    @staticmethod
    def _pixels(row: PixelRow) -> tuple[list[Segment], int]:
        segments = [
            Segment("▀", Style(color=_rgb(upper), bgcolor=_rgb(lower)))
            for upper, lower in row.pixels
        ]
        return segments, len(segments)

    def mark(self, strip: Strip, row: bytes, needle: Needle, found: bool) -> Strip:
        """Return a strip with each occurrence of what is looked for marked."""
        text = "".join(text for text, _ in spans(row))
        style = self.found if found else self.match
        for start, end in needle.spans(text):
            strip = restyle(strip, cell_len(text[:start]), cell_len(text[:end]), style)
        return strip


def restyle(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Return a strip whose cells from `start` to `end` have another style."""
    inner = strip.crop(start, end).apply_style(style)
    recolored = Strip(
        [Segment(text, (own or Style()) + style) for text, own, _ in inner], inner.cell_length
    )
    return Strip.join([strip.crop(0, start), recolored, strip.crop(end)])


def _triplet(color: Color | None, default: Rgb) -> Rgb:
    if color is None or color.is_default:
        return default
    red, green, blue = color.get_truecolor()
    return red, green, blue


def _rgb(color: Rgb) -> Color:
    return Color.from_rgb(*color)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
