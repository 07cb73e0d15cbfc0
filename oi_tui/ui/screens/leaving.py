"""Leaving a screen once, whatever was typed ahead.

Two keys in one moment both reach the screen on which they were typed; its second dismissal would
take away the screen below. Knows no screen.
"""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

Result = TypeVar("Result")


def leave(screen: Screen[Result], result: Result | None = None) -> None:
    """Dismiss a screen with a result, unless it was left already."""
    if screen.is_active:  # on top; below a dialog, Textual calls it current as well
        screen.dismiss(result)
