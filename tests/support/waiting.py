"""Wait for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE = 30.0  # seconds; reached only when a test has failed


def wait_until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Return as soon as `condition()` is true; fail the test after `DEADLINE` seconds."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {DEADLINE:g} s for {what}")
        time.sleep(0.002)
