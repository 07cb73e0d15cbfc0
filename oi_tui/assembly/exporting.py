"""Puts the files of an export into place: all of them, each whole, or none.

Owns that nothing of the person's is written over unasked and no link is followed. Knows no format.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from oi_tui.formats.kinds import ExportedFile

_PLAIN_FILE = 0o600  # a conversation is private until its owner shares it


def write_all(
    files: Sequence[ExportedFile], target: Path, *, overwrite: bool, exact: bool = False
) -> list[Path]:
    """Write files named after `target`, each with its suffix, or one `exact`; return their paths.

    Raises:
        FileExistsError: one is there already, and not to be overwritten.
        OSError: they cannot be written; what was there is as it was.
    """
    targets = [target if exact else _named(target, one.suffix) for one in files]
    for path in targets:
        if path.is_symlink() or path.is_dir():
            raise OSError(errno.EINVAL, "Not a plain file", str(path))
        if path.exists() and not overwrite:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    temporary: list[Path] = []
    try:
        for path, one in zip(targets, files, strict=True):
            temporary.append(path.with_name(f".{path.name}.{secrets.token_hex(6)}.new"))
            _write(temporary[-1], one.data)
        for path, new in zip(targets, temporary, strict=True):
            os.replace(new, path)
    finally:
        for new in temporary:
            with contextlib.suppress(OSError):
                os.unlink(new)
    return targets


def _named(target: Path, suffix: str) -> Path:
    name = target.name
    return target if name.endswith(suffix) else target.with_name(name + suffix)


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, _PLAIN_FILE), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
