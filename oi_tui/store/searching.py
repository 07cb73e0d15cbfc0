"""How words are looked for in the index, and how a hit is shown. Pure.

The index holds every three neighboring characters of a text (trigrams). Words of three characters
or more are asked for as they are; one or two characters, a whole word in Chinese, are asked for by
the trigrams that begin with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TRIGRAM = 3
# Behind every text, so that its last characters begin a trigram too.
PADDING = "  "
_BEFORE, _AFTER = 30, 90  # characters shown around a hit


def words_of(query: str) -> tuple[str, ...]:
    """Return the words that must all be found; each once."""
    return tuple(dict.fromkeys(query.split()))


def phrase(word: str) -> str:
    """Return the full-text query for a word of three characters or more: literal, no operators."""
    return '"' + word.replace('"', '""') + '"'


def phrases(trigrams: Sequence[str]) -> str:
    """Return the full-text query for any of these trigrams."""
    return " OR ".join(phrase(one) for one in trigrams)


def place_of(word: str, text: str) -> tuple[int, int] | None:
    """Return where a word stands in a text, upper and lower case being equal."""
    match = re.search(re.escape(word), text, re.IGNORECASE)
    return None if match is None else match.span()


def snippet(word: str, text: str) -> tuple[str, int, int]:
    """Return the words around a hit on one line, and where the hit is in it."""
    start, end = place_of(word, text) or (0, 0)
    first = max(start - _BEFORE, 0)
    before = _line(text[first:start])
    if first > 0:
        before = "…" + before
    found = _line(text[start:end])
    after = _line(text[end : end + _AFTER])
    shown = (before + found + after).rstrip()
    lead = len(before) - len(before.lstrip())
    return shown[lead:], len(before) - lead, len(before) - lead + len(found)


def _line(text: str) -> str:
    """Return a text of the same or smaller length on one line: runs of blanks become one."""
    return re.sub(r"\s+", " ", text)
