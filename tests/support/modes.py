"""Which terminal modes a stream of bytes leaves switched on."""

from __future__ import annotations

import re

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[(?:>[0-9;]*|<[0-9]*)u")
_ON_BY_DEFAULT = {7, 25}  # line wrap and the cursor


def modes_left(data: bytes) -> set[str]:
    """Return the modes that are not as a terminal has them at first, by number or name."""
    state: dict[int, bool] = {}
    for numbers, letter in _MODE.findall(data):
        for number in numbers.split(b";"):
            state[int(number)] = letter == b"h"
    left = {str(mode) for mode, on in state.items() if on != (mode in _ON_BY_DEFAULT)}
    depth = 0
    for sequence in _KITTY.findall(data):
        depth = depth + 1 if b">" in sequence else max(0, depth - 1)
    return left | ({"kitty"} if depth else set())
