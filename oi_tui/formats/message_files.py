"""Files of messages, as `%save_message` and `%load_message` mean them: their names, and what is in.

Shared by every front end. Asks nobody: who may be overwritten is the front end's question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from oi_tui.formats.kinds import FormatError
from oi_tui.text.redaction import redactor
from oi_tui.text.translation import tr

DEFAULT_NAME = "messages.json"
MOST_BYTES = 256_000_000  # a conversation is far smaller; a device or a disk image is not


def path_in(folder: str, written: str) -> Path:
    """Return the path that a person wrote, quotes taken off, seen from a folder."""
    for quote in "\"'":
        if len(written) > 1 and written[0] == written[-1] == quote:
            written = written[1:-1]
    return Path(folder or ".") / Path(written).expanduser()


def message_file(folder: str, written: str) -> Path:
    """Return the file that is meant: `messages.json` if none is named, `.json` added if missing."""
    path = path_in(folder, written or DEFAULT_NAME)
    return path if path.suffix.lower() == ".json" else path.with_name(path.name + ".json")


def write_message_file(path: Path, messages: Sequence[object]) -> None:
    """Write messages, readable by their owner only and without secrets, in place of what is there.

    Raises:
        OSError: it could not be written; what was there is as it was.
    """
    from oi_tui.config.private_files import write_atomically

    if path.is_dir():
        raise IsADirectoryError(21, tr("it is a folder"))
    text = json.dumps(messages, ensure_ascii=False, indent=2)
    write_atomically(path, redactor.redact(text).encode("utf-8", "replace") + b"\n")


def read_message_file(path: Path) -> object:
    """Return what is in a file of messages, in whatever form they have.

    Raises:
        OSError: it cannot be read, or is no plain file.
        FormatError: it is no JSON.
    """
    if not path.exists():
        raise FileNotFoundError(2, tr("there is no such file"))
    if not path.is_file():
        raise OSError(22, tr("it is no plain file"))
    if path.stat().st_size > MOST_BYTES:
        raise OSError(27, tr("it is too large for a conversation"))
    try:
        raw: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise FormatError(tr("it is no JSON")) from None
    return raw
