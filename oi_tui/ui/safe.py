"""The doors through which text reaches a widget: no markup, no control characters.

Textual parses `[...]` in plain strings and passes escape sequences on to the terminal; every
string of ours or of strangers goes through here instead (an architecture test sees to it).
"""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.dom import DOMNode
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Static

from oi_tui.text.sanitize import plain

Severity = Literal["information", "warning", "error"]


def safe_content(text: str) -> Content:
    """Return text as content that no one parses."""
    return Content(plain(text))


class SafeStatic(Static):
    """A piece of text. Strings are taken literally; `Content` is shown as it was built."""

    def __init__(
        self,
        text: str | Content = "",
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(_literal(text), markup=False, name=name, id=id, classes=classes)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show another text."""
        super().update(_literal(content) if isinstance(content, str) else content, layout=layout)


def _literal(text: str | Content) -> Content:
    return safe_content(text) if isinstance(text, str) else text


def safe_notify(
    node: DOMNode,
    text: str,
    *,
    title: str = "",
    severity: Severity = "information",
    seconds: float | None = None,
) -> None:
    """Show a toast for some seconds, a few if nothing else is said."""
    node.app.notify(
        plain(text), title=plain(title), severity=severity, timeout=seconds, markup=False
    )


def set_title(widget: Widget, text: str) -> None:
    """Give a widget a border title."""
    widget.border_title = safe_content(text).markup


def set_tooltip(widget: Widget, text: str) -> None:
    """Give a widget a tooltip."""
    widget.tooltip = safe_content(text)
