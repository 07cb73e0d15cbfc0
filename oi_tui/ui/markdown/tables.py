"""Tables drawn in columns by the cells their text takes; row by row where they do not fit.

Owns the distribution of width. Knows no other element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from oi_tui.ui.markdown.inline import inline_segments
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.wrap import Row, width_of, wrap

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_SPACE = 3  # cells between columns
_NARROWEST = 6  # a column below that would be unreadable

Cells = list[list[Segment]]


def table_rows(node: SyntaxTreeNode, palette: Palette, base: Style, width: int) -> list[Row]:
    """Draw a table in at most `width` cells."""
    lines = [row for group in node.children for row in group.children]
    if not lines:
        return []
    header = _cells(lines[0], palette, base + palette["table_header"])
    body = [_cells(line, palette, base) for line in lines[1:]]
    sides = [_side(cell) for cell in lines[0].children]
    columns = zip(header, *body, strict=True)  # markdown-it fills short lines up
    widths = _fit([max(1, *map(width_of, column)) for column in columns], width)
    if not widths:
        return _stacked(header, body, palette, width)
    rows = _line(header, widths, sides)
    total = sum(widths) + _SPACE * (len(widths) - 1)
    rows.append([Segment("─" * total, palette["rule"])])
    for cells in body:
        rows += _line(cells, widths, sides)
    return rows


def _cells(line: SyntaxTreeNode, palette: Palette, base: Style) -> Cells:
    return [
        inline_segments(cell.children[0].children if cell.children else (), palette, base)
        for cell in line.children
    ]


def _side(cell: SyntaxTreeNode) -> str:
    return str(cell.attrs.get("style", "")).rpartition(":")[2]


def _fit(wanted: Sequence[int], width: int) -> list[int]:
    """Return the columns' widths, the widest ones cut first; empty if they cannot fit."""
    room = width - _SPACE * (len(wanted) - 1)
    if sum(wanted) <= room:
        return list(wanted)
    if room < sum(min(_NARROWEST, size) for size in wanted):
        return []
    limit = _NARROWEST
    while sum(min(limit + 1, size) for size in wanted) <= room:
        limit += 1
    fitted = [min(limit, size) for size in wanted]
    spare = room - sum(fitted)
    for index, size in enumerate(wanted):
        if spare and size > limit:
            fitted[index] += 1
            spare -= 1
    return fitted


def _line(cells: Cells, widths: Sequence[int], sides: Sequence[str]) -> list[Row]:
    """Draw one line of the table; a cell that is too long continues below itself."""
    wrapped = [wrap(cell, size) for cell, size in zip(cells, widths, strict=True)]
    rows: list[Row] = []
    for index in range(max(map(len, wrapped))):
        row: Row = []
        for column, (part, size) in enumerate(zip(wrapped, widths, strict=True)):
            text = part[index] if index < len(part) else []
            missing = size - width_of(text)
            before = missing if sides[column] == "right" else 0
            before = missing // 2 if sides[column] == "center" else before
            space = 0 if column == len(widths) - 1 else _SPACE
            row += [_blank(before), *text, _blank(missing - before + space)]
        rows.append([segment for segment in row if segment.text])
    return rows


def _stacked(header: Cells, body: Sequence[Cells], palette: Palette, width: int) -> list[Row]:
    """Draw each line of the table as rows of `name: value`."""
    rows: list[Row] = []
    for index, cells in enumerate(body or [header]):
        if index:
            rows.append([Segment("─" * min(width, 12), palette["rule"])])
        for name, cell in zip(header, cells, strict=True):
            joined = [*name, Segment(": ", palette["muted"]), *cell] if body else cell
            rows += wrap(joined, width)
    return rows


def _blank(cells: int) -> Segment:
    return Segment(" " * cells)
