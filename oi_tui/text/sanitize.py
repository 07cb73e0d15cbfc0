"""Make foreign text harmless (`plain`) or honest (`visible`).

Owns which characters a terminal would act on and which ones an eye would miss. Knows no widget.

The classes follow the Unicode general categories and the Default_Ignorable_Code_Point property;
the bidirectional ones are those of "Trojan Source" (CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# ECMA-48 sequences, 7-bit and 8-bit. A string (OSC, DCS, SOS, PM, APC) that never ends loses only
# its introducer: dropping all that follows would hide what the person should read.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")

_FILLERS = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF), (0xFFF0, 0xFFFB))
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_USUAL_SPACES = frozenset({0x20, 0x3000})  # the second is the space of Chinese and Japanese text
_KEPT_CONTROLS = frozenset({0x09, 0x0A})
# Joiners and emoji style selectors are part of ordinary words and pictures in prose.
_JOINERS = frozenset({0x200C, 0x200D, 0xFE0E, 0xFE0F})


def is_hidden(code_point: int) -> bool:
    """Tell whether an eye would miss this character, or a terminal act on it."""
    if code_point in _KEPT_CONTROLS or 0x20 <= code_point < 0x7F:
        return False
    if code_point in _FILLERS or any(low <= code_point <= high for low, high in _SELECTORS):
        return True
    category = unicodedata.category(chr(code_point))
    if category == "Zs":
        return code_point not in _USUAL_SPACES
    return category in _HIDDEN_CATEGORIES


def token(code_point: int) -> str:
    """Return the visible stand-in of a hidden character, such as `⟨U+202E⟩`."""
    return f"⟨U+{code_point:04X}⟩"


class _CodeTable(dict[int, int | str]):
    """Remembers for each code point met whether it stands for itself or needs a token."""

    def __missing__(self, code_point: int) -> int | str:
        shown = token(code_point) if is_hidden(code_point) else code_point
        self[code_point] = shown
        return shown


class _ProseTable(dict[int, int | str]):
    """As `_CodeTable`, but controls vanish, joiners stay and wide spaces count as spaces."""

    def __missing__(self, code_point: int) -> int | str:
        category = unicodedata.category(chr(code_point))
        shown: int | str = code_point
        if category == "Cs":
            shown = "\ufffd"
        elif category == "Zs":
            shown = code_point
        elif category == "Cc":
            shown = code_point if code_point in _KEPT_CONTROLS else ""
        elif code_point not in _JOINERS and is_hidden(code_point):
            shown = token(code_point)
        self[code_point] = shown
        return shown


_CODE = _CodeTable()
_PROSE = _ProseTable()
_ORDINARY = re.compile(r"[\n\t -~]*\Z")


def plain(text: str) -> str:
    """Return prose that no terminal acts on: sequences and controls gone, the rest readable.

    Line ends become `\\n`; characters that hide or reorder text become tokens.
    """
    if _ORDINARY.match(text):
        return text
    return _SEQUENCE.sub("", _LINE_END.sub("\n", text)).translate(_PROSE)


def one_line(text: str, limit: int = 80) -> str:
    """Return the beginning of a text as one line of at most `limit` characters."""
    line = " ".join(plain(text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def visible(code: str) -> str:
    """Return code with a token for each character that an eye would miss. Nothing is removed."""
    return code if _ORDINARY.match(code) else code.translate(_CODE)


def hidden_count(code: str) -> int:
    """Count the characters that `visible` shows as tokens."""
    if _ORDINARY.match(code):
        return 0
    return sum(code.count(character) for character in set(code) if is_hidden(ord(character)))


def sentences(parts: Iterable[str]) -> str:
    """Return the parts that are there, each ended as a sentence is."""
    said = [text for part in parts if (text := part.strip())]
    return " ".join(text if text[-1] in ".!?:…。！？" else f"{text}." for text in said)
