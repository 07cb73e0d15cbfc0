"""Names for files out of titles in any script. Pure."""

from __future__ import annotations

import re
import unicodedata

from oi_tui.text.sanitize import one_line

_LONGEST = 60  # characters; most file systems take 255 bytes
_ODD = re.compile(r'[/\\:*?"<>|\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # on Windows' file systems


def file_name(title: str) -> str:
    """Return a title as a name that every file system takes, without a suffix; may be empty."""
    text = unicodedata.normalize("NFC", one_line(title, _LONGEST))
    name = _ODD.sub("-", text).strip("-. ")
    return f"{name}-" if _RESERVED.fullmatch(name) else name
