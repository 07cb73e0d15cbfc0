"""Position marks in a program's output: cuts them out and says where they were.

A mark is an escape sequence that terminals ignore, written by a driver: `ESC ] 7770 ; kind ;
nonce ESC \\`. Kind `e`: all output of a run came before; `d`: a picture belongs here. Marks decide
nothing on their own: the control channel is the authority, a forged one names an unknown nonce.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

START = b"\x1b]7770;"
END = b"\x1b\\"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that stood between two pieces of output."""

    kind: str
    nonce: str


class MarkCutter:
    """Takes output in any pieces and gives it back without marks, the marks between."""

    def __init__(self) -> None:
        self._carry = b""

    def feed(self, data: bytes) -> Iterator[bytes | Mark]:
        """Yield the output in `data` and the marks in it, in order; keeps back a split mark."""
        if self._carry:
            data, self._carry = self._carry + data, b""
        start, search = 0, 0
        while (at := data.find(START, search)) >= 0:
            end = data.find(END, at, at + LONGEST)
            if end < 0:
                if len(data) - at < LONGEST:
                    if at > start:
                        yield data[start:at]
                    self._carry = data[at:]
                    return
                search = at + 1  # too long to be one of ours
                continue
            if at > start:
                yield data[start:at]
            kind, _, nonce = data[at + len(START) : end].partition(b";")
            yield Mark(kind.decode("ascii", "replace"), nonce.decode("ascii", "replace"))
            start = search = end + len(END)
        stop = len(data) - _length_of_split_start(data, start)
        self._carry = data[stop:]
        if stop > start:
            yield data[start:stop] if start or self._carry else data

    def flush(self) -> bytes:
        """Return what was kept back: the output has ended, so it was no mark."""
        carry, self._carry = self._carry, b""
        return carry


def _length_of_split_start(data: bytes, start: int) -> int:
    for size in range(min(len(START) - 1, len(data) - start), 0, -1):
        if data.endswith(START[:size]):
            return size
    return 0
