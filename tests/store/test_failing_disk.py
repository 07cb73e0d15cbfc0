"""A disk that fails at every possible call: nothing is lost, order is kept, errors are told."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from oi_tui.protocol import events as ev
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.items import Decider, Decision, ErrorInfo, ErrorKind
from oi_tui.store.journal import Journal
from oi_tui.store.reader import read_journal
from tests.store.script import journal, session


class FailingCalls:
    """Real calls, but the one with the number `at` (and `times` in all) fails its own way."""

    def __init__(self, at: int, failure: str, times: int = 1, truncates: bool = True) -> None:
        self.left = range(at, at + times)
        self.failure = failure
        self.truncates = truncates
        self.count = 0

    def write(self, descriptor: int, data: bytes) -> int:
        if not self._fails("short") and not self._fails("ENOSPC") and not self._fails("EIO"):
            self.count += 1
            return os.write(descriptor, data)
        self.count += 1
        if self.failure != "EIO":
            taken = os.write(descriptor, data[: len(data) // 2])
            if self.failure == "short":
                return taken
        raise OSError(getattr(errno, self.failure), self.failure)

    def truncate(self, descriptor: int, size: int) -> None:
        if not self.truncates:
            raise OSError(errno.EIO, "EIO")
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        fails = self._fails("sync")
        self.count += 1
        if fails:
            raise OSError(errno.EIO, "EIO")

    def _fails(self, failure: str) -> bool:
        return self.failure == failure and self.count in self.left


class Giver:
    """Gives envelopes to a journal as the bus does: what was refused comes again, in order."""

    def __init__(self, one: Journal) -> None:
        self._journal = one
        self.backlog: list[Envelope] = []

    def give(self, *told: Envelope) -> ErrorInfo | None:
        """Return what went wrong with the last one."""
        problem = None
        for envelope in told:
            self.backlog.append(envelope)
            problem = self.give_again()
        return problem

    def give_again(self) -> ErrorInfo | None:
        while self.backlog:
            if problem := self._journal.record(self.backlog[0]):
                return problem
            del self.backlog[0]
        return None


def calls_of_a_session(root: Path, told: list[Envelope]) -> int:
    calls = FailingCalls(-1, "none")
    one = journal(root, "dry", calls)
    for envelope in told:
        assert one.record(envelope) is None
    one.close()
    return calls.count


@pytest.mark.parametrize("truncates", [True, False], ids=["", "no truncation either"])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("failure", ["ENOSPC", "EIO", "short", "sync"])
def test_a_failure_at_any_call_loses_nothing(
    tmp_path: Path, failure: str, times: int, truncates: bool
) -> None:
    told = session(2)
    told_of = 0
    total = calls_of_a_session(tmp_path, told)
    assert total > 40
    for at in range(total):
        name = f"s{at}"
        calls = FailingCalls(at, failure, times, truncates)
        one = journal(tmp_path, name, calls)
        giver = Giver(one)
        problems = [problem for envelope in told if (problem := giver.give(envelope))]
        while giver.give_again():
            pass
        last = one.close()
        told_of += bool(problems or last)
        assert all(problem.kind is ErrorKind.STORE for problem in problems)
        if not last:
            content = read_journal(tmp_path / f"{name}.journal")
            assert list(content.envelopes) == told, (at, failure)
            assert truncates is False or content.damaged == 0
    assert told_of > total // 4


def test_no_call_failing_tells_nothing(tmp_path: Path) -> None:
    assert calls_of_a_session(tmp_path, session()) > 0


def test_what_was_acknowledged_before_the_disk_filled_stays(tmp_path: Path) -> None:
    told = session(2)
    one = journal(tmp_path, calls=FailingCalls(20, "ENOSPC", times=10_000))
    kept = [envelope for envelope in told if one.record(envelope) is None]
    problem = one.record(told[-1])
    assert problem is not None
    assert "full" in problem.title
    assert problem.kept
    assert one.close() is None
    assert list(read_journal(tmp_path / "s1.journal").envelopes) == kept


@pytest.mark.parametrize("truncates", [True, False], ids=["", "no truncation either"])
@pytest.mark.parametrize("failure", ["ENOSPC", "EIO", "short", "sync"])
def test_an_approval_that_was_refused_is_never_recorded_later(
    tmp_path: Path, failure: str, truncates: bool
) -> None:
    told = session(1)
    place = next(i for i, one in enumerate(told) if isinstance(one.event, ev.ApprovalResolved))
    approval = told[place]
    assert isinstance(approval.event, ev.ApprovalResolved)
    stopped = replace(approval.event, decision=Decision.STOP, by=Decider.ENGINE)
    for at in range(calls_of_a_session(tmp_path, told)):
        name = f"s{at}"
        one = journal(tmp_path, name, FailingCalls(at, failure, truncates=truncates))
        giver = Giver(one)
        giver.give(*told[:place])
        giver.give_again()
        if one.record(approval) is None:
            one.close()
            continue
        giver.give(replace(approval, event=stopped))  # the bus uses the number again
        assert giver.give_again() is None
        one.close()
        found = read_journal(tmp_path / f"{name}.journal").envelopes
        assert [envelope.event for envelope in found[place:]] == [stopped]


def test_a_folder_that_is_gone_is_told_and_its_return_saves_all(tmp_path: Path) -> None:
    told = session()
    root = tmp_path / "later"
    giver = Giver(journal(root))
    assert giver.give(told[0]) is None, "not worth a file yet"
    assert all(giver.give(envelope) for envelope in told[1:])
    root.mkdir(mode=0o700)
    assert giver.give_again() is None
    assert list(read_journal(root / "s1.journal").envelopes) == told


LIMITED = """
import resource, sys
from pathlib import Path
from oi_tui.store.reader import read_journal
from tests.store.script import journal, session
root, limit = Path(sys.argv[1]), int(sys.argv[2])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
one = journal(root)
told = session(20)
kept = [envelope for envelope in told if one.record(envelope) is None]
assert 5 < len(kept) < len(told) and kept == told[:len(kept)]
size = (root / "s1.journal").stat().st_size
assert size <= limit
found = read_journal(root / "s1.journal")
assert list(found.envelopes) == kept and not found.damaged
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert not any(one.record(envelope) for envelope in told[len(kept):])
assert one.close() is None
assert list(read_journal(root / "s1.journal").envelopes) == told
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on file sizes here")
def test_a_limit_on_file_sizes_is_survived(
    tmp_path: Path, run_python: Callable[[str, str, str], None]
) -> None:
    run_python(LIMITED, str(tmp_path), "9000")


@pytest.fixture
def run_python() -> Callable[[str, str, str], None]:
    def run(code: str, *arguments: str) -> None:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run
