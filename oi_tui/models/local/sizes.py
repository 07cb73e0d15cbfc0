"""Bytes for a person, as file managers and model pages count them: powers of 1,000."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")


def size_in_words(size: int) -> str:
    """Return `4.7 GB` for 4,683,000,000 bytes."""
    value, unit = float(max(size, 0)), "B"
    for larger in _UNITS:
        if value < 999.5:  # rounded up it would have a digit too many
            break
        value, unit = value / 1000, larger
    if unit in ("B", "kB") or value >= 9.95:
        return f"{value:.0f} {unit}"
    return f"{value:.1f} {unit}"
