"""However the program ends, terminal and machine are as before, and the session is kept."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path

import psutil
import pytest

from oi_tui.store.reader import read_journal
from tests.support.modes import modes_left
from tests.support.processes import tagged
from tests.support.program import PROMPT, ROOT, Replies, bash, decide, scripted, send
from tests.support.terminal import Terminal
from tests.support.tokens import foreign_sequences, whole_length

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


def application(terminal: Terminal) -> int:
    """Return the process id of the screen, the guardian's only child at the start."""
    return int(psutil.Process(terminal.pid).children()[0].pid)


def leaving_parents(tag: str) -> str:
    """Code that starts programs which leave their parents, as bash can."""
    sleep = f"'{sys.executable}' -c 'import time; time.sleep(600)' {tag}"
    return (
        f"setsid {sleep} >/dev/null 2>&1 &\n"
        f"nohup {sleep} >/dev/null 2>&1 &\n"
        f"( ( {sleep} >/dev/null 2>&1 & ) & )\n"
        "echo begun; sleep 600"
    )


def last_events(folder: Path) -> list[str]:
    """The kinds of the events that the only session's journal ends with."""
    (journal,) = (folder / "home").rglob("sessions/*.journal")
    return [type(one.event).__name__ for one in read_journal(journal).envelopes]


def assert_given_back(terminal: Terminal) -> None:
    assert modes_left(bytes(terminal.raw)) == set()
    assert terminal.settings() == terminal.settings_before
    whole = whole_length(terminal.raw)  # a program that is killed may have been writing
    assert foreign_sequences(bytes(terminal.raw[:whole])) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL", "SIGSEGV"])
def test_an_end_by_signal_during_a_run(tmp_path: Path, name: str) -> None:
    tag, number = secrets.token_hex(8), signal.Signals[name]
    replies: Replies = [[bash(leaving_parents(tag))], ["Never."]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "start some")
        decide(terminal, "y")
        terminal.wait_screen("│ begun")
        terminal.wait(lambda: len(tagged(tag)) == 3, "three programs")
        terminal.kill(number, application(terminal))
        assert terminal.wait_exit() == 128 + number
        assert_given_back(terminal)
        assert "--resume" in terminal.text
        assert not tagged(tag)
    if number in (signal.SIGTERM, signal.SIGHUP):
        assert last_events(tmp_path)[-1] == "EngineStopped"
    with scripted(tmp_path, [["Welcome back."]], "--continue") as terminal:
        terminal.wait_screen("start some", "begun")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_the_guardian(tmp_path: Path, name: str) -> None:
    number = signal.Signals[name]
    with scripted(tmp_path, [["Hello."]]) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("Hello.")
        terminal.kill(number)
        assert terminal.wait_exit() == 128 + number
        assert_given_back(terminal)


def test_a_lost_terminal_ends_everything(tmp_path: Path) -> None:
    tag = secrets.token_hex(8)
    replies: Replies = [[bash(leaving_parents(tag))]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "start some")
        decide(terminal, "y")
        terminal.wait_screen("│ begun")
        terminal.wait(lambda: len(tagged(tag)) == 3, "three programs")
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
        assert not tagged(tag)


def test_a_killed_guardian_takes_the_program_along(tmp_path: Path) -> None:
    with scripted(tmp_path, [["Hello."]], below_shell=True) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("Hello.")
        guardian = psutil.Process(terminal.pid).children()[0]
        child = guardian.children()[0]
        guardian.kill()
        terminal.wait(lambda: not child.is_running() or _is_zombie(child), "the application's end")
        terminal.settle()
        assert_given_back(terminal)


def test_a_crash_leaves_a_report_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secrets.token_hex(16)
    monkeypatch.setenv("CRASH", secret)
    with scripted(tmp_path, [["Never."]]) as terminal:
        assert terminal.wait_exit() == 70
        assert_given_back(terminal)
        assert secret.encode() not in terminal.raw
        assert "on purpose" in terminal.text
    (report,) = (tmp_path / "home" / "state").glob("crash-*")
    kept = report.read_text()
    assert "RuntimeError" in kept
    assert secret not in kept


def test_stop_and_go_on_below_a_shell(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(tmp_path), "PS1": "PROMPT> "}
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, environ=environ, columns=150) as terminal:
        terminal.wait_screen("PROMPT>")
        terminal.type(f"{sys.executable} -m oi_tui -m x\r")
        terminal.wait_screen(PROMPT)
        terminal.type("a draft")
        terminal.wait_screen("a draft")
        terminal.key("ctrl+z")
        terminal.wait_raw(b"Stopped")
        assert modes_left(bytes(terminal.raw)) <= {"2004"}  # bash's own
        terminal.type("echo $((20+3))-here\r")
        terminal.wait_raw(b"23-here")
        before = len(terminal.raw)
        terminal.type("fg\r")
        terminal.wait(lambda: b"a draft" in terminal.raw[before:], "the screen again")
        terminal.settle()
        terminal.type(" goes on")
        terminal.wait_screen("a draft goes on")
        terminal.kill(signal.SIGKILL)
        terminal.wait_exit()


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
