"""Bytes and seconds for a person; bytes as file managers count them, in powers of 1,000."""

from __future__ import annotations

from oi_tui.text.translation import tr

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


def time_in_words(seconds: int) -> str:
    """Return seconds as `45 s`, `3 min` or `1 h 20 min`."""
    if seconds < 60:
        return tr("{count} s", count=seconds)
    minutes = -(-seconds // 60)
    if minutes < 60:
        return tr("{count} min", count=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
