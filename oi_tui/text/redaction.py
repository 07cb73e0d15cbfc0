"""Keep secrets out of everything that is shown, written or sent.

Owns the known secrets of this process and the shapes of common ones. Knows no store and no screen.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

_LEAST = 8  # characters; a shorter "secret" would black out ordinary words

# A key begins where no word does, but the letter before it may be the end of a color (`\x1b[1m`)
# or of an escape (`\\n`). Only `sk-` and `AKIA` end ordinary words; the rest is unmistakable.
_EDGE = r"(?:(?<![A-Za-z0-9])|(?<=[\d;\[]m)|(?<=\\[nrt]))"
# Shapes that are secrets wherever they stand: vendors' key prefixes, PEM blocks, header values.
_SHAPES = re.compile(
    _EDGE + r"sk-[A-Za-z0-9_-]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{40,}"
    r"|xox[abprs]-[A-Za-z0-9-]{20,}"
    r"|" + _EDGE + r"AKIA[0-9A-Z]{16}\b"
    r"|AIza[0-9A-Za-z_-]{35}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?i:(?<=authorization: bearer ))[^\s\"']{8,}",
    re.DOTALL,
)
MARK = "[secret]"


class Redactor:
    """Replaces known secrets, in any spelling that travels, and what looks like one."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()  # replaced whole: other threads may be reading it

    def add(self, secret: str) -> None:
        """Remember a secret of this process."""
        if len(secret) < _LEAST:
            return
        raw = secret.encode()
        spellings = {secret, quote(secret, safe=""), base64.b64encode(raw).decode()}
        # The longest first: a secret that begins another must not leave that one's rest.
        self._known = tuple(sorted(spellings.union(self._known), key=len, reverse=True))

    def redact(self, text: str) -> str:
        """Return the text with a mark in place of each secret."""
        for spelling in self._known:
            if spelling in text:
                text = text.replace(spelling, MARK)
        return _SHAPES.sub(MARK, text)


# One for the process: keys become known in one room and must stay out of all others.
redactor = Redactor()
