"""Styles as canonical SGR parameters, and rows of text with styles.

A style is a string such as `1;38;5;208` ("" is the default), so it is hashable and cheap to store.
A stored row is UTF-8 text whose only escape sequences are SGR; each row starts from the default.
Kept: colours, bold, dim, italic, underline, reverse, strike. Blinking and concealing are not: text
that is there is shown. Knows no colour value.
"""

from __future__ import annotations

import re
from functools import lru_cache

SGR = re.compile(rb"\x1b\[([0-9;:]{0,128})m")
_RESETS = (b"\x1b[0m", b"\x1b[m")
_KEPT = {"1", "2", "3", "4", "7", "9"}
_ENDS = {"22": {"1", "2"}, "23": {"3"}, "24": {"4"}, "27": {"7"}, "29": {"9"}, "4:0": {"4"}}
_COLOR_SIZES = {"5": 3, "2": 5}  # codes in `38;5;n` and `38;2;r;g;b`


@lru_cache(4096)
def combine(style: str, parameters: str) -> str:
    """Return the style after `CSI parameters m`: attribute codes, foreground, background."""
    attributes: set[str] = set()
    foreground = background = ""
    for code in split_codes(style) + split_codes(parameters or "0"):
        head = code.partition(";")[0].partition(":")[0]
        number = int(head) if head.isdigit() else -1
        if number == 0:
            attributes, foreground, background = set(), "", ""
        elif code in _ENDS:
            attributes -= _ENDS[code]
        elif head in _KEPT:
            attributes.add(head)
        elif number == 21:  # double underline
            attributes.add("4")
        elif 30 <= number <= 38 or 90 <= number <= 97:
            foreground = code
        elif number == 39:
            foreground = ""
        elif 40 <= number <= 48 or 100 <= number <= 107:
            background = code
        elif number == 49:
            background = ""
    return ";".join(sorted(attributes) + [color for color in (foreground, background) if color])


@lru_cache(4096)
def split_codes(parameters: str) -> list[str]:
    """Split parameters into codes: `1;38;5;208` is `1` and `38;5;208`."""
    if not parameters:
        return []
    fields, codes, at = parameters.split(";"), list[str](), 0
    while at < len(fields):
        field = fields[at].lstrip("0") if fields[at].isdigit() else fields[at]
        size = 1
        if field in ("38", "48", "58") and at + 1 < len(fields):
            size = _COLOR_SIZES.get(fields[at + 1], 1)
        codes.append(";".join([field or "0", *fields[at + 1 : at + size]]))
        at += size
    return codes


@lru_cache(1024)
def background_of(style: str) -> str:
    """Return the part of a style that erasing paints with."""
    for code in split_codes(style):
        head = code.partition(";")[0].partition(":")[0]
        if head.isdigit() and (40 <= int(head) <= 48 or 100 <= int(head) <= 107):
            return code
    return ""


def opening(style: str) -> str:
    """Return the sequence that switches from any style to this one."""
    return f"\x1b[0;{style}m" if style else "\x1b[0m"


def spans(row: bytes) -> list[tuple[str, str]]:
    """Return a stored row as pairs of text and style."""
    if b"\x1b" not in row:
        return [(row.decode("utf-8", "replace"), "")] if row else []
    found, style, at = list[tuple[str, str]](), "", 0
    for match in SGR.finditer(row):
        if match.start() > at:
            found.append((row[at : match.start()].decode("utf-8", "replace"), style))
        style = combine(style, match.group(1).decode())
        at = match.end()
    if at < len(row):
        found.append((row[at:].decode("utf-8", "replace"), style))
    return found


def row_text(row: bytes) -> str:
    """Return a stored row without its styles."""
    return (SGR.sub(b"", row) if b"\x1b" in row else row).decode("utf-8", "replace")


def carry_styles(rows: list[bytes], style: str) -> tuple[list[bytes], str]:
    """Make each row start from the default style, the first one having inherited `style`.

    Return the rows and the style after the last one.
    """
    carried = []
    for row in rows:
        carried.append(opening(style).encode() + row if style else row)
        last = row.rfind(b"\x1b[")
        if last < 0:
            continue
        if row.startswith(_RESETS, last):
            style = ""
            continue
        reset = max(map(row.rfind, _RESETS))
        if reset >= 0:
            style = ""
        for match in SGR.finditer(row, max(0, reset)):
            style = combine(style, match.group(1).decode())
    return carried, style
