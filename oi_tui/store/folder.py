"""The folder of journals and the names in it.

Owns which file belongs to which session, and who has it open. Knows no record.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
from pathlib import Path

from oi_tui.config.private_files import FILE_MODE, open_private
from oi_tui.store.errors import missing
from oi_tui.store.lock import SessionLock, owner_of

JOURNAL_SUFFIX = ".journal"
LOCK_SUFFIX = ".lock"
_TICK = 100_000_000  # nanoseconds: file systems' clocks are coarse
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class SessionFolder:
    """The files of the sessions below one folder, which need not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._read_at = 0  # the time of change of the folder that `_names` are of

    def journal(self, session_id: str) -> Path:
        """Return where the journal of a session lies."""
        return self.root / (session_id + JOURNAL_SUFFIX)

    def lock(self, session_id: str) -> SessionLock:
        """Return the lock of a session, not taken."""
        return SessionLock(self.root / (session_id + LOCK_SUFFIX))

    def owner(self, session_id: str) -> int:
        """Return the process that has a session open; 0: none, -1: unknown."""
        return owner_of(self.root / (session_id + LOCK_SUFFIX))

    def companions(self, session_id: str) -> list[Path]:
        """Return the journal of a session and the damaged originals kept beside it."""
        beginning = session_id + JOURNAL_SUFFIX
        with contextlib.suppress(OSError), os.scandir(self.root) as entries:
            return [
                self.root / entry.name
                for entry in entries
                if entry.name == beginning or entry.name.startswith(beginning + ".damaged-")
            ]
        return []

    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids that have a journal, and those that have a lock file."""
        try:
            changed = os.stat(self.root).st_mtime_ns
        except OSError:
            return frozenset(), frozenset()
        if changed != self._read_at:
            self._names = self._read_names()
            # A change within the same tick of the clock goes unseen: such a reading is not kept.
            is_settled = time.time_ns() - changed > _TICK
            self._read_at = changed if is_settled else 0
        return self._names

    def _read_names(self) -> tuple[frozenset[str], frozenset[str]]:
        journals, locks = [], []
        with contextlib.suppress(OSError), os.scandir(self.root) as entries:
            for entry in entries:
                name, dot, suffix = entry.name.rpartition(".")
                if suffix == "journal" and dot and entry.is_file(follow_symlinks=False):
                    journals.append(name)
                elif suffix == "lock":
                    locks.append(name)
        match = _ID.fullmatch
        return frozenset(filter(match, journals)), frozenset(filter(match, locks))

    def state(self, session_id: str) -> os.stat_result | None:
        """Return the state of a journal, its mode mended; None if it is gone."""
        path = self.journal(session_id)
        try:
            found = os.stat(path, follow_symlinks=False)
        except OSError:
            return None
        if stat.S_IMODE(found.st_mode) != FILE_MODE:
            with contextlib.suppress(OSError):
                os.close(open_private(path, os.O_RDONLY))
        return found

    def find(self, name: str) -> str:
        """Return the id that `name` is, or is an unambiguous beginning of.

        Raises:
            StoreError: there is none, or more than one.
        """
        if not _ID.fullmatch(name):
            raise missing(name)
        if self.journal(name).exists():
            return name
        matches = [one for one in self.names()[0] if one.startswith(name)]
        if len(matches) != 1:
            raise missing(name)
        return matches[0]


def new_session_id() -> str:
    """Return a new id: sorted by time of making, random within a second."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + "-" + secrets.token_hex(4)


def time_in(session_id: str) -> float:
    """Return when a session was made, as its id says, in Unix time; 0 if it does not say."""
    try:
        moment = time.strptime(session_id[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return 0.0
    import calendar

    return float(calendar.timegm(moment))
