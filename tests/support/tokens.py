"""The byte oracle: every sequence that a program wrote, against the few that are ours.

`foreign_sequences` tokenizes all bytes as a terminal would and returns what is on neither list.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb"(?P<csi>\x1b\[[0-?]*[ -/]*[@-~])"
    rb"|(?P<string>\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\))"
    rb"|(?P<escape>\x1b[ -/]*[0-~])"
    rb"|(?P<broken>\x1b)"
    rb"|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f])"
    rb"|(?P<text>[^\x1b\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xc2]+|\xc2[^\x80-\x9f]?)"
)
_OURS = re.compile(
    rb"\x1b\[[0-9;]*m"  # SGR
    rb"|\x1b\[[0-9;]*[ABCDHJK]"  # moves and erasing
    rb"|\x1b\[\?(?:7|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    rb"|\x1b\[\?20(?:26|48)\$p"  # which of these the terminal has
    rb"|\x1b\[(?:>[0-9]+|<)u"  # kitty keys on, off
    rb"|\x1b\[[0-6] q"  # shape of the cursor
    rb"|\x1b\]22;(?:default|pointer|text)\x07"  # shape of the mouse pointer
)

# One read takes what is there: that may end within a sequence, a string or a character.
_UNFINISHED = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*)?"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)


def whole_length(data: bytes | bytearray) -> int:
    """Return how much of `data` is whole: all but a sequence or character cut off at its end."""
    cut = _UNFINISHED.search(data)
    return cut.start() if cut else len(data)


def foreign_sequences(data: bytes, *, allowed: tuple[bytes, ...] = ()) -> list[bytes]:
    """Return every sequence and control character in `data` that the program may not write.

    `allowed`: further exact sequences, such as one copy to the clipboard after its key.
    """
    found = []
    at = 0
    while at < len(data):
        match = _TOKEN.match(data, at)
        if match is None:
            found.append(data[at : at + 1])
            at += 1
            continue
        at = match.end()
        token = match[0]
        if match.lastgroup != "text" and not _OURS.fullmatch(token) and token not in allowed:
            found.append(token)
    return found


def stray_bytes(data: bytes) -> list[str]:
    """Return the bytes that are no UTF-8: a terminal in 8-bit mode would read C1 in them."""
    return re.findall("[\udc80-\udcff]+", data.decode("utf-8", "surrogateescape"))
