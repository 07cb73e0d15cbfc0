"""The list and the search of sessions, out of the journals by way of a cache.

Owns what of the journals has been read and when the rest is: a little at once, so that the newest
is always there, and everything else in a thread. The journals stay the truth: without the cache
everything works, only later. Knows no screen.
"""

from __future__ import annotations

import heapq
import os
import sqlite3
import threading
from collections.abc import Callable

from oi_tui.protocol.sessions import SearchHit, SessionListing
from oi_tui.store.folder import SessionFolder, time_in
from oi_tui.store.index_file import IndexFile
from oi_tui.store.index_keeper import Keeper, growth_of
from oi_tui.store.index_query import search
from oi_tui.store.index_tables import Growth, Row
from oi_tui.store.known import Known

_FEW = 20  # journals that are read at once; the others are read in the background
_MANY = 100  # new ones, such as copied here, are read at once while they are no more than this
_LITTLE = 4 << 20  # bytes of a journal that are read at once


class SessionIndex:
    """What is known of the sessions in one folder. Safe from any thread."""

    def __init__(self, folder: SessionFolder) -> None:
        self._folder = folder
        self._file = IndexFile(folder.root)
        self._known = Known()
        self._guard = threading.Lock()
        self._watchers: list[Callable[[], None]] = []
        self._keeper = Keeper(folder, self._file, self._rows, self._tell)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed`, from a thread, when more is known."""
        self._watchers.append(changed)

    def sessions(self, limit: int | None = None) -> list[SessionListing]:
        """List the sessions: pinned first, then by when they changed last."""
        names, locks = self._folder.names()
        with self._guard:
            self._catch_up(names, locks)
            rows = self._known.rows
            lines = [(one.facts.pinned, one.facts.changed, name) for name, one in rows.items()]
            lines = [line for line in lines if line[2] in names]
            lines += [(False, self._changed(name), name) for name in names - rows.keys()]
            lines.sort(reverse=True)
            listings = [self._listing(name, changed, locks) for _, changed, name in lines[:limit]]
        self._keeper.wake()
        return listings

    def search(self, words: str, limit: int) -> list[SearchHit]:
        """Find all of the words in titles and contents, newest sessions first."""
        names, locks = self._folder.names()
        with self._guard:
            self._catch_up(names, locks)
            known = self._known
            hits = self._file.read(lambda connection: search(connection, known, words, limit))
        self._keeper.wake()
        return [hit for hit in hits or () if hit.session_id in names]

    def prompts(self, limit: int) -> list[str]:
        """Return the prompts that were sent last, the newest last, none twice."""
        names, locks = self._folder.names()
        with self._guard:
            self._catch_up(names, locks)
            found = self._file.read(lambda connection: _prompts(connection, limit))
        self._keeper.wake()
        return found or []

    def settle(self) -> None:
        """Read everything that is there now; return when it is in the index."""
        self._keeper.settle()

    def close(self) -> None:
        """End the thread and let go of the file."""
        self._keeper.close()
        with self._guard:
            self._file.close()

    # -- under the guard ----------------------------------------------------------------------
    def _catch_up(self, names: frozenset[str], locks: frozenset[str]) -> None:
        """Know the index as it is, and of the newest and the open journals what they say now."""
        self._file.read(self._known.refresh)
        grown = []
        unknown = names - self._known.rows.keys()
        if len(unknown) > _MANY:
            unknown = frozenset()
        for name in sorted({*heapq.nlargest(_FEW, names), *(locks & names), *unknown}):
            growth = growth_of(self._folder, name, self._known.rows.get(name), _LITTLE)
            if growth is not None:
                grown.append(growth)
        if grown and not (self._file.write(grown, ()) and self._file.read(self._is_refreshed)):
            for growth in grown:  # without a usable index, what was read is known all the same
                self._known.put(_row_after(growth))

    def _is_refreshed(self, connection: sqlite3.Connection) -> bool:
        self._known.refresh(connection)
        return True

    def _rows(self) -> dict[str, Row]:
        with self._guard:
            self._file.read(self._known.refresh)
            return dict(self._known.rows)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    # -- lines of the list --------------------------------------------------------------------
    def _listing(self, name: str, changed: float, locks: frozenset[str]) -> SessionListing:
        row = self._known.rows.get(name)
        owner = self._folder.owner(name) if name in locks else 0
        is_elsewhere = owner not in (0, os.getpid())
        if row is None:  # not read yet: what its name and its file say
            started = time_in(name)
            return SessionListing(
                name, started=started, changed=changed, open_elsewhere=is_elsewhere
            )
        if owner == 0:
            return self._known.listing(row)
        return row.facts.listing(name, is_open=True, is_elsewhere=is_elsewhere)

    def _changed(self, name: str) -> float:
        state = self._folder.state(name)
        return state.st_mtime if state is not None else 0.0


def _row_after(growth: Growth) -> Row:
    number = growth.before.number if growth.before is not None else -growth.stamp.inode
    return Row(
        number, growth.session_id, growth.stamp, growth.indexed, growth.tail, 0, growth.facts
    )


def _prompts(connection: sqlite3.Connection, limit: int) -> list[str]:
    query = "SELECT text FROM prompts ORDER BY at DESC, id DESC LIMIT ?"
    newest = [text for (text,) in connection.execute(query, (limit * 2,))]
    return list(dict.fromkeys(newest))[:limit][::-1]
