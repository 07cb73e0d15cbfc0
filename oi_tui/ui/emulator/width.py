"""How many cells characters take, and which ones must not reach a screen as they are.

Owns the classes of characters by width and harm. Knows no row and no style.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import get_character_cell_size

HIDDEN_AS = "\ufffd"  # one cell for what an eye would miss

# Characters of two cells that occur in bulk.
_WIDE = re.compile(
    "[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615"
    "\u2630-\u2637\u2648-\u2653\u267f\u268a-\u268f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5"
    "\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u303e\u3041-\ua4cf"
    "\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U00016fe0-\U0001b2ff\U0001d300-\U0001d37f\U0001f000-\U0001faff\U00020000-\U0003fffd]"
)
# Zero-width, combining, hidden and other characters that are looked at one by one.
_ODD = re.compile(
    "[\x80-\x9f\xad\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0600-\u061c\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u070f-\u074a\u07a6-\u07b0\u07eb-\u07fd\u0816-\u082d\u0859-\u085b\u0890-\u089f"
    "\u08ca-\u0902\u0903-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u0f18-\u0fc6\u102b-\u109d\u1160-\u11ff"
    "\u135d-\u135f\u1712-\u1734\u1752-\u1773\u17b4-\u17dd\u180b-\u180f\u1885\u1886\u18a9"
    "\u1920-\u193b\u1a17-\u1aff\u1b00-\u1b04\u1b34-\u1bf3\u1c24-\u1c37\u1cd0-\u1cfa\u1dc0-\u1dff"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20d0-\u20ff\u2cef-\u2cf1\u2d7f\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\u3164\ua66f-\ua67d\ua69e\ua69f\ua6f0\ua6f1\ua802-\ua82c\ua880-\ua8ff"
    "\ua926-\ua953\ua980-\ua9e5\uaa29-\uaaf6\uabe3-\uabed\ud7b0-\ud7ff\ufb1e\ufe00-\ufe0f"
    "\ufe20-\ufe2f\ufeff\uffa0\ufff0-\ufffb\U000101fd-\U00010f85\U00011000-\U00011fff"
    "\U00013430-\U00013455\U00016ac0-\U00016fe4\U0001bc9d-\U0001bca3\U0001cf00-\U0001da9f"
    "\U0001daa0-\U0001e94a\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_FILLERS = frozenset({0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x034F})
_SELECTORS = ((0x180B, 0x180F), (0xFFF0, 0xFFFB), (0xE0000, 0xE0FFF))
# Joiners and emoji style selectors belong to ordinary words and pictures.
_JOINERS = frozenset({0x200C, 0x200D, 0xFE0E, 0xFE0F})


class _Harmless(dict[int, int | str]):
    """Remembers for each code point met what stands for it: itself, nothing, or `HIDDEN_AS`."""

    def __missing__(self, code_point: int) -> int | str:
        shown: int | str = code_point
        category = unicodedata.category(chr(code_point))
        if category == "Cc":
            shown = ""
        elif code_point in _JOINERS:
            shown = code_point
        elif (
            category in ("Cf", "Cs", "Zl", "Zp")
            or code_point in _FILLERS
            or any(low <= code_point <= high for low, high in _SELECTORS)
        ):
            shown = HIDDEN_AS
        self[code_point] = shown
        return shown


_HARMLESS = _Harmless()


def has_odd(text: str) -> bool:
    """Tell whether text holds characters that are not simply one or two visible cells."""
    return not text.isascii() and _ODD.search(text) is not None


def harmless(text: str) -> str:
    """Return one row's text with hidden and bidirectional characters made visible.

    C1 controls vanish. For text without ASCII controls.
    """
    return text.translate(_HARMLESS) if has_odd(text) else text


def is_narrow(text: str) -> bool:
    """Tell whether every character takes exactly one cell."""
    return text.isascii() or not (_WIDE.search(text) or _ODD.search(text))


def widest_row(text: str) -> int:
    """Return the cells of the widest row of harmless text without odd characters."""
    if not text.isascii():
        text = _WIDE.sub("xx", text)
    return max(map(len, text.split("\n")))


def char_width(character: str) -> int:
    """Return the cells one character takes: 0, 1 or 2."""
    return get_character_cell_size(character)


def text_width(text: str) -> int:
    """Return the cells of a text, character by character, as a terminal counts."""
    if is_narrow(text):
        return len(text)
    return sum(map(char_width, text))
