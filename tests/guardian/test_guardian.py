"""Whatever way the application ends, the terminal and the process tree are given back."""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.modes import modes_left
from tests.support.processes import tagged
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until

STAND_IN = str(Path(__file__).with_name("stand_in.py"))
ROOT = str(Path(__file__).parents[2])
SESSION = "oi-tui --resume 20260101-000000-abc"


def start(*arguments: str, tag: str = "") -> Terminal:
    environ = {**os.environ, "PYTHONPATH": ROOT, "TAG": tag}
    return Terminal([sys.executable, STAND_IN, *arguments], environ=environ)


def child_of(terminal: Terminal) -> int:
    terminal.wait(lambda: b"READY" in terminal.raw and b"\n" in terminal.raw, "the program")
    found = re.search(rb"READY (\d+) (\d+)", bytes(terminal.raw))
    assert found
    assert int(found[2]) == terminal.pid
    return int(found[1])


def assert_given_back(terminal: Terminal) -> None:
    assert modes_left(bytes(terminal.raw)) == set()
    assert terminal.settings() == terminal.settings_before


@pytest.mark.parametrize(("how", "code"), [("exit", 0), ("code", 5), ("raise", 70), ("os_exit", 9)])
def test_an_end_by_itself_keeps_its_code(how: str, code: int) -> None:
    with start(how) as terminal:
        assert terminal.wait_exit() == code
        assert_given_back(terminal)
        assert SESSION in terminal.text


def test_a_clean_end_is_not_repaired() -> None:
    with start("exit") as terminal:
        terminal.wait_exit()
        assert terminal.raw.count(b"\x1b[?1049l") == 1


def test_a_crash_by_signal_is_reported_and_repaired() -> None:
    with start("segfault") as terminal:
        assert terminal.wait_exit() == 128 + signal.SIGSEGV
        assert_given_back(terminal)
        assert "SIGSEGV" in terminal.text
        assert SESSION in terminal.text


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGABRT"])
def test_a_signal_to_the_application(name: str) -> None:
    number = signal.Signals[name]
    with start("run") as terminal:
        terminal.kill(number, child_of(terminal))
        assert terminal.wait_exit() == 128 + number
        assert_given_back(terminal)


@pytest.mark.parametrize("how", ["run", "graceful", "deaf"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_the_guardian_ends_both(name: str, how: str) -> None:
    number = signal.Signals[name]
    with start(how) as terminal:
        child = child_of(terminal)
        terminal.kill(number)
        assert terminal.wait_exit() == 128 + number
        assert not psutil.pid_exists(child)
        assert_given_back(terminal)


def test_the_application_outlives_no_guardian() -> None:
    with start("deaf", "children", tag=(tag := secrets.token_hex(8))) as terminal:
        child = child_of(terminal)
        terminal.kill(signal.SIGKILL)
        assert terminal.wait_exit() == -signal.SIGKILL
        wait_until(lambda: not psutil.pid_exists(child) or _is_dead(child), "the child's end")
        terminal.settle()
        assert_given_back(terminal)
        for process in tagged(tag):  # those that had left their parents are out of reach
            process.kill()


def _is_dead(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("how", ["run", "deaf"])
def test_a_terminal_that_went_away_ends_everything(how: str) -> None:
    tag = secrets.token_hex(8)
    with start(how, "children", tag=tag) as terminal:
        child = child_of(terminal)
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
        assert not psutil.pid_exists(child)
        assert not tagged(tag)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans back")
@pytest.mark.parametrize("how", ["exit", "raise", "os_exit", "segfault", "SIGKILL", "SIGTERM"])
def test_nothing_that_was_started_is_left(how: str) -> None:
    tag = secrets.token_hex(8)
    with start(how, "children", tag=tag) as terminal:
        child = child_of(terminal)
        if how.startswith("SIG"):
            wait_until(lambda: len(tagged(tag)) >= 5, "the children")
            terminal.kill(signal.Signals[how], child)
        terminal.wait_exit()
        assert not tagged(tag)
        assert_given_back(terminal)


def test_the_children_of_the_stand_in_do_live_on_without_a_guardian() -> None:
    """The test above must be able to fail: five children would survive."""
    tag = secrets.token_hex(8)
    with start("run", "children", tag=tag) as terminal:
        child_of(terminal)
        wait_until(lambda: len(tagged(tag)) == 5, "five children")


def test_typed_noise_does_not_reach_the_shell_behind() -> None:
    with start("run") as terminal:
        child = child_of(terminal)
        terminal.send(b"\x1b[<35;10;10M" * 20)
        terminal.kill(signal.SIGKILL, child)
        terminal.wait_exit()
        assert _waiting_bytes(terminal) == 0


def _waiting_bytes(terminal: Terminal) -> int:
    import fcntl
    import struct
    import termios

    answer = fcntl.ioctl(terminal.slave, termios.FIONREAD, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])


def test_stop_and_go_on_under_a_shell_with_job_control() -> None:
    environ = {**os.environ, "PYTHONPATH": ROOT, "TAG": "", "PS1": "PROMPT> ", "HISTFILE": ""}
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, environ=environ) as terminal:
        terminal.wait_screen("PROMPT>")
        terminal.type(f"{sys.executable} {STAND_IN} stop\r")
        terminal.wait_raw(b"READY")
        terminal.type("z")
        terminal.wait_raw(b"Stopped")
        before = len(terminal.raw)
        terminal.type("echo in-the-$((20+3))\r")
        terminal.wait(lambda: b"in-the-23" in terminal.raw[before:], "the shell")
        assert modes_left(bytes(terminal.raw)) <= {"2004"}  # bash's own
        terminal.type("fg\r")
        terminal.wait_raw(b"CONTINUED")
        terminal.type("z")
        terminal.wait(lambda: terminal.raw.count(b"Stopped") == 2, "the second stop")
        terminal.kill(signal.SIGKILL)
        terminal.wait_exit()


def test_stopping_without_a_shell_just_goes_on() -> None:
    """In a session without job control nobody could continue it."""
    with start("stop") as terminal:
        child_of(terminal)
        terminal.type("z")
        terminal.wait_raw(b"CONTINUED")
