"""The list and the search of sessions, out of the journals by way of a cache.

Owns what of the journals has been read and when the rest is: a little at once, so that the newest
is always there, and everything else in a thread. The journals stay the truth: without the cache
everything works, only later. Knows no screen.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence

from oi_tui.protocol.sessions import SearchHit, SessionListing
from oi_tui.store.folder import SessionFolder, time_in
from oi_tui.store.growing import Reading, read_on
from oi_tui.store.index_file import IndexFile
from oi_tui.store.index_query import search
from oi_tui.store.index_tables import Growth, Row, Stamp, row_of

_FEW = 20  # journals that are read at once; the others are read in the background
_LITTLE = 4 << 20  # bytes of a journal that are read at once
_BATCH = 100  # journals, or
_BATCH_BYTES = 8 << 20  # bytes of them, that are taken in together


class SessionIndex:
    """What is known of the sessions in one folder. Safe from any thread."""

    def __init__(self, folder: SessionFolder) -> None:
        self._folder = folder
        self._file = IndexFile(folder.root)  # for whoever asks
        self._guard = threading.Lock()
        self._watchers: list[Callable[[], None]] = []
        self._keeper = _Keeper(folder, self._tell)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed`, from a thread, when more is known."""
        self._watchers.append(changed)

    def sessions(self, limit: int | None = None) -> list[SessionListing]:
        """List the sessions: pinned first, then by when they changed last."""
        names, locks = self._folder.names()
        with self._guard:
            rows = self._caught_up(names)
        self._keeper.wake()
        listings = [self._listing(row, locks) for name, row in rows.items() if name in names]
        listings += [self._unread(name, locks) for name in names - rows.keys()]
        listings.sort(key=lambda one: (one.pinned, one.changed, one.session_id), reverse=True)
        return listings[:limit]

    def search(self, words: str, limit: int) -> list[SearchHit]:
        """Find all of the words in titles and contents, newest sessions first."""
        names, _ = self._folder.names()
        with self._guard:
            self._caught_up(names)
            hits = self._file.read(lambda connection: search(connection, words, limit)) or []
        self._keeper.wake()
        return [hit for hit in hits if hit.session_id in names]

    def prompts(self, limit: int) -> list[str]:
        """Return the prompts that were sent last, the newest last, none twice."""
        names, _ = self._folder.names()
        with self._guard:
            self._caught_up(names)
            found = self._file.read(lambda connection: _prompts(connection, limit)) or []
        self._keeper.wake()
        return found

    def settle(self) -> None:
        """Read everything that is there now; return when it is in the index."""
        self._keeper.settle()

    def close(self) -> None:
        """End the thread and let go of the file."""
        self._keeper.close()
        with self._guard:
            self._file.close()

    # -- under the guard ----------------------------------------------------------------------
    def _caught_up(self, names: Iterable[str]) -> dict[str, Row]:
        """Return all rows, those of the newest journals as of now."""
        rows = self._file.read(rows_of) or {}
        grown = []
        for name in sorted(names, reverse=True)[:_FEW]:
            growth = growth_of(self._folder, name, rows.get(name), _LITTLE)
            if growth is not None:
                grown.append(growth)
                rows[name] = _row_after(growth)
        if grown:
            self._file.write(grown, ())
        return rows

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    # -- lines of the list --------------------------------------------------------------------
    def _listing(self, row: Row, locks: set[str]) -> SessionListing:
        owner = self._folder.owner(row.session_id) if row.session_id in locks else 0
        return row.facts.listing(
            row.session_id, is_open=owner != 0, is_elsewhere=owner not in (0, os.getpid())
        )

    def _unread(self, name: str, locks: set[str]) -> SessionListing:
        state = self._folder.state(name)
        changed = state.st_mtime if state is not None else 0.0
        owner = self._folder.owner(name) if name in locks else 0
        elsewhere = owner not in (0, os.getpid())
        started = time_in(name)
        return SessionListing(name, started=started, changed=changed, open_elsewhere=elsewhere)


class _Keeper:
    """The thread that reads on what the index does not know yet, newest sessions first."""

    def __init__(self, folder: SessionFolder, tell: Callable[[], None]) -> None:
        self._folder, self._tell = folder, tell
        self._file = IndexFile(folder.root)
        self._wanted = threading.Event()
        self._settling = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Look at the folder soon."""
        with self._lock:
            if self._closed:
                return
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="session-index", daemon=True
                )
                self._thread.start()

    def settle(self) -> None:
        """Look at the folder now."""
        with self._settling:
            self._bring_up_to_date()

    def close(self) -> None:
        """End the thread, after the journals under way."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._wanted.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        with self._settling:
            self._file.close()

    def _work(self) -> None:
        while self._wanted.wait() and not self._closed:
            self._wanted.clear()
            self.settle()

    def _bring_up_to_date(self) -> None:
        names, _ = self._folder.names()
        rows = self._file.read(rows_of) or {}
        gone = [name for name in rows if name not in names]
        batch: list[Growth] = []
        weight = 0
        is_news = bool(gone) and self._file.write((), gone)
        for name in sorted(names, reverse=True):
            if self._closed:
                return
            growth = growth_of(self._folder, name, rows.get(name))
            if growth is not None:
                batch.append(growth)
                weight += growth.stamp.size
            if len(batch) >= _BATCH or weight >= _BATCH_BYTES:
                is_news |= self._file.write(batch, ())
                batch, weight = [], 0
                self._tell()
        if batch:
            is_news |= self._file.write(batch, ())
        if is_news:
            self._tell()


def growth_of(
    folder: SessionFolder, name: str, row: Row | None, most: int | None = None
) -> Growth | None:
    """Return what a journal says beyond `row`; None: nothing, or more than `most` bytes."""
    state = folder.state(name)
    if state is None:
        return None
    stamp = Stamp.of(state)
    if row is not None and row.stamp == stamp:
        return None
    goes_on = row is not None and row.stamp.inode == stamp.inode and row.indexed <= stamp.size
    before = row if goes_on else None
    begun = Reading(before.indexed, before.facts) if before is not None else Reading()
    if most is not None and stamp.size - begun.offset > most:
        return None
    try:
        reading = read_on(folder.journal(name), begun)
    except OSError:
        return None  # gone, or not ours to read: listed by its name
    return Growth(name, before, stamp, reading.offset, reading.facts, tuple(reading.found))


def _row_after(growth: Growth) -> Row:
    number = growth.before.number if growth.before is not None else 0
    return Row(number, growth.session_id, growth.stamp, growth.indexed, 0, growth.facts)


def rows_of(connection: sqlite3.Connection) -> dict[str, Row]:
    """Return all that is known, by session."""
    rows = (row_of(values) for values in connection.execute("SELECT * FROM sessions"))
    return {row.session_id: row for row in rows}


def _prompts(connection: sqlite3.Connection, limit: int) -> list[str]:
    query = "SELECT text FROM prompts ORDER BY at DESC, id DESC LIMIT ?"
    newest = [text for (text,) in connection.execute(query, (limit * 2,))]
    unique: Sequence[str] = list(dict.fromkeys(newest))[:limit]
    return list(reversed(unique))
