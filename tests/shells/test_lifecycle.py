"""Shells come and go without a trace, and nothing that a program leaves behind hangs the next."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oi_tui.protocol.items import ErrorKind, InputMode, RunStatus, ShellState
from oi_tui.shells.base import InputChanged, ShellError
from oi_tui.shells.pool import ShellPool
from oi_tui.shells.process_tree import processes_of
from tests.shells.running import Session
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shell
LANGUAGES = ["python", "bash", "zsh", "sh", "javascript"]


class FakeTap:
    def __init__(self) -> None:
        self.data = b""
        self.open = True
        self.resume: Callable[[str], None] = lambda language: None

    def output(self, language: str, data: bytes) -> None:
        self.data += data

    def wants_output(self, language: str) -> bool:
        return self.open

    def bind_resume(self, resume: Callable[[str], None]) -> None:
        self.resume = resume


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _children() -> list[str]:
    """Return our children, with those that ended and that nobody collected."""
    found = []
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children") as children:
            found += children.read().split()
    return sorted(found)


@pytest.mark.parametrize(("language", "times"), [("python", 5), ("sh", 200)])
def test_restarts_leave_nothing_behind(language: str, times: int, session: Session) -> None:
    session.run(language, "1;" if language == "python" else ":")
    session.pool.restart(language)
    before = _descriptors(), threading.active_count(), _children()
    for _ in range(times):
        session.pool.warm(language)
        session.run(language, "1;" if language == "python" else ":")
        session.pool.restart(language)
    wait_until(lambda: threading.active_count() <= before[1])
    assert (_descriptors(), threading.active_count(), _children()) == before


@pytest.mark.parametrize("language", ["python", "bash", "sh"])
def test_close_ends_what_tried_to_stay(
    language: str, session: Session, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    shell = (
        "sleep 1000 & nohup sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 & "
        "(setsid sh -c 'sleep 1000 & sleep 1000' &) ; sleep 1000 & kill -STOP $!; echo $$ >pid"
    )
    code = f"import os; os.system({shell!r}); open('pid', 'w').write(str(os.getpid()))"
    before = _tagged(folder)
    session.run(language, code if language == "python" else shell)
    pid = int((folder / "pid").read_text())
    wait_until(lambda: len(_tagged(folder)) >= len(before) + 6)
    session.pool.close()
    assert not processes_of(pid)
    assert _tagged(folder) == before


def _tagged(folder: Path) -> set[int]:
    """The processes that have `folder` as their working folder."""
    found = set()
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/cwd") == str(folder):
                found.add(int(name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("language", ["bash", "zsh", "sh"])
def test_close_removes_the_private_folder(
    language: str, session: Session, need: Callable[[str], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    need(language)
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    session.run(language, ":")
    assert list(private.iterdir())
    session.pool.close()
    assert not list(private.iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_background_process_that_keeps_the_terminal_delays_nothing(
    language: str, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    tap = FakeTap()
    pool = ShellPool(folder=str(folder), tap=tap)
    go = folder / "go"
    waits = f'while [ ! -e {go} ]; do sleep 0.01; done; echo LA""TE'
    code = {
        "python": f"import subprocess\nsubprocess.Popen(['sh', '-c', {waits!r}])\nprint('now')",
        "javascript": f"require('child_process').spawn('sh', ['-c', {waits!r}],"
        " {stdio: 'inherit'}); console.log('now');",
    }
    try:
        session = Session(pool)
        outcome = session.run(language, code.get(language, f"({waits}) & echo now"))
        assert outcome.status is RunStatus.OK
        assert "now" in outcome.text
        assert "LATE" not in outcome.text
        go.touch()
        wait_until(lambda: b"LATE" in tap.data)
    finally:
        pool.close()


def test_flow_control_stops_the_program_and_loses_nothing(folder: Path) -> None:
    tap = FakeTap()
    pool = ShellPool(folder=str(folder), tap=tap)
    session = Session(pool)
    try:
        run = session.begin("python", "print('on')\nfor i in range(200000): print(i)")
        run.wait_text("on")
        tap.open = False
        wait_until(lambda: _stands_still(tap))
        assert run.is_alive()
        tap.open = True
        tap.resume("python")
        outcome = run.finish()
        assert outcome.text == "on\n" + "".join(f"{i}\n" for i in range(200000))
        assert tap.data == outcome.output
    finally:
        pool.close()


def _stands_still(tap: FakeTap) -> bool:
    size = len(tap.data)
    time.sleep(0.05)
    return len(tap.data) == size


def test_states_are_told(session: Session) -> None:
    run = session.begin("python", "input('? ')")
    run.wait_input()
    session.pool.write(b"x\n")
    run.finish()
    session.run("python", "import os; os._exit(3)")
    states = [state for _, state, _ in session.states]
    assert states == [
        ShellState.STARTING, ShellState.IDLE, ShellState.BUSY, ShellState.WAITING, ShellState.BUSY,
        ShellState.IDLE, ShellState.BUSY, ShellState.DEAD,
    ] or states == [
        ShellState.STARTING, ShellState.IDLE, ShellState.BUSY, ShellState.WAITING,
        ShellState.IDLE, ShellState.BUSY, ShellState.DEAD,
    ]  # fmt: skip
    assert session.states[-1] == ("python", ShellState.DEAD, "exit code 3")


def test_the_death_of_an_idle_shell_is_noticed(session: Session) -> None:
    pid = int(session.run("sh", "echo $$").text)
    os.kill(pid, 9)
    wait_until(lambda: ("sh", ShellState.DEAD, "SIGKILL") in session.states)
    assert session.run("sh", "echo on").text == "on\n"


def test_a_replaced_shell_goes_on_in_its_folder(session: Session, folder: Path) -> None:
    session.run("sh", "cd /usr")
    assert session.run("sh", "kill -9 $$").status is RunStatus.DIED
    assert session.run("sh", "pwd").text == "/usr\n"
    session.pool.restart("sh")
    assert session.pool.folder("sh") == str(folder)
    assert session.run("sh", "pwd").text == f"{folder}\n"


def test_passwords_are_not_echoed(session: Session) -> None:
    run = session.begin("python", "import getpass\nlen(getpass.getpass('pw? '))")
    run.wait_input(InputMode.PASSWORD)
    session.pool.write(b"hunter2\n")
    outcome = run.finish()
    assert "hunter2" not in outcome.text
    assert outcome.text.endswith("7\n")
    assert InputChanged(InputMode.LINE, waiting=False) in outcome.parts


def test_what_one_run_did_not_read_answers_no_other(session: Session) -> None:
    run = session.begin("python", "import time\ntime.sleep(0.1)")
    session.pool.write(b"stale\n")
    run.finish()
    run = session.begin("python", "input('fresh ')")
    run.wait_input()
    session.pool.write(b"ok\n")
    assert run.finish().text.endswith("'ok'\n")


def test_typing_at_a_program_that_does_not_read_never_blocks(session: Session) -> None:
    run = session.begin("python", "import time\nprint('on')\ntime.sleep(1000)")
    run.wait_text("on")
    session.pool.write(b"x" * 1_000_000)
    session.pool.interrupt()
    assert run.finish().status is RunStatus.INTERRUPTED


def test_a_program_that_computes_does_not_seem_to_wait(session: Session) -> None:
    code = "import time\nend = time.time() + 0.3\nwhile time.time() < end: pass\ntime.sleep(0.2)"
    assert not [p for p in session.run("python", code).parts if isinstance(p, InputChanged)]


def test_a_python_that_is_not_there_is_an_error(folder: Path) -> None:
    session = Session(ShellPool(folder=str(folder), python="/no/such/python"))
    with pytest.raises(ShellError) as caught:
        session.run("python", "1")
    assert caught.value.info.kind is ErrorKind.SHELL_MISSING
    assert "python" not in session.pool.languages()


def test_an_interpreter_that_does_not_start_is_an_error_with_its_words(folder: Path) -> None:
    broken = folder / "python"
    broken.write_text("#!/bin/sh\necho cannot load libpython\nexit 4\n")
    broken.chmod(0o755)
    session = Session(ShellPool(folder=str(folder), python=str(broken)))
    with pytest.raises(ShellError) as caught:
        session.run("python", "1")
    assert caught.value.info.kind is ErrorKind.SHELL_DIED
    assert "cannot load libpython" in caught.value.info.detail
    assert session.run("sh", "echo on").text == "on\n"
    session.pool.close()


def test_a_listener_that_fails_costs_the_shell_and_hangs_nothing(folder: Path) -> None:
    class FailingTap(FakeTap):
        def output(self, language: str, data: bytes) -> None:
            raise FailedOnPurposeError

    pool = ShellPool(folder=str(folder), tap=FailingTap())
    try:
        outcome = Session(pool).run("sh", "echo on")
        assert outcome.status is RunStatus.DIED
        assert "FailedOnPurposeError" in outcome.end.detail
    finally:
        pool.close()


class FailedOnPurposeError(Exception):
    pass


def test_no_run_starts_after_close(session: Session) -> None:
    session.pool.close()
    session.pool.close()
    with pytest.raises(ShellError):
        session.run("sh", "echo never")


def test_a_folder_that_is_gone_does_not_stop_a_shell(folder: Path) -> None:
    pool = ShellPool(folder=str(folder / "gone"))
    try:
        for language in ("python", "sh"):
            code = {"python": "print('on')"}.get(language, "echo on")
            assert Session(pool).run(language, code).text == "on\n"
    finally:
        pool.close()
