"""Rows that scrolled off the screen: immutable, bounded, compressed when there is time.

Owns the sealed blocks and the ring. Knows no screen, no style and nobody who paints.
"""

from __future__ import annotations

import bisect
import zlib
from collections import OrderedDict
from dataclasses import dataclass

BLOCK_ROWS = 2048
BLOCK_BYTES = 128 << 10
MAX_ROWS = 1_000_000
MAX_BYTES = 64 << 20
MAX_RAW_BYTES = 40 << 20  # beyond it old blocks are compressed even in the middle of a flood
_UNPACKED_KEPT = 8  # blocks whose rows stay split for the painter
_RECENT = 16  # blocks that are not compressed: they are looked at most


@dataclass(slots=True)
class _Block:
    start: int  # the number of its first row
    data: bytes  # rows joined by newlines, or that compressed
    packed: bool = False

    def rows(self) -> list[bytes]:
        return (zlib.decompress(self.data) if self.packed else self.data).split(b"\n")


class History:
    """Rows numbered from 0 on for ever; the oldest fall out beyond `max_rows` or `max_bytes`."""

    def __init__(self, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES) -> None:
        self.max_rows, self.max_bytes = max_rows, max_bytes
        self.first = 0  # number of the oldest row kept
        self.end = 0  # one past the newest
        self.bytes = 0  # held by sealed blocks
        self.raw_bytes = 0  # the part of them that is not compressed
        self._blocks: list[_Block] = []
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._split: OrderedDict[int, list[bytes]] = OrderedDict()
        self._checked = 0  # all blocks below this index are compressed

    def append(self, row: bytes) -> None:
        """Add one row."""
        self._tail.append(row)
        self._tail_bytes += len(row) + 1
        self.end += 1
        if len(self._tail) >= BLOCK_ROWS or self._tail_bytes >= BLOCK_BYTES:
            self._seal_tail()

    def extend(self, rows: list[bytes], joined: bytes) -> None:
        """Add many rows at once; `joined` is the same rows joined by newlines."""
        if len(rows) < 64:
            for row in rows:
                self.append(row)
            return
        self._seal_tail()
        self._seal(self.end, joined)
        self.end += len(rows)
        self._trim()

    def row(self, number: int) -> bytes:
        """Return the row with this number; it must lie in `first` to `end`."""
        start, rows = self.block(number)
        return rows[number - start]

    def block(self, number: int) -> tuple[int, list[bytes]]:
        """Return the stretch of rows around a row, and the number of its first one."""
        tail_start = self.end - len(self._tail)
        if number >= tail_start:
            return tail_start, self._tail
        index = bisect.bisect_right(self._blocks, number, key=lambda block: block.start) - 1
        block = self._blocks[index]
        rows = self._split.get(block.start)
        if rows is None:
            rows = self._split[block.start] = block.rows()
            if len(self._split) > _UNPACKED_KEPT:
                self._split.popitem(last=False)
        else:
            self._split.move_to_end(block.start)
        return block.start, rows

    def compress(self, budget: int = 4) -> bool:
        """Compress some old blocks, for when there is nothing to do. True: there are more."""
        while self._checked < len(self._blocks) - _RECENT:
            block = self._blocks[self._checked]
            self._checked += 1
            if not block.packed:
                packed = zlib.compress(block.data, 1)
                self.bytes += len(packed) - len(block.data)
                self.raw_bytes -= len(block.data)
                block.data, block.packed = packed, True
                budget -= 1
                if budget == 0:
                    return True
        return False

    def clear(self) -> None:
        """Forget all rows; numbers go on."""
        self._blocks, self._tail = [], []
        self._tail_bytes = self.bytes = self.raw_bytes = self._checked = 0
        self.first = self.end
        self._split.clear()

    def _seal_tail(self) -> None:
        if self._tail:
            self._seal(self.end - len(self._tail), b"\n".join(self._tail))
            self._tail, self._tail_bytes = [], 0
            self._trim()

    def _seal(self, start: int, data: bytes) -> None:
        self._blocks.append(_Block(start, data))
        self.bytes += len(data)
        self.raw_bytes += len(data)
        if self.raw_bytes > MAX_RAW_BYTES:
            self.compress(2)

    def _trim(self) -> None:
        drop = 0
        while drop < len(self._blocks) - 1 and (
            self.end - self._blocks[drop + 1].start >= self.max_rows or self.bytes > self.max_bytes
        ):
            gone = self._blocks[drop]
            self.bytes -= len(gone.data)
            self.raw_bytes -= 0 if gone.packed else len(gone.data)
            drop += 1
        if drop:
            del self._blocks[:drop]
            self._checked = max(0, self._checked - drop)
            self.first = self._blocks[0].start
