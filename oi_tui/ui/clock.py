"""The time as widgets ask for it: the application's, so that a picture can be of any moment.

Owns nothing but the two ways to ask. Knows no widget.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

from textual.dom import DOMNode


def _local_now() -> dt.datetime:
    return dt.datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of a clock that never goes back, and the time of day with its zone."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], dt.datetime] = _local_now


SYSTEM = Clock()


def clock_of(node: DOMNode) -> Clock:
    """Return the clock of the node's application; the system's if it has none."""
    clock = getattr(node.app, "clock", None)
    return clock if isinstance(clock, Clock) else SYSTEM
