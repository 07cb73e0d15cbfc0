"""The conversation's component classes, and the palette made of them and of the theme.

Owns which style each name gets. Knows no block.
"""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from oi_tui.ui.markdown.palette import Palette, code_styles

PREFIX = "conversation--"
# Styles that lie on whatever ground their row has, and those that bring their own.
_TEXTS = (
    "prompt",
    "prompt-bar",
    "cursor",
    "muted",
    "heading1",
    "heading2",
    "heading3",
    "heading4",
    "strong",
    "emphasis",
    "strike",
    "link",
    "address",
    "quote",
    "rule",
    "marker",
    "table-header",
    "fence-label",
    "notice",
    "warning",
    "error",
    "success",
    "running",
    "card-name",
    "card-text",
    "card-muted",
    "card-number",
    "card-mark",
    "card-output",
)
_GROUNDS = ("code", "fence", "card", "card-header", "card-active", "error-card", "below")
COMPONENTS = {PREFIX + name for name in (*_TEXTS, *_GROUNDS, "hit")}

CSS = """
Conversation {
    background: $background;
    color: $foreground;
    overflow-x: hidden;
    overflow-y: scroll;
    scrollbar-size-vertical: 1;
    scrollbar-background: $background;
    scrollbar-background-hover: $background;
    scrollbar-background-active: $background;
    & .conversation--prompt { text-style: bold; }
    & .conversation--prompt-bar { color: $accent; }
    & .conversation--cursor { color: $accent; text-style: bold; }
    & .conversation--muted { color: $muted; }
    & .conversation--heading1 { color: $text-accent; text-style: bold underline; }
    & .conversation--heading2 { color: $text-accent; text-style: bold; }
    & .conversation--heading3 { text-style: bold; }
    & .conversation--heading4 { color: $muted; text-style: bold; }
    & .conversation--strong { text-style: bold; }
    & .conversation--emphasis { text-style: italic; }
    & .conversation--strike { text-style: strike; }
    & .conversation--code { background: $boost; color: $text-accent; }
    & .conversation--link { color: $text-primary; text-style: underline; }
    & .conversation--address { color: $muted; }
    & .conversation--quote { color: $muted; }
    & .conversation--rule { color: $faint; }
    & .conversation--marker { color: $text-accent; }
    & .conversation--table-header { text-style: bold; }
    & .conversation--fence { background: $surface; }
    & .conversation--fence-label { color: $muted; }
    & .conversation--notice { color: $muted; }
    & .conversation--warning { color: $text-warning; }
    & .conversation--error { color: $text-error; text-style: bold; }
    & .conversation--success { color: $text-success; }
    & .conversation--running { color: $text-accent; }
    & .conversation--card { background: $surface; }
    & .conversation--card-header { background: $panel; }
    & .conversation--card-active { background: $accent 14%; }
    & .conversation--card-name { text-style: bold; }
    & .conversation--card-text { color: $foreground; }
    & .conversation--card-muted { color: $muted; }
    & .conversation--card-number { color: $muted 75%; }
    & .conversation--card-mark { color: $text-accent; text-style: bold; }
    & .conversation--card-output { color: $foreground 85%; }
    & .conversation--error-card { background: $error 12%; }
    & .conversation--hit { background: $warning 45%; text-style: bold; }
    & .conversation--below { background: $panel; color: $text-accent; }
}
"""


def palette_of(widget: Widget) -> Palette:
    """Return the styles that the widget's style sheet and theme ask for now."""
    styles = {}
    for name in _TEXTS:
        styles[name.replace("-", "_")] = _foreground(widget.get_component_rich_style(PREFIX + name))
    for name in _GROUNDS:
        styles[name.replace("-", "_")] = widget.get_component_rich_style(PREFIX + name)
    return Palette(styles, code_styles(widget.app.theme_variables, styles["muted"]))


def _foreground(style: Style) -> Style:
    """Return a style without its ground, colors already blended with the widget's."""
    return Style.combine([style.without_color, Style(color=style.color)])
