"""Keys as the bytes that a terminal sends for them (xterm's).

Owns the table from Textual's key names. Knows no widget and no program.
"""

from __future__ import annotations

_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_NUMBERED = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f9": 20,
    "f10": 21,
    "f11": 23,
    "f12": 24,
}
_FIRST_FUNCTIONS = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_PLAIN = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "shift+tab": "\x1b[Z",
    "ctrl+backspace": "\x08",
    "ctrl+@": "\x00",
    "ctrl+space": "\x00",
    "ctrl+backslash": "\x1c",
    "ctrl+right_square_bracket": "\x1d",
    "ctrl+circumflex_accent": "\x1e",
    "ctrl+caret": "\x1e",
    "ctrl+underscore": "\x1f",
    "ctrl+slash": "\x1f",
}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}
PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"


def key_bytes(key: str, character: str | None, application_cursor: bool = False) -> bytes:
    """Return what a key sends; nothing for a key that terminals have no bytes for."""
    if key in _PLAIN:
        return _PLAIN[key].encode()
    *modifiers, base = key.split("+") if key != "+" else [key]
    if modifiers == ["ctrl"] and len(base) == 1 and base.isascii() and base.isalpha():
        return bytes([ord(base.upper()) - 64])
    special = _special(base, modifiers, application_cursor)
    if special:
        return special.encode()
    if "alt" in modifiers:
        rest = "+".join([name for name in modifiers if name != "alt"] + [base])
        inner = key_bytes(rest, character or (base if len(base) == 1 else None))
        return b"\x1b" + inner if inner else b""
    if character and (character.isprintable() or len(key) == 1):
        return character.encode("utf-8", "replace")
    return b""


def _special(base: str, modifiers: list[str], application_cursor: bool) -> str:
    sum_of = 1 + sum(_MODIFIERS.get(name, 0) for name in modifiers)
    modified = f";{sum_of}" if sum_of > 1 else ""
    if base in _CURSOR:
        if modified:
            return f"\x1b[1{modified}{_CURSOR[base]}"
        return f"\x1b{'O' if application_cursor else '['}{_CURSOR[base]}"
    if base in _NUMBERED:
        return f"\x1b[{_NUMBERED[base]}{modified}~"
    if base in _FIRST_FUNCTIONS:
        lead = f"\x1b[1{modified}" if modified else "\x1bO"
        return lead + _FIRST_FUNCTIONS[base]
    return ""


def paste_bytes(text: str, bracketed: bool) -> bytes:
    """Return what pasting a text sends. Controls in it but tab and newline are left out."""
    safe = "".join(c for c in text if (c >= " " and not "\x7f" <= c <= "\x9f") or c in "\n\t")
    data = safe.replace("\n", "\r").encode("utf-8", "replace")
    return PASTE_START + data + PASTE_END if bracketed else data
