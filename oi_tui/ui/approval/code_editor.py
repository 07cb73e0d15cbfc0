"""The editor of a proposal: Textual's text area, colored by Pygments for every language it knows.

Owns coloring and the cleaning of what gets in. What was typed becomes a new proposal elsewhere.

Coloring rests on `TextArea._build_highlight_map`, private to Textual: the version is pinned, and a
test looks at the colors. Lexing a whole file at each key is slow, so only a window is lexed; a
string that opened above it is the price.
"""

from __future__ import annotations

from rich.style import Style
from textual import events
from textual.widgets.text_area import TextAreaTheme

from oi_tui.text.sanitize import is_hidden
from oi_tui.ui.syntax import PLAIN, highlight, syntax_styles
from oi_tui.ui.widgets.text_fields import OrderedTextArea

ABOVE, BELOW = 60, 20  # lines lexed around the viewport
THEME = "oi-tui"


def editable(code: str) -> str:
    """Return code without the characters that an editor can't show; line ends become `\\n`."""
    code = code.replace("\r\n", "\n")
    return "".join(character for character in code if not is_hidden(ord(character)))


class CodeEditor(OrderedTextArea):
    """Edits one piece of code. Load and read it by `text`, which holds no hidden character."""

    DEFAULT_CSS = """
    CodeEditor, CodeEditor:focus {
        border: none;
        padding: 0;
        background: $surface;
    }
    """

    code_language = ""
    _lexed = (0, 0)  # the window of lines that has colors

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            "", id=id, soft_wrap=True, show_line_numbers=True, tab_behavior="indent", compact=True
        )

    def open(self, code: str, language: str) -> None:
        """Begin to edit this code."""
        self.code_language = language
        self._use_theme()
        self.load_text(editable(code))

    def on_mount(self) -> None:
        """Follow the application's theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._use_theme())

    def _use_theme(self) -> None:
        styles: dict[str, Style] = syntax_styles(self.app.theme_variables)
        self.register_theme(TextAreaTheme(THEME, syntax_styles=styles))
        self.theme = THEME

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.prevent_default()  # the text area would move the focus on

    async def _on_paste(self, event: events.Paste) -> None:
        await super()._on_paste(events.Paste(editable(event.text)))
        event.prevent_default()

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._highlights.clear()
        if not self.code_language:
            return
        lines = self.document.lines
        top = int(self.scroll_offset.y)
        first, last = max(0, top - ABOVE), min(len(lines), top + (self.size.height or 50) + BELOW)
        self._lexed = (first, last)
        for row, spans in enumerate(highlight(lines[first:last], self.code_language), first):
            column = 0
            for text, name in spans:
                size = len(text.encode("utf-8", "surrogatepass"))  # the map counts in bytes
                if name != PLAIN:
                    self._highlights[row].append((column, column + size, name))
                column += size

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Color what comes into view."""
        super().watch_scroll_y(old_value, new_value)
        first, last = self._lexed
        if self.code_language and not first <= new_value <= max(first, last - self.size.height):
            self._build_highlight_map()
            self.refresh()
