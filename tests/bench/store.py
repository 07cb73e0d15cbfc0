"""What the journal costs: recording beside a bare write, opening a long session, listing many."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oi_tui.protocol import events as ev
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock
from oi_tui.store.reader import read_journal
from oi_tui.store.sessions import SessionStore
from oi_tui.transcript import Transcript
from tests.store.script import envelopes, opened, session, write_session

RECORDS = 20_000
SESSIONS = 1_000
TEXT = "a line of what the model wrote, 東京, and so on\n" * 30  # about 1.5 kB


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `limit` is None where there is none."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the limit holds."""
        return self.limit is None or self.value <= self.limit


def milliseconds(action: Callable[[], object], times: int) -> float:
    """Return the median time of an action."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return 1000 * statistics.median(found)


def recording(root: Path) -> list[Row]:
    """Records with and without reaching the disk, beside the bare system calls."""
    one = Journal(root / "a.journal", "a", lock=SessionLock(root / "a.lock"))
    for envelope in session(1):
        one.record(envelope)
    bare = os.open(root / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    data = TEXT.encode()
    delta = ev.Envelope(99, 1.0, "a", 1, ev.TextAdded("m", TEXT))
    acknowledged = ev.Envelope(99, 1.0, "a", 1, ev.MessageFinished("m", TEXT, True))

    def synced() -> None:
        os.write(bare, data)
        os.fdatasync(bare)

    found = [
        Row("bare write of 1.5 kB", milliseconds(lambda: os.write(bare, data), 500), "ms"),
        Row("record of 1.5 kB", milliseconds(lambda: one.record(delta), 500), "ms", 0.5),
        Row("bare write and sync", milliseconds(synced, 100), "ms"),
        Row("acknowledged record", milliseconds(lambda: one.record(acknowledged), 100), "ms", 20),
    ]
    os.close(bare)
    one.close()
    return found


def opening(root: Path) -> list[Row]:
    """A session of 20,000 records: read, and folded into blocks."""
    told: list[tuple[int, ev.Event]] = [opened(), (1, ev.TurnStarted("begin"))]
    told += [(1, ev.TextAdded(f"m{number}", "word " * 20)) for number in range(RECORDS)]
    path = write_session(root, envelopes(told, "long"), "long")
    read = milliseconds(lambda: read_journal(path), 3)
    content = read_journal(path)
    fold = milliseconds(lambda: Transcript().replay(content.envelopes), 3)
    return [
        Row(f"read {RECORDS:,} records", read, "ms", 2000),
        Row(f"fold {RECORDS:,} records", fold, "ms", 500),
    ]


def listing(root: Path) -> list[Row]:
    """A thousand sessions: never seen before, seen before, and with one changed."""
    lines = write_session(root, session(5), "0").read_bytes()
    for number in range(1, SESSIONS):
        path = root / f"{number}.journal"
        path.write_bytes(lines)
        path.chmod(0o600)
    first = milliseconds(lambda: SessionStore(root).list(), 1)
    again = milliseconds(lambda: SessionStore(root).list(), 3)
    kept = SessionStore(root)
    kept.list()
    warm = milliseconds(kept.list, 3)
    return [
        Row(f"list {SESSIONS:,} sessions, first time", first, "ms", 2000),
        Row(f"list {SESSIONS:,} sessions, new process", again, "ms", 100),
        Row(f"list {SESSIONS:,} sessions, same process", warm, "ms", 50),
    ]


def rows() -> list[Row]:
    """Measure everything; takes a few seconds."""
    found = []
    for measure in (recording, opening, listing):
        with tempfile.TemporaryDirectory() as folder:
            found += measure(Path(folder))
    return found


if __name__ == "__main__":
    for row in rows():
        limit = "" if row.limit is None else f"  (at most {row.limit:g})"
        print(f"{row.name:40} {row.value:8.3f} {row.unit}{limit}")
