"""Power loss, simulated: what was acknowledged is on the disk whatever became of the rest.

The cut comes after every single operation. Bytes that were written but not synced are kept, lost
or turned into NUL, sector by sector, as real disks do.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from oi_tui.protocol.acknowledgement import is_acknowledgement
from oi_tui.store.reader import read_journal
from oi_tui.store.sessions import SessionStore
from tests.store.script import journal, session

SECTOR = 512
SEEDS = 10


class RecordingCalls:
    """Real calls; remembers after each how much was written and how much was synced."""

    def __init__(self) -> None:
        self.states: list[tuple[int, int]] = []
        self.written = self.synced = 0

    def write(self, descriptor: int, data: bytes) -> int:
        self.written += os.write(descriptor, data)
        if not self.states:
            self.synced = self.written  # the header: synced before the file gets its name
        self.states.append((self.written, self.synced))
        return len(data)

    def truncate(self, descriptor: int, size: int) -> None:
        raise AssertionError("nothing failed")

    def sync(self, descriptor: int) -> None:
        self.synced = self.written
        self.states.append((self.written, self.synced))


def after_a_cut(data: bytes, written: int, synced: int, seed: int) -> bytes:
    """What may be on the disk: the synced bytes, and of the others what chance left."""
    chance = random.Random(seed)
    found = bytearray(data[:synced])
    for start in range(synced, written, SECTOR):
        sector = data[start : min(start + SECTOR, written)]
        fate = chance.choice(["kept", "nul", "lost"])
        if fate == "lost":
            break
        found += sector if fate == "kept" else bytes(len(sector))
    return bytes(found)


def disks(root: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each possible disk with the last sequence number that was acknowledged by then."""
    calls = RecordingCalls()
    one = journal(root, "source", calls)
    marks: list[int] = []  # the last acknowledged record when each operation was over
    acknowledged = 0
    for envelope in session(3):
        one.record(envelope)
        # Operations within one record happen before its acknowledgement.
        marks += [acknowledged] * (len(calls.states) - len(marks))
        if is_acknowledgement(envelope.event) and calls.states:
            acknowledged = envelope.seq
            marks[-1] = acknowledged
    one.close()
    data = (root / "source.journal").read_bytes()
    assert calls.synced == len(data)
    for last, (written, synced) in zip(marks, calls.states, strict=False):
        for seed in range(SEEDS):
            yield last, after_a_cut(data, written, synced, seed)


def test_no_acknowledged_record_is_lost_by_a_power_cut(tmp_path: Path) -> None:
    told = session(3)
    root = tmp_path / "after"
    store = SessionStore(root)
    path = root / "s1.journal"
    checked = 0
    for last, data in disks(tmp_path):
        path.write_bytes(data)
        path.chmod(0o600)
        found = read_journal(path).envelopes
        assert list(found[:last]) == told[:last]
        assert set(found) <= set(told)
        checked += 1
    assert checked > 500
    assert store.list()
