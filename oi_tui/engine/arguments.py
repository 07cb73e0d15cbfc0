"""Reads the arguments of a tool call: code to show while they arrive, and what they mean at last.

Two readers on purpose. `ArgumentStream` follows the JSON text as it grows and only serves the
eye. `parse_arguments` is the one authority on what would run: it takes the whole text, strictly,
and guesses nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

FIELDS = ("language", "code")

_SPACE = " \t\n\r"
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
_MAY_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call asks for."""

    language: str
    code: str


def parse_arguments(text: str) -> Arguments | None:
    """Return what a whole call asks for; None unless it is exactly two texts, once each."""
    try:
        pairs = json.loads(text, object_pairs_hook=lambda items: items)
    except (ValueError, RecursionError):
        return None
    # A JSON list of pairs would look like an object to us: its text can't begin like one.
    if not isinstance(pairs, list) or not text.lstrip(_SPACE).startswith("{"):
        return None
    if sorted(key for key, _ in pairs) != sorted(FIELDS):
        return None
    values = dict(pairs)
    if not all(isinstance(value, str) for value in values.values()):
        return None
    return Arguments(_without_surrogates(values["language"]), _without_surrogates(values["code"]))


def _without_surrogates(text: str) -> str:
    return re.sub("[\ud800-\udfff]", _REPLACEMENT, text)


class _StringReader:
    """Decodes one JSON string that arrives in pieces, from behind its opening quote."""

    def __init__(self) -> None:
        self.is_done = self.is_broken = False
        self._high = ""  # the first half of a surrogate pair

    def read(self, text: str) -> tuple[str, str]:
        """Return what is decoded and the rest: not yet readable, or behind the closing quote."""
        out: list[str] = []
        at = 0
        while at < len(text):
            if found := _PLAIN.match(text, at):
                out.append(self._plain(found.group()))
            elif text[at] == '"':
                out.append(self._plain(""))
                self.is_done = True
                return "".join(out), text[at + 1 :]
            elif found := _ESCAPE.match(text, at):
                out.append(self._escape(found))
            else:
                self.is_broken = _MAY_ESCAPE.fullmatch(text, at) is None
                break
            at = found.end()
        return "".join(out), text[at:]

    def _plain(self, text: str) -> str:
        lone = _REPLACEMENT if self._high else ""
        self._high = ""
        return lone + _without_surrogates(text)

    def _escape(self, found: re.Match[str]) -> str:
        if found[1]:
            return self._plain(_ESCAPES[found[1]])
        unit = int(found[2], 16)
        if 0xDC00 <= unit < 0xE000 and self._high:
            high, self._high = ord(self._high), ""
            return chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00))
        before = self._plain("")
        if 0xD800 <= unit < 0xDC00:
            self._high = chr(unit)
            return before
        return before + _without_surrogates(chr(unit))


class ArgumentStream:
    """Follows `{"language": "...", "code": "..."}` as it grows; anything else ends it silently."""

    def __init__(self) -> None:
        self.language = ""
        self.code = ""
        self._rest = ""
        self._key: str | None = None  # the name whose value comes next
        self._expects = "{"
        self._string: _StringReader | None = None
        self._partial = ""
        self._is_over = False

    def feed(self, text: str) -> str:
        """Take more of the arguments; return what that adds to the code."""
        if self._is_over:
            return ""
        self._rest += text
        before = len(self.code)
        while not self._is_over and self._rest and self._step():
            pass
        return self.code[before:]

    def _step(self) -> bool:
        """Read one thing; False if more text is needed for it."""
        if self._string is not None:
            return self._read_string(self._string)
        self._rest = self._rest.lstrip(_SPACE)
        if not self._rest:
            return False
        character, self._rest = self._rest[0], self._rest[1:]
        if character not in self._expects:
            self._is_over = True  # also at the end: what comes then is not ours to show
        elif character == '"':
            self._string, self._partial = _StringReader(), ""
        elif character == "}":
            self._is_over = True
        else:
            self._expects = '"' if character == ":" else '"}' if character == "{" else '"'
        return True

    def _read_string(self, string: _StringReader) -> bool:
        decoded, rest = string.read(self._rest)
        moved = len(rest) != len(self._rest)
        self._rest = rest
        self._partial += decoded
        if self._key == "code":
            self.code += decoded
        if string.is_broken:
            self._is_over = True
        elif string.is_done:
            self._string = None
            self._end_string()
        return moved

    def _end_string(self) -> None:
        if self._key is None:
            is_again = self._partial == "code" and bool(self.code)
            self._is_over = self._partial not in FIELDS or is_again
            self._key, self._expects = self._partial, ":"
            return
        if self._key == "language":
            self.language = self._partial
        self._key, self._expects = None, ",}"
