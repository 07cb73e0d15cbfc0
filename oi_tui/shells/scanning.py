"""The port through which a proposal is scanned before a person decides about it.

A scan tells plain facts or why there are none. It never says that code is safe, and decides
nothing. Knows no scanner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Scan:
    """What came of a scan, in words for a person. With a `problem`, it was not scanned."""

    notes: tuple[str, ...] = ()
    has_findings: bool = False
    problem: str = ""


class Scanner(Protocol):
    """Looks at code without running it."""

    def scan(self, code: str, language: str, is_cancelled: Callable[[], bool]) -> Scan:
        """Return what was found; blocks for seconds, and ends soon once it is cancelled."""
        ...
