"""Markdown elements drawn as rows of segments: headings, lists, quotes, fences, rules, tables.

Owns how each element looks. Knows no scrolling, no widget and no block of the conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style

from oi_tui.text.sanitize import one_line
from oi_tui.ui.markdown import parser
from oi_tui.ui.markdown.highlight import highlight
from oi_tui.ui.markdown.inline import inline_segments
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.splitter import Piece
from oi_tui.ui.markdown.tables import table_rows
from oi_tui.ui.markdown.wrap import Row, chop, expand_tabs, pad, truncate, width_of, wrap

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_BULLETS = ("•", "◦", "▪")
_NARROWEST = 8  # cells below which nesting no longer indents


def piece_rows(piece: Piece, references: dict[str, Any], palette: Palette, width: int) -> list[Row]:
    """Draw a piece of a text, the blank rows after it included, in at most `width` cells."""
    painter = _Painter(palette, piece)
    rows = painter.draw(parser.tree(piece.source, references).children, width)
    blank: list[Row] = [[] for _ in range(piece.gap)]
    return rows + blank if rows or piece.fence else rows


class _Painter:
    """Draws the nodes of one piece."""

    def __init__(self, palette: Palette, piece: Piece) -> None:
        self._palette = palette
        self._piece = piece
        self._depth = 0
        self._base = Style.null()

    def draw(
        self, nodes: Sequence[SyntaxTreeNode], width: int, *, tight: bool = False
    ) -> list[Row]:
        rows: list[Row] = []
        for node in nodes:
            drawn = self._element(node, width)
            if rows and drawn and not tight:
                rows.append([])
            rows += drawn
        return rows

    def _element(self, node: SyntaxTreeNode, width: int) -> list[Row]:
        match node.type:
            case "heading":
                return self._heading(node, width)
            case "bullet_list" | "ordered_list":
                return self._list(node, width)
            case "blockquote":
                return self._quote(node, width)
            case "fence" | "code_block":
                return self._fence(node, width)
            case "hr":
                return [[Segment("─" * min(width, 24), self._palette["rule"])]]
            case "table":
                return table_rows(node, self._palette, self._base, width)
            case _:
                return wrap(self._inline(node), width)

    def _inline(self, node: SyntaxTreeNode, base: Style | None = None) -> list[Segment]:
        children = node.children[0].children if node.children else ()
        return inline_segments(children, self._palette, self._base + (base or Style.null()))

    def _heading(self, node: SyntaxTreeNode, width: int) -> list[Row]:
        level = min(int(node.tag[1:]), 4)
        return wrap(self._inline(node, self._palette[f"heading{level}"]), width)

    def _quote(self, node: SyntaxTreeNode, width: int) -> list[Row]:
        outer = self._base
        self._base = outer + self._palette["quote"]
        bar = [Segment("▎ ", self._palette["rule"])]
        rows = self.draw(node.children, max(_NARROWEST, width - 2))
        self._base = outer
        return [bar + row for row in rows]

    # -- lists ------------------------------------------------------------------------------------
    def _list(self, node: SyntaxTreeNode, width: int) -> list[Row]:
        ordered = node.type == "ordered_list"
        number = int(node.attrs.get("start", 1)) if ordered else 0
        top = self._depth == 0 and bool(self._piece.list_mark)
        if ordered and top and self._piece.ordinal:
            number = self._piece.ordinal
        rows: list[Row] = []
        self._depth += 1
        for index, item in enumerate(node.children):
            if index and _stands_apart(item, node.children[index - 1]):
                rows.append([])
            bullet = _BULLETS[min(self._depth, len(_BULLETS)) - 1]
            mark = f"{number + index}{item.markup}" if ordered else bullet
            rows += self._item(item, mark, width)
        self._depth -= 1
        return rows

    def _item(self, item: SyntaxTreeNode, mark: str, width: int) -> list[Row]:
        segments, children = [Segment(mark + " ", self._palette["marker"])], item.children
        task = _task_state(item)
        if task is not None:
            segments = [Segment("✓ " if task else "○ ", self._palette["marker"])]
        indent = width_of(segments)
        if width - indent < _NARROWEST:
            indent = 0
        inner = self._item_body(children, max(1, width - indent), skip=4 if task is not None else 0)
        if not inner:
            return [segments]
        blank = [Segment(" " * indent, None)] if indent else []
        first = segments + inner[0] if indent else inner[0]
        return [first, *(blank + row if row else [] for row in inner[1:])]

    def _item_body(self, nodes: Sequence[SyntaxTreeNode], width: int, skip: int) -> list[Row]:
        rows: list[Row] = []
        for index, node in enumerate(nodes):
            if index == 0 and skip:
                drawn = wrap(_without_start(self._inline(node), skip), width)
            else:
                drawn = self._element(node, width)
            if rows and _line_of(node) > _end_of(nodes[index - 1]):
                rows.append([])
            rows += drawn
        return rows

    # -- code -------------------------------------------------------------------------------------
    def _fence(self, node: SyntaxTreeNode, width: int) -> list[Row]:
        style = self._palette["fence"]
        language = one_line(node.info.split()[0], 20) if node.info.split() else ""
        rows: list[Row] = []
        if language and self._piece.first_row == 0:
            label = truncate([Segment(language, style + self._palette["fence_label"])], width - 2)
            rows.append(pad([Segment("  ", style), *label], width, style))
        code = node.content.removesuffix("\n")
        if not code and self._piece.first_row:
            return rows
        for line in highlight(code, language, self._palette):
            text = [Segment(expand_tabs(s.text), style + (s.style or Style.null())) for s in line]
            rows += [
                pad([Segment("  ", style), *row], width, style)
                for row in chop(text, max(1, width - 3))
            ]
        return rows


def _line_of(node: SyntaxTreeNode) -> int:
    return node.map[0] if node.map else 0


def _end_of(node: SyntaxTreeNode) -> int:
    """Return the line after the last line that a node or anything in it has a text on."""
    if node.type in ("bullet_list", "ordered_list", "list_item", "blockquote") and node.children:
        return _end_of(node.children[-1])
    return node.map[1] if node.map else 0


def _stands_apart(item: SyntaxTreeNode, before: SyntaxTreeNode) -> bool:
    return _line_of(item) > _end_of(before)


def _task_state(item: SyntaxTreeNode) -> bool | None:
    """Return whether a task is done; None if the item is no task."""
    first = item.children[0] if item.children else None
    if first is None or first.type != "paragraph" or not first.children:
        return None
    start = first.children[0].content[:4].lower()
    return {"[ ] ": False, "[x] ": True}.get(start)


def _without_start(segments: Sequence[Segment], count: int) -> list[Segment]:
    """Return segments without their first `count` characters."""
    kept = []
    for segment in segments:
        kept.append(Segment(segment.text[count:], segment.style))
        count = max(0, count - len(segment.text))
    return [segment for segment in kept if segment.text]
