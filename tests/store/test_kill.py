"""`kill -9` at any moment: no acknowledged record is lost, and the session goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from oi_tui.store.reader import read_journal
from oi_tui.store.sessions import SessionStore
from tests.store.script import envelopes, session, turn

ROUNDS = 100
ROOT = Path(__file__).parents[2]

# One parent that has everything loaded forks a writer for each round: a fresh interpreter a round
# would spend the time on imports. Each acknowledged sequence number goes to the pipe.
WRITERS = """
import os, sys
from pathlib import Path
from tests.store.script import journal, session
told = session(12)
for request in sys.stdin:
    name = request.strip()
    child = os.fork()
    if child == 0:
        one = journal(Path(sys.argv[1]), name)
        pipe = int(sys.argv[2])
        os.write(pipe, b"pid %d\\n" % os.getpid())
        for envelope in told:
            if one.record(envelope) is None:
                os.write(pipe, b"%d\\n" % envelope.seq)
        os._exit(0)
    os.waitpid(child, 0)
    os.write(int(sys.argv[2]), b"gone\\n")
"""


class Writers:
    """Starts writers one after the other and kills each after some acknowledgements."""

    def __init__(self, root: Path) -> None:
        read_end, write_end = os.pipe()
        self._acks = os.fdopen(read_end, "r")
        self._parent = subprocess.Popen(
            [sys.executable, "-c", WRITERS, str(root), str(write_end)],
            stdin=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            pass_fds=[write_end],
        )
        os.close(write_end)

    def run(self, name: str, kill_after: int) -> int:
        """Return the last acknowledged sequence number of a writer killed on its way."""
        assert self._parent.stdin
        self._parent.stdin.write(name + "\n")
        self._parent.stdin.flush()
        pid = int(self._acks.readline().removeprefix("pid "))
        last = 0
        while (line := self._acks.readline()) != "gone\n":
            last = int(line)
            if last == kill_after:
                os.kill(pid, signal.SIGKILL)
        return last

    def close(self) -> None:
        assert self._parent.stdin
        self._parent.stdin.close()
        assert self._parent.wait() == 0
        self._acks.close()


def test_no_acknowledged_record_is_lost(tmp_path: Path) -> None:
    told = session(12)
    store = SessionStore(tmp_path)
    chance = random.Random()
    writers = Writers(tmp_path)
    killed_on_the_way = 0
    for number in range(ROUNDS):
        name = f"s{number}"
        last = writers.run(name, chance.randrange(2, len(told) // 2))
        content = read_journal(tmp_path / f"{name}.journal")
        assert list(content.envelopes) == told[: len(content.envelopes)]
        assert len(content.envelopes) >= last
        killed_on_the_way += last < len(told)
        again = store.open(name)
        assert again.journal, again.read_only
        for envelope in envelopes(turn(13, "on"), name, len(content.envelopes) + 1):
            assert again.journal.record(envelope) is None
        again.journal.close()
        assert read_journal(tmp_path / f"{name}.journal").damaged == 0
    writers.close()
    assert killed_on_the_way > ROUNDS // 2
