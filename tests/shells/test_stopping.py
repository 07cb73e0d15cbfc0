"""Any run can be stopped, with its state kept if its runtime allows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from oi_tui.protocol.items import InputMode, RunStatus, ShellState
from oi_tui.shells.base import OutputArrived
from tests.shells.running import Outcome, Session, digest_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shell

SHELL_CODE = ("sleep 1000\necho never", "while :; do :; done", "read y\necho never",
              "yes", "yes | sleep 1000\necho never", "(sleep 1000; echo never)\necho never",
              "for i in 1 2 3; do sleep 1000; done\necho never")  # fmt: skip
STOPPED = [
    *(("python", code) for code in (
        "import time\ntime.sleep(1000)", "while True: pass", "input()",
        "while True: print('flood')", "import subprocess\nsubprocess.run(['sleep', '1000'])",
        "import asyncio\nawait asyncio.sleep(1000)",
        "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()",
    )),
    *((shell, code) for shell in ("bash", "zsh", "sh") for code in SHELL_CODE),
    *(("javascript", code) for code in (
        "while (true) {}", "await new Promise(f => setTimeout(f, 1e6))",
        "require('child_process').execSync('sleep 1000')",
    )),
]  # fmt: skip
# An interrupt that comes before the child is started does not end it.
CHILD = "require('child_process').execSync('echo on; exec sleep 1000', {stdio: 'inherit'})"
SET = {"python": "x = 41", "javascript": "const x = 41"}
SHOW = {"python": "print(x)", "javascript": "console.log(`${x}`);"}


@pytest.mark.parametrize(("language", "code"), STOPPED)
def test_ctrl_c_stops_it_and_keeps_the_state(
    language: str, code: str, session: Session, need: Callable[[str], None]
) -> None:
    need(language)
    session.run(language, SET.get(language, "x=41"))
    run = session.begin(language, code)
    wait_until(lambda: session.states[-1][1] in (ShellState.BUSY, ShellState.WAITING))
    session.pool.interrupt()
    outcome = run.finish()
    assert outcome.status is RunStatus.INTERRUPTED
    assert "never" not in outcome.text
    assert session.run(language, SHOW.get(language, "echo $x")).text == "41\n"


def test_a_flood_is_stopped_in_the_middle(session: Session) -> None:
    run = session.begin("python", "import itertools\nfor i in itertools.count(): print(i)")
    wait_until(lambda: len(run.so_far.output) > 1_000_000)
    session.pool.interrupt()
    outcome = run.finish()
    assert outcome.status is RunStatus.INTERRUPTED
    assert outcome.text.rstrip().endswith("KeyboardInterrupt")


def test_a_traceback_after_ctrl_c_shows_the_program_and_nothing_of_ours(session: Session) -> None:
    run = session.begin("python", "def wait():\n    while True: pass\n\nprint('on')\nwait()")
    run.wait_text("on")
    session.pool.interrupt(1)
    text = run.finish().text
    assert "in wait" in text
    assert "_oi_driver" not in text


def test_ctrl_c_reaches_a_program_in_raw_mode_as_a_key(session: Session) -> None:
    code = (
        "import os, tty, termios\nold = termios.tcgetattr(0)\ntty.setraw(0)\n"
        "key = os.read(0, 1)\ntermios.tcsetattr(0, termios.TCSANOW, old)\nprint(key)"
    )
    run = session.begin("python", code)
    run.wait_input(InputMode.RAW)
    session.pool.interrupt()
    outcome = run.finish()
    assert "b'\\x03'" in outcome.text


def test_ctrl_c_between_runs_is_harmless(session: Session) -> None:
    for language, code in (("python", "1"), ("sh", "echo 1")):
        assert session.run(language, code).text == "1\n"
        session.pool.interrupt()
        assert session.run(language, code).text == "1\n"


def was_stopped(outcome: Outcome) -> bool:
    """Node itself aborts if an interrupt meets the end of execSync in an unlucky moment."""
    return outcome.status is RunStatus.INTERRUPTED or "v8::ToLocalChecked" in outcome.text


def test_an_interrupt_that_also_ends_a_child_never_ends_the_next_run(
    session: Session, need: Callable[[str], None]
) -> None:
    need("javascript")
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(3)]
    try:
        for _ in range(20):
            run = session.begin("javascript", CHILD)
            run.wait_text("on")
            session.pool.interrupt()
            assert was_stopped(run.finish())
            outcome = session.run("javascript", "await null; console.log('on');")
            assert (outcome.status, outcome.text) == (RunStatus.OK, "on\n")
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_harder_stops_a_child_that_ignores_ctrl_c(session: Session) -> None:
    code = "x=41; sh -c 'trap \"\" INT; echo on; while :; do sleep 0.01; done'; echo never"
    run = session.begin("sh", code)
    run.wait_text("on")
    session.pool.interrupt(1)
    session.pool.interrupt(2)
    run.finish()
    assert session.run("sh", "echo $x").text == "41\n"


def test_harder_stops_a_busy_loop_after_an_await(
    session: Session, need: Callable[[str], None]
) -> None:
    need("javascript")
    run = session.begin("javascript", "const x = 41; await 1; console.log('on'); while (true) {}")
    run.wait_text("on")
    session.pool.interrupt(2)
    assert run.finish().status is RunStatus.INTERRUPTED
    assert session.run("javascript", "console.log(`${x}`);").text == "41\n"


@pytest.mark.parametrize(
    "code",
    [
        "console.log('on'); while (true) {}",
        CHILD,
        "console.log('on'); await new Promise(f => setTimeout(f, 1e6))",
    ],
)
@pytest.mark.parametrize("levels", [(2,), (1, 2), (1, 1), (1, 2, 2)])
def test_more_force_than_needed_ends_no_other_run(
    code: str, levels: tuple[int, ...], session: Session, need: Callable[[str], None]
) -> None:
    need("javascript")
    run = session.begin("javascript", code)
    run.wait_text("on")
    for level in levels:
        session.pool.interrupt(level)
    assert was_stopped(run.finish())
    for _ in range(2):
        outcome = session.run("javascript", "await null; console.log('on');")
        assert (outcome.status, outcome.text) == (RunStatus.OK, "on\n")


def test_kill_ends_a_program_that_ignores_everything(session: Session) -> None:
    code = (
        "import os, signal, subprocess\nfor s in (1, 2, 3, 15): signal.signal(s, signal.SIG_IGN)\n"
        "p = subprocess.Popen(['sleep', '1000'], start_new_session=True)\nprint(p.pid)\n"
        "while True: pass"
    )
    run = session.begin("python", code)
    run.wait_text("\n")
    child = int(run.so_far.text)
    session.pool.interrupt(1)
    session.pool.interrupt(3)
    outcome = run.finish()
    assert outcome.status is RunStatus.DIED
    assert outcome.end.detail == "SIGKILL"
    assert not _alive(child)
    assert ("python", ShellState.DEAD, "SIGKILL") in session.states
    assert session.run("python", "'x' in globals()").text == "False\n"


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def test_a_closed_iterator_stops_the_run_and_leaves_the_shell_sane(session: Session) -> None:
    code = b"x = 41\nprint('on')\nwhile True: print('flood')"
    parts = session.pool.run("python", code, digest_of(code))
    assert isinstance(next(part for part in parts if isinstance(part, OutputArrived)).data, bytes)
    parts.close()
    assert session.run("python", "print(x)").text == "41\n"


def test_a_closed_iterator_of_a_stubborn_run_costs_the_shell(session: Session) -> None:
    code = b"import signal\nsignal.signal(2, signal.SIG_IGN)\nprint('on')\nwhile True: pass"
    parts = session.pool.run("python", code, digest_of(code))
    next(part for part in parts if isinstance(part, OutputArrived))
    parts.close()
    assert session.run("python", "print('fresh')").text == "fresh\n"


def test_an_interrupt_while_the_shell_starts_runs_nothing(session: Session) -> None:
    def stop(language: str, state: ShellState, folder: str, detail: str) -> None:
        if state is ShellState.STARTING:
            session.pool.interrupt()

    session.pool.watch(stop)
    outcome = session.run("python", "print('never')")
    assert outcome.status is RunStatus.INTERRUPTED
    assert outcome.text == ""
