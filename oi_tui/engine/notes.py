"""Plain facts about a proposal that are worth a look before approving. Few, and reliable.

Pure. It never says that code is safe, and nothing is decided by it.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from oi_tui.text.sanitize import hidden_count
from oi_tui.text.translation import tr, trn

LONG_LINES = 60
LONG_LINE = 500  # characters

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|(?:#|//).*"
)
_DELETES = re.compile(
    r"\brm\s+-|\brmdir\b|\bshred\b|\bmkfs|\bdd\s+[^\n]*of=|\bgit\s+(?:clean|reset\s+--hard)"
    r"|\bshutil\.rmtree\b|\bos\.(?:remove|unlink|rmdir)\b|\.unlink\(|\bfs\.(?:rm|unlink)\w*\("
    r"|\bFileUtils\.rm|\bfile\.remove\(|\btruncate\s+-s|\bfind\b[^\n]*-delete\b"
)
_NETWORK = re.compile(
    r"\b(?:curl|wget|ssh|scp|rsync|nc|ftp|telnet)\s|\bhttps?://|\brequests\.\w+\(|\burllib\b"
    r"|\bhttpx\b|\bsocket\.|\bfetch\(|\bpip3?\s+install\b|\bnpm\s+(?:i|install)\b"
    r"|\bapt(?:-get)?\s+install\b|\bbrew\s+install\b|\bgit\s+(?:clone|push|pull|fetch)\b"
)
_ELEVATED = re.compile(r"\b(?:sudo|doas|su)\s")


def risk_notes(code: str, language: str) -> tuple[str, ...]:
    """Return short facts about code, most striking first."""
    del language  # all hints are about words that mean the same in every language we run
    notes = []
    if hidden := hidden_count(code):
        notes.append(
            trn(
                "{count} hidden character, shown as a mark",
                "{count} hidden characters, shown as marks",
                hidden,
            )
        )
    if letters := _foreign_letters(code):
        notes.append(tr("Letters of other alphabets outside of texts: {letters}", letters=letters))
    if _ELEVATED.search(code):
        notes.append(tr("Asks for administrator rights"))
    if _DELETES.search(code):
        notes.append(tr("May delete or overwrite files"))
    if _NETWORK.search(code):
        notes.append(tr("Uses the network"))
    lines = code.count("\n") + 1
    if lines > LONG_LINES:
        notes.append(trn("{count} line", "{count} lines", lines))
    longest = max(map(len, code.split("\n")))
    if longest > LONG_LINE:
        notes.append(tr("A line of {count} characters", count=longest))
    return tuple(notes)


def _foreign_letters(code: str) -> str:
    """Return the first look-alike letters outside of strings and comments."""
    if code.isascii():
        return ""
    bare = _STRING_OR_COMMENT.sub("", code)
    found = dict.fromkeys(c for c in bare if ord(c) > 127 and unicodedata.category(c)[0] == "L")
    return " ".join(islice(found, 5))
