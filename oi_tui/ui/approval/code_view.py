"""The proposed code as it is read before a decision: colored, numbered, wrapped, counted.

Owns scrolling, line selection and what of the code was on screen. It shows what `ShownCode` says
and decides nothing.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from oi_tui.ui.approval.shown_code import Row, ShownCode
from oi_tui.ui.syntax import Span, highlight, syntax_styles

LEXED_ABOVE = 80  # lines: context that lets a lexer know what the first visible line belongs to
GUTTER = 2  # columns beside the line numbers


class CodeView(ScrollView, can_focus=False):
    """A read-only view of one piece of code, which may still be growing."""

    DEFAULT_CSS = """
    CodeView {
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .code-view--number { color: $muted 75%; }
        & > .code-view--token { color: $warning; text-style: bold; }
        & > .code-view--selected { background: $primary 25%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "code-view--number",
        "code-view--token",
        "code-view--selected",
    }
    wrap: reactive[bool] = reactive(True)

    class RowsChanged(Message):
        """The code takes another number of rows."""

    class SeenChanged(Message):
        """More of the code was on screen than before, or another part of it is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown = ShownCode()
        self.language = ""
        self.counts_seen = False
        self.selection: tuple[int, int] | None = None  # first and last line
        self._lexed: tuple[int, int, list[list[Span]]] = (0, 0, [])
        self._styles: dict[str, Style] = {}

    # -- content ------------------------------------------------------------------------------
    def show(self, code: str, language: str) -> None:
        """Show this code from its first line."""
        self.language, self.selection = language, None
        self.shown.replace(code)
        self.scroll_to(0, 0, animate=False)
        self._changed()

    def extend_to(self, code: str) -> None:
        """Show more of the same code; the place in it stays."""
        self.shown.extend_to(code)
        self._changed()

    def count_seen(self) -> None:
        """From now on, lines that are on screen count as seen."""
        self.counts_seen = True
        self._note_seen()

    def selected_code(self, code: str) -> str:
        """Return the selected lines of `code`, or nothing."""
        if self.selection is None:
            return ""
        first, last = self.selection
        return "\n".join(code.split("\n")[first : last + 1])

    def extend_selection(self, step: int) -> None:
        """Select the next or previous line too, beginning with the first visible one."""
        row = self.shown.row(int(self.scroll_offset.y))
        first, last = self.selection or ((row.line, row.line - 1) if row else (0, -1))
        last = max(first, min(self.shown.line_count - 1, last + step))
        self.selection = (first, last)
        bottom = self.shown.top_of(last)
        if not self.scroll_offset.y <= bottom < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=bottom - self.size.height // 2, animate=False)
        self.refresh()

    # -- geometry -----------------------------------------------------------------------------
    @property
    def _number_width(self) -> int:
        return len(str(max(99, len(self.shown.lines))))

    def _changed(self) -> None:
        self._lexed = (0, 0, [])
        room = self.scrollable_content_region.width - self._number_width - GUTTER
        if room <= 0:
            return
        self.shown.set_width(room, self.wrap)
        width = 0 if self.wrap else self.shown.widest + self._number_width + GUTTER
        rows, self.virtual_size = (
            self.virtual_size.height,
            Size(max(width, 1), self.shown.row_count),
        )
        if rows != self.virtual_size.height:
            self.post_message(self.RowsChanged())
        self._note_seen()
        self.refresh()

    def on_resize(self) -> None:
        """Wrap anew; another part of it may be on screen."""
        self._changed()
        self.post_message(self.SeenChanged())

    def watch_wrap(self) -> None:
        """Wrap, or do not."""
        self._changed()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Note what came on screen."""
        super().watch_scroll_y(old_value, new_value)
        self._note_seen()

    def _note_seen(self) -> None:
        height = self.scrollable_content_region.height
        if self.counts_seen and height and self.is_on_screen:
            before = self.shown.unseen
            self.shown.mark_seen(int(self.scroll_offset.y), height)
            if self.shown.unseen != before:
                self.post_message(self.SeenChanged())

    def visible_lines(self) -> tuple[int, int]:
        """Return the first and last line on screen, counted from 1."""
        top = int(self.scroll_offset.y)
        bottom = min(top + self.scrollable_content_region.height, self.shown.row_count) - 1
        first, last = self.shown.row(top), self.shown.row(max(top, bottom))
        count = self.shown.line_count
        return (
            min(first.line + 1 if first else 0, count),
            min(last.line + 1 if last else 0, count),
        )

    # -- painting -----------------------------------------------------------------------------
    def notify_style_update(self) -> None:
        """Follow the theme."""
        self._styles = {}
        super().notify_style_update()

    def _spans(self, line: int) -> list[Span]:
        start, end, rows = self._lexed
        if not start <= line < end:
            start = max(0, line - LEXED_ABOVE)
            end = min(len(self.shown.lines), line + LEXED_ABOVE)
            rows = highlight(self.shown.lines[start:end], self.language)
            self._lexed = (start, end, rows)
        return rows[line - start]

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.size.width
        row = self.shown.row(int(self.scroll_offset.y) + y)
        if row is None:
            return Strip.blank(width, self.rich_style)
        segments = [self._number(row), *self._code(row)]
        strip = Strip(segments)
        if not self.wrap:
            left = int(self.scroll_offset.x)
            gutter = self._number_width + GUTTER
            strip = Strip.join([strip.crop(0, gutter), strip.crop(gutter + left)])
        strip = strip.crop_extend(0, width, self.rich_style).apply_style(self.rich_style)
        if self.selection and self.selection[0] <= row.line <= self.selection[1]:
            strip = strip.apply_style(self._part("code-view--selected"))
        return strip

    def _part(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(name)
        return self._styles[name]

    def _number(self, row: Row) -> Segment:
        numbered = row.first and self.language != "diff"
        label = str(row.line + 1) if numbered else ""
        text = label.rjust(self._number_width) + " " * GUTTER
        return Segment(text, self._part("code-view--number"))

    def _code(self, row: Row) -> list[Segment]:
        if "syntax" not in self._styles:
            self._styles |= syntax_styles(self.app.theme_variables)
            self._styles["syntax"] = Style()
        segments, at = [], 0
        for text, name in self._spans(row.line):
            piece = text[max(0, row.start - at) : max(0, row.end - at)]
            at += len(text)
            if piece:
                segments.extend(self._with_tokens(piece, self._styles.get(name, Style())))
        return segments

    def _with_tokens(self, text: str, style: Style) -> list[Segment]:
        """Draw the stand-ins of hidden characters in the warning color."""
        if "⟨" not in text:
            return [Segment(text, style)]
        segments = []
        for number, piece in enumerate(text.split("⟨")):
            token, end, rest = piece.partition("⟩") if number else ("", "", piece)
            if end:
                segments.append(Segment(f"⟨{token}⟩", self._part("code-view--token")))
            elif number:
                rest = f"⟨{token}"
            if rest:
                segments.append(Segment(rest, style))
        return segments
