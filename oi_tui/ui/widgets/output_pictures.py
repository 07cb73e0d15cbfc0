"""Pictures on their way to rows: decoded in a thread, what is drawn meanwhile kept in order.

Knows no widget and no spool: it is told how to draw.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from oi_tui.text.translation import tr
from oi_tui.ui.widgets.output_rows import Drawn, Note, PixelRow

_LEAST_ROWS = 8
Draw = Callable[[str, tuple[Drawn, ...]], None]  # language, rows


def picture_rows(mime: str, data: bytes, columns: int, rows: int) -> tuple[Drawn, ...]:
    """Return a picture as rows of cells, or the line that names one that can't be drawn."""
    # Few runs show a picture: the reader is not loaded before.
    from oi_tui.ui.emulator.picture import PictureError, half_blocks, read_png

    try:
        if mime != "image/png":
            raise PictureError(mime)
        picture = read_png(data)
    except PictureError:
        size = max(1, len(data) // 1000)
        return (Note(tr("picture: {mime}, {size} kB", mime=mime, size=size)),)
    most = max(_LEAST_ROWS, rows - 2)
    return tuple(PixelRow(row) for row in half_blocks(picture, columns, most))


@dataclass(slots=True)
class _Late:
    """What is drawn once `pictures` have been decoded, in order."""

    pictures: int = 0
    parts: list[tuple[Drawn, ...]] = field(default_factory=list)


class DrawingOrder:
    """Draws what has to wait for no picture at once, and the rest after it."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._late: dict[str, _Late] = {}  # by language

    def draw(self, language: str, rows: tuple[Drawn, ...]) -> None:
        """Draw rows, after the pictures that came before them."""
        late = self._late.get(language)
        if late is None:
            self._draw(language, rows)
        else:
            late.parts.append(rows)

    async def draw_picture(
        self, language: str, mime: str, data: bytes, columns: int, rows: int, place: int
    ) -> None:
        """Decode a picture and draw it at the `place` that `keep_place` gave."""
        late = self._late.get(language)
        drawn = await asyncio.to_thread(picture_rows, mime, data, columns, rows)
        if late is None or self._late.get(language) is not late:
            return  # all was cleared meanwhile
        late.parts[place] = drawn
        late.pictures -= 1
        if late.pictures == 0:
            del self._late[language]
            for part in late.parts:
                self._draw(language, part)

    def keep_place(self, language: str) -> int:
        """Keep a place for a picture; what is drawn from now on comes below it."""
        late = self._late.setdefault(language, _Late())
        late.pictures += 1
        late.parts.append(())
        return len(late.parts) - 1

    def clear(self) -> None:
        """Forget what waits."""
        self._late.clear()
