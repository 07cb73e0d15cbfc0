"""Where every row of a long conversation is, without drawing all of it.

Owns the heights: exact for what has been drawn, estimated for the rest. A place is a block, a
section of it and a line in that, so that a changed estimate moves nothing that is seen. Knows
neither the kinds of blocks nor the widget.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from textual.cache import LRUCache
from textual.strip import Strip

LIVE_SECTIONS = 200  # sections whose rows are kept; a screen shows about twenty


class View(Protocol):
    """One block of the conversation, cut into sections that are drawn one by one."""

    def estimate(self, width: int) -> int:
        """Guess the rows of the whole block cheaply."""
        ...

    def sections(self) -> int:
        """Return how many sections there are; the block is prepared for drawing."""
        ...

    def estimate_section(self, index: int, width: int) -> int:
        """Guess the rows of one section."""
        ...

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw one section."""
        ...


class Place(NamedTuple):
    """A row of the conversation."""

    block: int = 0
    section: int = 0
    line: int = 0


class Heights:
    """Heights in a row, and the sums before each of them."""

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self._sizes = list(sizes)
        self._tops: list[int] = []  # valid as far as it goes

    def __len__(self) -> int:
        return len(self._sizes)

    def __getitem__(self, index: int) -> int:
        return self._sizes[index]

    def set(self, index: int, size: int) -> None:
        """Change one height, or append the next one."""
        if index == len(self._sizes):
            self._sizes.append(size)
        elif self._sizes[index] != size:
            self._sizes[index] = size
            del self._tops[index + 1 :]

    def shorten(self, count: int) -> None:
        """Forget the heights from `count` on."""
        del self._sizes[count:]
        del self._tops[count:]

    def top(self, index: int) -> int:
        """Return the sum of the heights before `index`."""
        tops = self._tops
        while len(tops) <= index:
            at = len(tops)
            tops.append(tops[-1] + self._sizes[at - 1] if at else 0)
        return tops[index]

    def total(self) -> int:
        """Return the sum of all."""
        return self.top(len(self._sizes) - 1) + self._sizes[-1] if self._sizes else 0

    def find(self, row: int) -> tuple[int, int]:
        """Return the index that holds a row, and the row within it."""
        last = len(self._sizes) - 1
        self.top(last)
        index = max(0, min(bisect_right(self._tops, row, 0, last + 1) - 1, last))
        return index, max(0, row - self._tops[index])


class Entry:
    """A block and its heights; `sections` is None until the block comes near the screen."""

    __slots__ = ("sections", "serial", "view")

    def __init__(self, view: View, serial: int) -> None:
        self.view = view
        self.serial = serial
        self.sections: Heights | None = None


class Flow:
    """All blocks below each other at one width."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.entries: list[Entry] = []
        self._heights = Heights()
        self._strips: LRUCache[tuple[int, int], list[Strip]] = LRUCache(LIVE_SECTIONS)

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, view: View) -> None:
        """Add a block at the end."""
        self.entries.append(Entry(view, len(self.entries)))
        self._heights.set(len(self.entries) - 1, view.estimate(self.width))

    def resize(self, width: int) -> None:
        """Lay everything out for another width, or anew for the same."""
        self.width = width
        self._strips.clear()
        sizes = []
        for entry in self.entries:
            entry.sections = None
            sizes.append(entry.view.estimate(width))
        self._heights = Heights(sizes)

    def changed(self, block: int, first: int = 0) -> None:
        """Take note that a block's sections from `first` on are others now."""
        entry = self.entries[block]
        count = entry.view.sections()
        heights = entry.sections
        if heights is None:
            heights = entry.sections = Heights()
            first = 0
        for section in range(first, len(heights)):
            self._strips.discard((entry.serial, section))
        heights.shorten(first)
        for section in range(first, count):
            heights.set(section, entry.view.estimate_section(section, self.width))
        self._heights.set(block, heights.total())

    # -- drawing ----------------------------------------------------------------------------------
    def strips(self, block: int, section: int) -> list[Strip]:
        """Return the rows of a section, drawn if need be; its height is exact from then on."""
        self._prepare(block)
        entry = self.entries[block]
        key = (entry.serial, section)
        strips = self._strips.get(key)
        if strips is None:
            strips = entry.view.draw(section, self.width)
            self._strips[key] = strips
            heights = entry.sections
            if heights is not None and heights[section] != len(strips):
                heights.set(section, len(strips))
                self._heights.set(block, heights.total())
        return strips

    def rows(self, start: Place) -> Iterator[tuple[Place, Strip]]:
        """Yield the rows from a place to the end, drawing as it goes."""
        line = start.line
        for block in range(start.block, len(self)):
            first = start.section if block == start.block else 0
            for section in range(first, self.count(block)):
                strips = self.strips(block, section)
                for at in range(line, len(strips)):
                    yield Place(block, section, at), strips[at]
                line = 0

    def drawn(self) -> int:
        """Return how many sections are kept drawn."""
        return len(self._strips)

    # -- places -----------------------------------------------------------------------------------
    def total(self) -> int:
        """Return the rows of everything, as far as known."""
        return self._heights.total()

    def top(self, place: Place) -> int:
        """Return the row that a place is now at."""
        if not self.entries:
            return 0
        heights = self.entries[place.block].sections
        inner = heights.top(place.section) if heights and place.section < len(heights) else 0
        return self._heights.top(place.block) + inner + place.line

    def locate(self, row: int) -> Place:
        """Return the place at a row as heights are known now."""
        if not self.entries:
            return Place()
        block, inner = self._heights.find(row)
        known = self._heights[block]
        self._prepare(block)
        heights = self.entries[block].sections
        if heights is None or not len(heights):
            return Place(block)
        if known and heights.total() != known:
            inner = inner * heights.total() // known
        section, line = heights.find(inner)
        return Place(block, section, min(line, max(0, len(self.strips(block, section)) - 1)))

    def moved(self, place: Place, rows: int) -> Place:
        """Return the place some rows below (or above, if negative), drawing what lies between."""
        if not self.entries:
            return Place()
        block, section, line = place
        line += rows
        while line < 0:
            before = self._before(block, section)
            if before is None:
                return Place()
            block, section = before
            line += len(self.strips(block, section))
        while line >= len(self.strips(block, section)):
            after = self._after(block, section)
            if after is None:
                return Place(block, section, max(0, len(self.strips(block, section)) - 1))
            line -= len(self.strips(block, section))
            block, section = after
        return Place(block, section, line)

    def last_page(self, rows: int) -> Place:
        """Return the place from which the last `rows` rows are seen."""
        if not self.entries:
            return Place()
        block = len(self) - 1
        section = self.count(block) - 1
        return self.moved(Place(block, section, len(self.strips(block, section))), -rows)

    def valid(self, place: Place) -> Place:
        """Return a place, or the nearest one above if its block has become shorter."""
        if not self.entries:
            return Place()
        if place.section >= self.count(place.block):
            place = Place(place.block, self.count(place.block) - 1)
        height = len(self.strips(place.block, place.section))
        return place._replace(line=min(place.line, max(0, height - 1)))

    def kept(self, place: Place, share: float) -> Place:
        """Return a place after a new layout; `share` tells how far into its section it was."""
        if not self.entries:
            return Place()
        block = min(place.block, len(self) - 1)
        section = min(place.section, self.count(block) - 1)
        height = len(self.strips(block, section))
        return Place(block, section, min(int(height * share), max(0, height - 1)))

    def _before(self, block: int, section: int) -> tuple[int, int] | None:
        if section:
            return block, section - 1
        return (block - 1, self.count(block - 1) - 1) if block else None

    def _after(self, block: int, section: int) -> tuple[int, int] | None:
        if section + 1 < self.count(block):
            return block, section + 1
        return (block + 1, 0) if block + 1 < len(self) else None

    def count(self, block: int) -> int:
        """Return the sections of a block."""
        self._prepare(block)
        heights = self.entries[block].sections
        return len(heights) if heights is not None else 0

    def _prepare(self, block: int) -> None:
        if self.entries[block].sections is None:
            self.changed(block)
