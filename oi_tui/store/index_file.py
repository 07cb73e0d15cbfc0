"""The database behind the list and the search of sessions: a cache of what the journals say.

Owns the SQLite file and its health. It may be deleted or damaged at any time: what stands in its
place is put aside and an empty one made. Knows no journal.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from oi_tui.config.private_files import FILE_MODE, open_private, refuse_link
from oi_tui.store.index_tables import SCHEMA, VERSION, Growth, forget, take_in

NAME = ".index.sqlite"
_PATIENCE = 5.0  # seconds to wait for another program's write
_SAFE_WAL = (3, 51, 3)  # before it, two programs that checkpoint at once can damage the file

T = TypeVar("T")


class IndexFile:
    """One connection to the database, opened with its first use. Safe from any thread.

    One is enough for a program, and more would harm: whoever closes a file gives back the locks
    that the whole process has on it. Nothing here raises because of what the file holds: a broken
    one is begun anew.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / NAME
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)  # device and inode of the file that is open

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    def read(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return the answer to a question; None where there is no usable index."""
        with self._lock:
            try:
                return question(self._open())
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                self._note(error)
                return None

    def write(self, grown: Iterable[Growth], gone: Iterable[str]) -> bool:
        """Take in what journals grew by, and forget sessions that are gone; False: it failed."""
        with self._lock:
            try:
                with self._transaction() as connection:
                    for session_id in gone:
                        forget(connection, session_id)
                    for growth in grown:
                        take_in(connection, growth)
                return True
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                self._note(error)
                return False

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    # -- the file -----------------------------------------------------------------------------
    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and not self._is_replaced():
            return self._connection
        self.close()
        for _ in range(2):
            try:
                self._connection = self._connect()
                return self._connection
            except (sqlite3.DatabaseError, OSError) as error:
                if _is_busy(error):
                    raise
                self._put_aside()
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        state = _made_private(self._path)
        connection = sqlite3.connect(
            self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._identity = (state.st_dev, state.st_ino)
        return connection

    def _is_replaced(self) -> bool:
        """Whether the file was deleted or replaced below an open connection."""
        try:
            state = os.stat(self._path)
        except OSError:
            return True
        return state.st_size == 0 or (state.st_dev, state.st_ino) != self._identity

    def _note(self, error: Exception) -> None:
        if isinstance(error, sqlite3.DatabaseError) and not _is_busy(error):
            self.close()
            with contextlib.suppress(OSError):
                self._put_aside()

    def _put_aside(self) -> None:
        """Make room for a new database: a broken file is removed, anything else moved."""
        for suffix in ("-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(f"{self._path}{suffix}")
        if self._path.is_dir() and not self._path.is_symlink():
            os.rename(self._path, f"{self._path}.odd-{time.time_ns()}")
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)


def _made_private(path: Path) -> os.stat_result:
    """Return the state of the file, made by us first: SQLite would make it readable for others.

    Its side files follow suit. A file that is there is not opened: that could cost another
    program's, or our own, locks on it.

    Raises:
        OSError: it cannot be made, or something else stands in its place.
    """
    with contextlib.suppress(FileExistsError):
        os.close(open_private(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    refuse_link(path)
    state = os.lstat(path)
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
        raise OSError(errno.EINVAL, "Not a plain file of ours", str(path))
    if stat.S_IMODE(state.st_mode) != FILE_MODE:
        os.chmod(path, FILE_MODE)
    return state


def _is_busy(error: Exception) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR"))


def _prepare(connection: sqlite3.Connection) -> None:
    mode = "wal" if sqlite3.sqlite_version_info >= _SAFE_WAL else "truncate"
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -16000")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        connection.execute("SELECT count(*) FROM (SELECT 1 FROM sessions LIMIT 1)").fetchone()
        return
    if version or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise sqlite3.DatabaseError("an index of another version")
    connection.executescript(
        f"BEGIN IMMEDIATE;\n{SCHEMA}\nPRAGMA user_version = {VERSION};\nCOMMIT;"
    )
