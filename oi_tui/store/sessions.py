"""All sessions of a person: make one, open one again, list them.

Owns the folder of journals and the names in it. Knows no event's meaning beyond the summaries and
no engine. Where the folder cannot be used, sessions live in memory only and `ephemeral` says why.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from oi_tui.config.private_files import FILE_MODE, ensure_folder, open_private
from oi_tui.protocol.events import Envelope, SessionOpened
from oi_tui.protocol.items import ErrorInfo
from oi_tui.protocol.sessions import SessionListing
from oi_tui.store.errors import StoreError, missing, unreadable
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock, owner_of
from oi_tui.store.reader import JournalContent, read_journal
from oi_tui.store.redacting import Redact
from oi_tui.store.summaries import SummaryCache
from oi_tui.text.translation import tr, trn

__all__ = ["OpenSession", "SessionRecorder", "SessionStore", "StoreError"]

_SUFFIX = ".journal"
_LOCK_SUFFIX = ".lock"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class SessionRecorder(Protocol):
    """Where the events of an open session go."""

    def record(self, envelope: Envelope) -> ErrorInfo | None:
        """Keep one event; None once it is as safe as its kind asks for."""
        ...

    def close(self) -> ErrorInfo | None:
        """Write what is left and let go."""
        ...


class MemoryRecorder:
    """Keeps nothing: the recorder of an ephemeral session."""

    def record(self, envelope: Envelope) -> None:
        """Take one event and forget it."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that was made or opened again. Close its `journal` when done."""

    session_id: str
    folder: str  # the working folder it was started in
    path: Path | None  # None: ephemeral
    journal: SessionRecorder | None  # None: read-only
    envelopes: Sequence[Envelope] = ()
    read_only: str = ""  # why nothing can be added, for a person
    notices: tuple[str, ...] = ()  # what the person should know about its file


class SessionStore:
    """The sessions below one folder."""

    def __init__(self, root: Path, *, redact: Redact = str, ephemeral: bool = False) -> None:
        self._root = root
        self._redact = redact
        self._cache = SummaryCache(root)
        self.ephemeral = tr("Nothing of this session is kept.") if ephemeral else ""
        if not ephemeral:
            try:
                ensure_folder(root)
            except OSError as error:
                self.ephemeral = tr(
                    "Sessions cannot be kept in {folder} ({problem}); this one is lost on quitting."
                    " Set OI_TUI_HOME to a folder of yours to keep them.",
                    folder=root,
                    problem=error.strerror or error,
                )

    def create(self, folder: str) -> OpenSession:
        """Begin a session in a working folder (empty: not chosen yet).

        Its file is made with its first event.
        """
        session_id = new_session_id()
        if self.ephemeral:
            return OpenSession(
                session_id, folder, None, MemoryRecorder(), notices=(self.ephemeral,)
            )
        path = self._path(session_id)
        journal = Journal(path, session_id, lock=self._lock(session_id), redact=self._redact)
        return OpenSession(session_id, folder, path, journal)

    def open(self, session_id: str) -> OpenSession:
        """Open a session again, by its id or an unambiguous beginning of it.

        It is read-only where another program has it open or a newer program wrote it.

        Raises:
            StoreError: there is no such session, or its file cannot be read.
        """
        session_id = self._find(session_id)
        path, lock = self._path(session_id), self._lock(session_id)
        read_only = self._take(session_id, lock)
        try:
            content = read_journal(path)
        except OSError as error:
            lock.release()
            raise unreadable(path, error) from error
        read_only = read_only or _why_closed(content)
        if read_only:
            lock.release()
        journal = Journal(
            path, session_id, lock=lock, redact=self._redact, damaged=content.damaged > 0
        )
        return OpenSession(
            session_id,
            _folder_of(content),
            path,
            None if read_only else journal,
            content.envelopes,
            read_only,
            _notices(content),
        )

    def newest(self) -> str | None:
        """Return the id of the session that changed last."""
        sessions = self.list()
        return sessions[0].session_id if sessions else None

    def list(self) -> Sequence[SessionListing]:
        """Return all sessions, the one that changed last first."""
        if self.ephemeral:
            return []
        journals, locks = self._scan()
        summaries = []
        for session_id, state in journals.items():
            stamp = (state.st_size, state.st_mtime_ns)
            try:
                summary = self._cache.get(session_id, self._path(session_id), stamp)
            except OSError:
                continue
            elsewhere = session_id in locks and self._owner(session_id) not in (0, os.getpid())
            summaries.append(replace(summary, open_elsewhere=True) if elsewhere else summary)
        with contextlib.suppress(OSError):  # the next listing only takes longer
            self._cache.save(journals)
        return sorted(summaries, key=lambda one: (one.changed, one.session_id), reverse=True)

    # -- names and files ----------------------------------------------------------------------
    def _path(self, session_id: str) -> Path:
        return self._root / (session_id + _SUFFIX)

    def _lock(self, session_id: str) -> SessionLock:
        return SessionLock(self._root / (session_id + _LOCK_SUFFIX))

    def _owner(self, session_id: str) -> int:
        return owner_of(self._root / (session_id + _LOCK_SUFFIX))

    def _find(self, name: str) -> str:
        if self.ephemeral or not _ID.fullmatch(name):
            raise missing(name)
        if self._path(name).exists():
            return name
        matches = [one for one in self._scan()[0] if one.startswith(name)]
        if len(matches) != 1:
            raise missing(name)
        return matches[0]

    def _scan(self) -> tuple[dict[str, os.stat_result], set[str]]:
        """Return the journals with their states, and the ids that have a lock file."""
        journals: dict[str, os.stat_result] = {}
        locks: set[str] = set()
        try:
            with os.scandir(self._root) as entries:
                for entry in entries:
                    name, suffix = os.path.splitext(entry.name)
                    if not _ID.fullmatch(name) or not entry.is_file(follow_symlinks=False):
                        continue
                    if suffix == _SUFFIX:
                        state = entry.stat(follow_symlinks=False)
                        _repair(entry.path, state)
                        journals[name] = state
                    elif suffix == _LOCK_SUFFIX:
                        locks.add(name)
        except OSError:
            return journals, locks
        return journals, locks

    def _take(self, session_id: str, lock: SessionLock) -> str:
        """Take the lock; return why it cannot be had, for a person, or nothing."""
        try:
            if lock.acquire():
                return ""
        except OSError as error:
            return tr("It cannot be written here: {problem}.", problem=error.strerror or error)
        owner = self._owner(session_id)
        if owner > 0:
            return tr("Open in another window (pid {pid}).", pid=owner)
        return tr("Open in another window.")


def new_session_id() -> str:
    """Return a new id: sorted by time of making, random within a second."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + "-" + secrets.token_hex(4)


def _repair(path: str, state: os.stat_result) -> None:
    if stat.S_IMODE(state.st_mode) != FILE_MODE:
        with contextlib.suppress(OSError):
            os.close(open_private(Path(path), os.O_RDONLY))


def _folder_of(content: JournalContent) -> str:
    opened = (one.event for one in reversed(content.envelopes))
    return next((one.folder for one in opened if isinstance(one, SessionOpened)), "")


def _why_closed(content: JournalContent) -> str:
    if content.header and content.is_newer:
        return tr(
            "Written by a newer version ({version}); this one can only show it.",
            version=content.header.program_version,
        )
    return ""


def _notices(content: JournalContent) -> tuple[str, ...]:
    notices = []
    if content.damaged:
        notices.append(
            trn(
                "{count} damaged part of this session was skipped; the file is kept as it is.",
                "{count} damaged parts of this session were skipped; the file is kept as it is.",
                content.damaged,
            )
        )
    if content.unknown:
        notices.append(
            trn(
                "{count} record of a kind unknown to this version is not shown.",
                "{count} records of kinds unknown to this version are not shown.",
                content.unknown,
            )
        )
    return tuple(notices)
