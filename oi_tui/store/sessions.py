"""All sessions of a person: make one, open one again, list them.

Owns what opening and making a session means for its files. Knows no event's meaning and no engine.
Where the folder cannot be used, sessions live in memory only and `ephemeral` says why.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from oi_tui.config.private_files import ensure_folder
from oi_tui.protocol.events import Envelope, SessionOpened
from oi_tui.protocol.items import ErrorInfo
from oi_tui.protocol.sessions import SessionListing
from oi_tui.store.errors import StoreError, missing, unreadable
from oi_tui.store.folder import SessionFolder, new_session_id
from oi_tui.store.index import SessionIndex
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock
from oi_tui.store.reader import JournalContent, read_journal
from oi_tui.store.redacting import Redact
from oi_tui.text.translation import tr, trn

__all__ = ["OpenSession", "SessionRecorder", "SessionStore", "StoreError", "new_session_id"]


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
        self._folder = SessionFolder(root)
        self._redact = redact
        self._index: SessionIndex | None = None
        self._lock = threading.Lock()
        self.ephemeral = tr("Nothing of this session is kept.") if ephemeral else ""
        if not ephemeral:
            try:
                ensure_folder(root)
            except OSError as error:
                self.ephemeral = _not_kept(root, error)

    @property
    def folder(self) -> SessionFolder:
        """Where the files lie."""
        return self._folder

    @property
    def redact(self) -> Redact:
        """What takes secrets out of what is written."""
        return self._redact

    @property
    def index(self) -> SessionIndex:
        """What is known of all sessions; made, and its thread begun, at the first use."""
        with self._lock:
            if self._index is None:
                self._index = SessionIndex(self._folder)
            return self._index

    def create(self, folder: str) -> OpenSession:
        """Begin a session in a working folder (empty: not chosen yet).

        Its file is made with its first event. It lives in memory where that can never be: nothing
        would run, since no decision could be recorded.
        """
        session_id = new_session_id()
        if why := self.ephemeral or _why_not_kept(self._folder.root):
            return OpenSession(session_id, folder, None, MemoryRecorder(), notices=(why,))
        path = self._folder.journal(session_id)
        lock = self._folder.lock(session_id)
        return OpenSession(
            session_id, folder, path, Journal(path, session_id, lock=lock, redact=self._redact)
        )

    def open(self, session_id: str) -> OpenSession:
        """Open a session again, by its id or an unambiguous beginning of it.

        It is read-only where another program has it open or a newer program wrote it.

        Raises:
            StoreError: there is no such session, or its file cannot be read.
        """
        session_id = self.find(session_id)
        path, lock = self._folder.journal(session_id), self._folder.lock(session_id)
        read_only = take(self._folder, session_id, lock)
        try:
            content = read_journal(path)
        except OSError as error:
            lock.release()
            raise unreadable(path, error) from error
        read_only = read_only or why_closed(content)
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

    def find(self, name: str) -> str:
        """Return the id that `name` is, or is an unambiguous beginning of.

        Raises:
            StoreError: there is none, or more than one.
        """
        if self.ephemeral:
            raise missing(name)
        return self._folder.find(name)

    def newest(self) -> str | None:
        """Return the id of the session that changed last."""
        changed = ((one.changed, one.session_id) for one in self.list())
        return max(changed, default=(0.0, None))[1]

    def list(self, limit: int | None = None) -> Sequence[SessionListing]:
        """Return the sessions, pinned ones first, then the one that changed last."""
        return [] if self.ephemeral else self.index.sessions(limit)

    def close(self) -> None:
        """End what goes on in the background."""
        with self._lock:
            index, self._index = self._index, None
        if index is not None:
            index.close()


def _why_not_kept(root: Path) -> str:
    """Return why no session can be made, for a person; what is there may be readable."""
    if os.access(root, os.F_OK) and not os.access(root, os.W_OK):
        return _not_kept(root, OSError(errno.EROFS, os.strerror(errno.EROFS)))
    return ""


def _not_kept(root: Path, error: OSError) -> str:
    return tr(
        "Sessions cannot be kept in {folder} ({problem}); this one is lost on quitting."
        " Set OI_TUI_HOME to a folder of yours to keep them.",
        folder=root,
        problem=error.strerror or error,
    )


def take(folder: SessionFolder, session_id: str, lock: SessionLock) -> str:
    """Take the lock of a session; return why it cannot be had, for a person, or nothing."""
    try:
        if lock.acquire():
            return ""
    except OSError as error:
        return tr("It cannot be written here: {problem}.", problem=error.strerror or error)
    owner = folder.owner(session_id)
    if owner > 0:
        return tr("Open in another window (pid {pid}).", pid=owner)
    return tr("Open in another window.")


def _folder_of(content: JournalContent) -> str:
    opened = (one.event for one in reversed(content.envelopes))
    return next((one.folder for one in opened if isinstance(one, SessionOpened)), "")


def why_closed(content: JournalContent) -> str:
    """Return why a session can only be read, for a person; empty: it can be added to."""
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
