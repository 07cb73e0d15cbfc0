"""Brings the index up to date with all journals, in a thread and without haste.

Owns when the folder is looked through and how much is taken in together. Knows no question.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from oi_tui.store.folder import SessionFolder
from oi_tui.store.growing import Reading, read_on
from oi_tui.store.index_file import IndexFile
from oi_tui.store.index_tables import Growth, Row, Stamp
from oi_tui.store.trash import Trash

_BATCH = 10  # journals, or
_BATCH_BYTES = 1 << 20  # bytes of them, that are taken in together
_PAUSE = 0.2  # seconds after somebody asked: whoever did has more to do now
_REST = 5.0  # seconds between two looks through the whole folder
_BREATH = 0.002  # seconds after each journal: the screen's thread comes first


class Keeper:
    """The thread that reads on what the index does not know yet, newest sessions first."""

    def __init__(
        self,
        folder: SessionFolder,
        file: IndexFile,
        known: Callable[[], Mapping[str, Row]],
        tell: Callable[[], None],
    ) -> None:
        """`known` returns what the index knows, as of now."""
        self._folder, self._file = folder, file
        self._known, self._tell = known, tell
        self._wanted = threading.Event()
        self._settling = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Look at the folder soon."""
        with self._lock:
            if self._ended.is_set():
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
            thread = self._thread
        self._ended.set()
        self._wanted.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while self._wanted.wait() and not self._ended.wait(_PAUSE):
            self._wanted.clear()
            Trash(self._folder).purge()
            with self._settling:
                self._bring_up_to_date(_BREATH)
            self._ended.wait(_REST)

    def _bring_up_to_date(self, breath: float = 0.0) -> None:
        names, _ = self._folder.names()
        rows = self._known()
        gone = [name for name in rows if name not in names]
        if gone:
            self._file.write((), gone)
        batch: list[Growth] = []
        weight, is_news = 0, bool(gone)
        for name in sorted(names, reverse=True):
            if self._ended.is_set():
                return
            growth = growth_of(self._folder, name, rows.get(name))
            if growth is None:
                continue
            batch.append(growth)
            weight += growth.stamp.size
            if len(batch) >= _BATCH or weight >= _BATCH_BYTES:
                self._file.write(batch, ())
                batch, weight = [], 0
                self._tell()
            self._ended.wait(breath)
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
    goes_on = row is not None and row.indexed <= stamp.size
    before = row if goes_on else None
    if most is not None and stamp.size - (before.indexed if before else 0) > most:
        return None
    try:
        reading = read_on(folder.journal(name), _begun(before))
        if reading is None:  # another file stands in its place
            before = None
            reading = read_on(folder.journal(name), Reading())
    except OSError:
        return None  # gone, or not ours to read: listed by its name
    if reading is None:
        return None
    found = tuple(reading.found)
    return Growth(name, before, stamp, reading.offset, reading.tail, reading.facts, found)


def _begun(row: Row | None) -> Reading:
    return Reading() if row is None else Reading(row.indexed, row.tail, row.facts)
