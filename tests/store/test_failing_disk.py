"""A disk that fails at every possible call: nothing is lost, order is kept, errors are told."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oi_tui.protocol.events import Envelope
from oi_tui.protocol.items import ErrorKind
from oi_tui.store.reader import read_journal
from tests.store.script import envelopes, journal, session, turn


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
        problems = [problem for envelope in told if (problem := one.record(envelope))]
        last = one.close() or one.close()
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
    assert one.unsaved == len(told) - len(kept)
    problem = one.close()
    assert problem is not None
    assert "full" in problem.title
    assert problem.kept
    assert list(read_journal(tmp_path / "s1.journal").envelopes) == kept


def test_a_folder_that_is_gone_is_told_and_its_return_saves_all(tmp_path: Path) -> None:
    told = session()
    root = tmp_path / "later"
    one = journal(root)
    assert all(one.record(envelope) for envelope in told[1:])
    root.mkdir(mode=0o700)
    assert one.record(next(envelopes(turn(2, "next"), first=80))) is None
    one.close()
    assert list(read_journal(root / "s1.journal").envelopes)[:-1] == told[1:]


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
problems = [bool(one.record(envelope)) for envelope in told]
assert not problems[1] and problems[-1], problems
assert one.unsaved == sum(problems)
size = (root / "s1.journal").stat().st_size
assert size <= limit
kept = read_journal(root / "s1.journal")
assert list(kept.envelopes) == told[:len(kept.envelopes)] and not kept.damaged
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
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
