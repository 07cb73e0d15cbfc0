"""The rows that measurements give, and the Markdown table made of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol


class Measured(Protocol):
    """One measurement; `limit` is the most that `value` should be, None where there is none."""

    @property
    def name(self) -> str: ...

    @property
    def value(self) -> float: ...

    @property
    def unit(self) -> str: ...

    @property
    def limit(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement; for a ratio the unit is `x`."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the limit holds."""
        return self.limit is None or self.value <= self.limit


def medians(rows: Iterable[Row]) -> list[Row]:
    """Return one row for all of the same name, with the median of their values."""
    same: dict[str, list[Row]] = {}
    for row in rows:
        same.setdefault(row.name, []).append(row)
    return [
        replace(found[0], value=statistics.median(row.value for row in found))
        for found in same.values()
    ]


def markdown(rows: Iterable[Measured]) -> str:
    """Return a table of measurements with their limits and whether they hold."""
    lines = ["| what | measured | goal | |", "|---|---:|---:|---|"]
    for row in rows:
        goal = "" if row.limit is None else f"<= {number(row.limit)} {row.unit}"
        kept = "" if row.limit is None else ("kept" if row.value <= row.limit else "MISSED")
        lines.append(f"| {row.name} | {number(row.value)} {row.unit} | {goal} | {kept} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
