"""What goes wrong with sessions on disk, said to a person. Knows no file format."""

from __future__ import annotations

import errno
from pathlib import Path

from oi_tui.protocol.events import Warned
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr


class StoreError(Exception):
    """A session could not be opened; `info` says it to a person."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.title)
        self.info = info


def unwritable(path: Path, error: OSError) -> ErrorInfo:
    """Say that records could not be written, by what the system said."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            title, hint = tr("The disk is full"), tr("Make room; it is saved by itself then.")
        case errno.EFBIG:
            title = tr("The session file may not grow further")
            hint = tr("Raise the limit on file sizes (ulimit -f).")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            title = tr("The session cannot be written here")
            hint = tr("Check the permissions of the folder, or set OI_TUI_HOME to another one.")
        case _:
            title = tr("The session could not be saved")
            hint = tr("It is tried again with the next step.")
    return ErrorInfo(
        ErrorKind.STORE,
        title,
        detail=f"{path}: {error.strerror or error}",
        hint=hint,
        kept=tr("Everything is kept in memory until it can be written."),
    )


def too_large() -> Warned:
    """Return what is recorded in place of an event beyond the limit of a line."""
    return Warned(
        ErrorKind.STORE, tr("One part of this session was longer than 16 MiB; it was not saved.")
    )


def unreadable(path: Path, error: OSError) -> StoreError:
    """Say that a session's file could not be opened."""
    return StoreError(
        ErrorInfo(
            ErrorKind.STORE,
            tr("The session could not be opened"),
            detail=f"{path}: {error.strerror or error}",
        )
    )


def missing(session_id: str) -> StoreError:
    """Say that there is no such session."""
    return StoreError(
        ErrorInfo(
            ErrorKind.STORE,
            tr("There is no session {name}", name=repr(session_id)),
            hint=tr("The list of sessions has them all: Ctrl+B, or oi-tui sessions."),
        )
    )
