"""The styles that Markdown and code are drawn in, by name.

Owns what a theme without code colors gets. Knows neither widgets nor Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.style import Style
from textual.color import Color, ColorParseError

from oi_tui.ui import syntax

# Theme variables that every Textual theme has, made so that their text is legible on it.
_DERIVED = {
    "keyword": "text-accent",
    "string": "text-success",
    "number": "text-warning",
    "function": "text-primary",
    "type": "text-primary",
    "decorator": "text-secondary",
    "error": "text-error",
    "added": "text-success",
    "removed": "text-error",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles by name. An unknown name is plain text, so that an empty palette draws everything."""

    styles: Mapping[str, Style] = field(default_factory=dict)
    syntax: Mapping[str, Style] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Style:
        return self.styles.get(name) or Style.null()


def code_styles(variables: Mapping[str, str], muted: Style) -> Mapping[str, Style]:
    """Return the code styles of a theme: its own `syntax-…` colors, or ones derived from it."""
    own = syntax.syntax_styles(variables)
    # One color for everything is a placeholder, not a choice.
    if len({style.color for style in own.values()}) > 1:
        return own
    derived = {name: _style(variables.get(variable, "")) for name, variable in _DERIVED.items()}
    return {**derived, "comment": muted + Style(italic=True)}


def _style(value: str) -> Style:
    try:
        return Style.from_color(Color.parse(value).rich_color) if value else Style.null()
    except ColorParseError:
        return Style.null()
