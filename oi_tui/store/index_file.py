"""The database behind the list and the search of sessions: a cache of what the journals say.

Owns the SQLite file and its health. It may be deleted or damaged at any time: what stands in its
place is put aside and an empty one made. Knows no journal.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from oi_tui.config.private_files import open_private
from oi_tui.store.index_tables import SCHEMA, VERSION, Growth, forget, take_in

NAME = ".index.sqlite"
_PATIENCE = 5.0  # seconds to wait for another program's write
_SAFE_WAL = (3, 51, 3)  # before it, two programs that checkpoint at once can damage the file

T = TypeVar("T")


class IndexFile:
    """One connection to the database, opened with its first use. Use it from one thread at a time.

    Nothing here raises because of what the file holds: a broken one is begun anew.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / NAME
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def read(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return the answer to a question; None where there is no usable index."""
        try:
            return question(self._open())
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            self._note(error)
            return None

    def write(self, grown: Iterable[Growth], gone: Iterable[str]) -> bool:
        """Take in what journals grew by, and forget sessions that are gone; False: it failed."""
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
        # Made by us first: SQLite would make it readable for others; its side files follow suit.
        os.close(open_private(self._path, os.O_RDWR | os.O_CREAT))
        connection = sqlite3.connect(
            self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_replaced(self) -> bool:
        """Whether the file was deleted or replaced below an open connection."""
        try:
            return os.stat(self._path).st_size == 0
        except OSError:
            return True

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
