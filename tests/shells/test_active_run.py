"""When a run is over: all its output has been read, or has been waited for long enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.active_run import BARRIER_LIMIT, BARRIER_SILENCE, ActiveRun
from oi_tui.shells.input_watch import InputWatch
from oi_tui.shells.marks import Mark
from oi_tui.shells.messages import Ended
from oi_tui.shells.pty_process import Command, PtyProcess
from oi_tui.shells.run_queue import RunQueue
from oi_tui.shells.terminal_modes import TerminalModes
from tests.support.waiting import wait_until

END = Ended("run", RunStatus.OK, 0, "/", mark="nonce")


@pytest.fixture
def run() -> Iterator[ActiveRun]:
    process = PtyProcess(Command(("/bin/true",), {}, "/"), 80, 24)
    yield ActiveRun(
        "run", RunQueue(lambda: None), InputWatch(process, TerminalModes(process.master))
    )
    wait_until(lambda: process.exit_status() is not None)
    process.close()


def test_a_run_ends_with_its_mark_and_not_before(run: ActiveRun) -> None:
    assert run.finished(0.0) is None
    run.take_end(END, 0.0)
    assert run.finished(0.0) is None
    run.take_mark(Mark("e", "another"))
    assert run.finished(0.0) is None
    run.take_mark(Mark("e", "nonce"))
    assert run.finished(0.0) == END


def test_a_mark_that_came_before_the_message_counts(run: ActiveRun) -> None:
    run.take_mark(Mark("e", "nonce"))
    run.take_end(END, 0.0)
    assert run.finished(0.0) == END


def test_whoever_slept_past_the_deadline_looks_at_the_terminal_once_more(run: ActiveRun) -> None:
    run.take_end(END, 0.0)
    late = BARRIER_SILENCE + 1
    assert run.finished(late) is None
    assert run.seconds_to_wait(late) == 0.0
    run.take_output(b"the last words", late)
    assert run.finished(late) is None
    run.take_mark(Mark("e", "nonce"))
    assert run.finished(late) == END


def test_a_mark_that_never_comes_is_not_waited_for_longer_than_silence(run: ActiveRun) -> None:
    run.take_end(END, 0.0)
    run.take_output(b"x", 1.0)
    assert run.finished(BARRIER_SILENCE) is None
    assert [run.finished(1.0 + BARRIER_SILENCE) for _ in range(2)] == [None, END]


def test_a_background_job_that_never_stops_writing_keeps_no_run_open(run: ActiveRun) -> None:
    run.take_end(END, 0.0)
    run.take_output(b"x", BARRIER_LIMIT)
    assert [run.finished(BARRIER_LIMIT) for _ in range(2)] == [None, END]
