"""The fast path: whole rows of text and colours, taken without looking at characters.

Nearly all output is that. Owns finding such stretches and turning them into stored rows. Knows no
cursor. `bytes.translate` asks whether anything else is there at a gigabyte a second; the regex for
the same question is thirty times slower and only locates.
"""

from __future__ import annotations

import re

from oi_tui.ui.emulator.cells import cells_of
from oi_tui.ui.emulator.screen import TAB
from oi_tui.ui.emulator.sgr import SGR, carry_styles, opening, spans
from oi_tui.ui.emulator.width import harmless, has_odd, is_narrow, text_width, widest_row

_CONTROLS = bytes(n for n in range(32) if n not in (9, 10, 13, 27)) + b"\x7f"
_SPECIAL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\x1b(?!\[[0-9;:]{0,128}m)"
)
_TAB_OR_STYLE = re.compile(rb"(\x1b\[[0-9;:]*m|\t)")


def bulk_end(data: bytes, start: int, limit: int) -> int:
    """Return the end, at most `limit`, of the stretch of plain rows that begins at `start`."""
    end = data.rfind(b"\n", start, limit) + 1
    if not end:
        return start
    piece = data[start:end]
    if (
        len(piece.translate(None, _CONTROLS)) == len(piece)
        # A bare line feed only goes down: what follows it does not begin at the margin.
        and piece.count(b"\r") == piece.count(b"\r\n") == piece.count(b"\n")
        and (b"\x1b" not in piece or piece.count(b"\x1b") == len(SGR.findall(piece)))
    ):
        return end
    special = _SPECIAL.search(data, start, limit)
    return data.rfind(b"\n", start, special.start() if special else limit) + 1 or start


def bulk_rows(data: bytes, columns: int, style: str) -> tuple[list[bytes], bytes, str]:
    """Turn plain rows, the last without its newline, into stored rows.

    Return the rows, the same joined by newlines, and the style after them.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").removesuffix(b"\r")
    colored = b"\x1b" in data
    if b"\t" in data:
        data = b"\n".join(map(_expand_tabs, data.split(b"\n"))) if colored else _expand_plain(data)
    data, widest = _measured(data, colored)
    rows = data.split(b"\n")
    changed = False
    if colored or style:
        rows, style = carry_styles(rows, style)
        changed = True
    if widest > columns:
        rows = wrap_rows(rows, columns)
        changed = True
    return rows, b"\n".join(rows) if changed else data, style


def _measured(data: bytes, colored: bool) -> tuple[bytes, int]:
    """Return rows with hidden characters made visible, and the cells of the widest one."""
    plain = SGR.sub(b"", data) if colored else data
    if plain.isascii():
        return data, max(map(len, plain.split(b"\n")))
    text = plain.decode("utf-8", "replace")
    if not has_odd(text):
        return data, widest_row(text)
    rows = [_harmless_row(row) for row in data.split(b"\n")]
    plain_rows = (SGR.sub(b"", row).decode("utf-8", "replace") for row in rows)
    return b"\n".join(rows), max(map(text_width, plain_rows))


def _harmless_row(row: bytes) -> bytes:
    if row.isascii():
        return row
    return b"".join(
        part if part.startswith(b"\x1b") else harmless(part.decode("utf-8", "replace")).encode()
        for part in _TAB_OR_STYLE.split(row)
    )


def _expand_plain(data: bytes) -> bytes:
    if data.isascii():
        return data.expandtabs(TAB)
    return b"\n".join(map(_expand_tabs, data.split(b"\n")))


def _expand_tabs(row: bytes) -> bytes:
    """Put spaces for tabs; columns count visible cells only."""
    if b"\t" not in row:
        return row
    pieces, column = list[bytes](), 0
    for part in _TAB_OR_STYLE.split(row):
        if part == b"\t":
            pieces.append(b" " * (TAB - column % TAB))
            column += len(pieces[-1])
            continue
        pieces.append(part)
        if not part.startswith(b"\x1b"):
            column += len(part) if part.isascii() else text_width(part.decode("utf-8", "replace"))
    return b"".join(pieces)


def wrap_rows(rows: list[bytes], columns: int) -> list[bytes]:
    """Break stored rows hard at the margin, as a terminal does."""
    wrapped = []
    for row in rows:
        if len(row) <= columns:
            wrapped.append(row)
        elif b"\x1b" not in row and row.isascii():
            wrapped += [row[start : start + columns] for start in range(0, len(row), columns)]
        else:
            wrapped += _wrap_row(row, columns)
    return wrapped


def _wrap_row(row: bytes, columns: int) -> list[bytes]:
    rows, pieces, room = list[bytes](), list[str](), columns
    for text, style in spans(row):
        prefix = opening(style) if style or pieces else ""
        while text:
            if is_narrow(text):
                used = width = min(room, len(text))
            else:
                chars, used = cells_of(text, [], room)
                width = len(chars)
            if used:
                pieces.append(prefix + text[:used])
                text, room = text[used:], room - width
            elif room == columns:  # wider than the whole row
                text = text[1:]
            if text:
                rows.append("".join(pieces).encode("utf-8", "replace"))
                pieces, room = [], columns
                prefix = opening(style) if style else ""
    if pieces or not rows:
        rows.append("".join(pieces).encode("utf-8", "replace"))
    return rows
