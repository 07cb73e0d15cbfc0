"""Tells prose that has begun to run in circles. Pure."""

from __future__ import annotations

LOOKED_AT = 4096  # characters; a refrain or a long rule never fills that much by itself
LONGEST_PERIOD = 256


def is_circling(text: str) -> bool:
    """Return True if the end of `text` is one short piece over and over."""
    tail = text[-LOOKED_AT:]
    if len(tail) < LOOKED_AT:
        return False
    probe = tail[-LONGEST_PERIOD:]
    before = tail.rfind(probe, 0, len(tail) - 1)
    if before < 0:
        return False
    period = len(tail) - LONGEST_PERIOD - before
    return period <= LONGEST_PERIOD and tail[period:] == tail[:-period]
