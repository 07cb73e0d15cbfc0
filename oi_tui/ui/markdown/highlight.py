"""Code as rows of colored segments, safe to show: every hidden character is a token.

Owns when code is too long to be colored. Lexing itself is `oi_tui.ui.syntax`.
"""

from __future__ import annotations

from rich.segment import Segment

from oi_tui.text.sanitize import visible
from oi_tui.ui import syntax
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.wrap import Row

LONGEST = 200_000  # characters; beyond that colors cost more than they tell


def highlight(code: str, language: str, palette: Palette) -> list[Row]:
    """Return the lines of `code` as segments; a language that no one knows stays plain."""
    shown = visible(code)
    known = language.lower() if len(shown) <= LONGEST else ""
    return [
        [Segment(text, palette.syntax.get(name)) for text, name in line]
        for line in syntax.highlight(shown.split("\n"), known)
    ]
