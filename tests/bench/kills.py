"""`kill -9` at random moments of all that is done to sessions: does anything acknowledged get lost?

`python -m tests.bench.kills [ROUNDS]` (500 if not said) prints the count. Each round forks a
program that talks in a session, renames it, pins it, branches it, deletes it and takes it back, and
kills it at a random moment. What it was told is safe, through a pipe, must be there afterwards.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from oi_tui.assembly.shelf import Shelf
from oi_tui.protocol import events as ev
from oi_tui.store.reader import read_journal
from oi_tui.store.sessions import SessionStore
from tests.store.script import envelopes, journal, session

ROUNDS = 500
LONGEST = 0.04  # seconds until the kill; all acts together take about as long


def main(words: list[str]) -> int:
    """Run the rounds and print how many of them lost nothing."""
    rounds = int(words[0]) if words else ROUNDS
    chance = random.Random()
    kept = killed = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            acknowledged = _killed(Path(folder), chance.uniform(0, LONGEST))
            killed += b"done" not in acknowledged
            lost = _lost(Path(folder), acknowledged)
            kept += not lost
            for one in lost:
                print("LOST", one)
    print(f"{kept} of {rounds} rounds lost nothing; {killed} were killed on the way")
    return int(kept != rounds)


def _killed(root: Path, after: float) -> list[bytes]:
    """Fork the program, kill it, and return what it was told is safe."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            _work(root, write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as pipe:
        return pipe.read().splitlines()


def _work(root: Path, pipe: int) -> None:
    def safe(what: str) -> None:
        os.write(pipe, what.encode() + b"\n")

    live = journal(root)
    for envelope in session(4):
        # Merely opening a session leaves no trace, so nothing is promised before the first prompt.
        if live.record(envelope) is None and envelope.seq > 1:
            safe(f"record {envelope.seq}")
    live.close()
    store = SessionStore(root)
    shelf = Shelf(store)
    shelf.rename("s1", "Tide tables")
    safe("title")
    shelf.pin("s1", on=True)
    safe("pin")
    safe(f"branch {shelf.branch('s1', 'm2')}")
    store.index.settle()
    shelf.delete("s1")
    safe("deleted")
    shelf.restore("s1")
    safe("restored")
    safe("done")


def _lost(root: Path, acknowledged: list[bytes]) -> list[str]:
    """Return what was said to be safe and is not there, or what cannot be used any more."""
    told = [line.decode() for line in acknowledged]
    if not told:
        return []
    path = root / "s1.journal"
    if not path.exists():
        path = root / "trash" / "s1.journal"
    content = read_journal(path)
    seqs = {one.seq for one in content.envelopes}
    events = [one.event for one in content.envelopes]
    lost = [line for line in told if line.startswith("record") and int(line[7:]) not in seqs]
    if "title" in told and ev.SessionRenamed("Tide tables") not in events:
        lost.append("title")
    if "pin" in told and ev.SessionPinned(on=True) not in events:
        lost.append("pin")
    store = SessionStore(root)
    listed = {one.session_id for one in store.list()}
    lost += [line for line in told if line.startswith("branch") and line[7:] not in listed]
    if "restored" in told and "s1" not in listed:
        lost.append("restored")
    if "s1" in listed:
        again = store.open("s1")
        if again.journal is None:
            lost.append("writable")
        else:
            for one in envelopes([(9, ev.TurnStarted("on"))], "s1", max(seqs) + 1):
                lost += ["next record"] if again.journal.record(one) else []
            again.journal.close()
    store.close()
    return lost


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
