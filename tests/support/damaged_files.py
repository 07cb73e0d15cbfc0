"""Two hundred damaged model files, the same at each run."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.support.tiny_gguf import Tiny, tiny_model

COUNT = 200
_HEADER = 15_000  # bytes from the beginning where damage is worth the most
_ABSURD = (0, 1, 0x7F, 0xFF, 1 << 16, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)


def damaged_files(folder: Path) -> Iterator[Path]:
    """Write the files one after the other, at the same place; yield each."""
    good = tiny_model(folder / "good.gguf", Tiny("Hello.", context=256)).read_bytes()
    path = folder / "damaged.gguf"
    for number in range(COUNT):
        path.write_bytes(_damaged(good, number))
        yield path


def _damaged(good: bytes, number: int) -> bytes:
    dice = random.Random(number)
    data = bytearray(good)
    place = dice.randrange(4, _HEADER)
    match number % 8:
        case 0:  # cut short, in the header or in the numbers
            return good[: dice.randrange(len(good)) if number % 16 else dice.randrange(_HEADER)]
        case 1:  # an absurd count or size
            data[place : place + 8] = struct.pack("<Q", dice.choice(_ABSURD))
        case 2:  # an absurd count where counts stand: version, tensors, entries
            place = dice.choice((4, 8, 16))
            data[place : place + 8] = struct.pack("<Q", dice.choice(_ABSURD))
        case 3:  # single bits
            for _ in range(dice.randrange(1, 20)):
                data[dice.randrange(_HEADER)] ^= 1 << dice.randrange(8)
        case 4:  # a hole
            size = dice.randrange(1, 3000)
            data[place : place + size] = bytes(size)
        case 5:  # noise
            size = dice.randrange(1, 3000)
            data[place : place + size] = dice.randbytes(size)
        case 6:  # something is missing
            del data[place : place + dice.randrange(1, 3000)]
        case 7:  # noise all over, behind the right beginning
            return good[: dice.choice((0, 4, 8, 24))] + dice.randbytes(dice.randrange(0, 5000))
    return bytes(data)
