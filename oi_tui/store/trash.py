"""The trash: sessions that were deleted, until they are taken back or thirty days old.

Owns the folder `trash` beside the journals. Knows no record.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from oi_tui.config.private_files import ensure_folder, refuse_link, sync_folder
from oi_tui.store.folder import SessionFolder

NAME = "trash"
KEPT_DAYS = 30
_DAY = 86_400.0


class Trash:
    """The deleted sessions of one folder. Whoever moves one holds its lock."""

    def __init__(self, folder: SessionFolder) -> None:
        self._from = folder
        self._in = SessionFolder(folder.root / NAME)

    @property
    def contents(self) -> SessionFolder:
        """The folder that deleted sessions lie in."""
        return self._in

    def put(self, session_id: str) -> None:
        """Move a session's files into the trash.

        Raises:
            OSError: they stay where they were.
        """
        ensure_folder(self._in.root)
        files = self._from.companions(session_id)
        for path in files:
            # Its days in the trash count from now: before it is there, or it might be emptied out.
            with contextlib.suppress(OSError):
                os.utime(path, follow_symlinks=False)
        _move(files, self._in.root)

    def take_back(self, session_id: str) -> None:
        """Move a session's files back.

        Raises:
            FileExistsError: a session of this name is there.
            FileNotFoundError: it is not in the trash.
            OSError: they stay where they were.
        """
        found = self._in.companions(session_id)
        if self._in.journal(session_id) not in found:
            raise FileNotFoundError(session_id)
        if self._from.journal(session_id).exists():
            raise FileExistsError(session_id)
        _move(found, self._from.root)

    def purge(self, now: float | None = None) -> None:
        """Remove for good what lies here for longer than `KEPT_DAYS`."""
        moment = time.time() if now is None else now
        with contextlib.suppress(OSError), os.scandir(self._in.root) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    age = moment - entry.stat(follow_symlinks=False).st_mtime
                    if age > KEPT_DAYS * _DAY and entry.is_file(follow_symlinks=False):
                        os.unlink(entry.path)


def _move(paths: list[Path], target: Path) -> None:
    """Move files into a folder of the same file system: all of them, or none."""
    refuse_link(target)
    moved: list[tuple[Path, Path]] = []
    try:
        for path in paths:
            there = target / path.name
            os.rename(path, there)
            moved.append((path, there))
    except OSError:
        for path, there in reversed(moved):
            os.rename(there, path)
        raise
    sync_folder(target)
