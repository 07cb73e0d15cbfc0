"""Whether a program waits for the person: seen for every way of asking, never seen in a flood."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from oi_tui.protocol.items import InputMode
from oi_tui.shells.base import InputChanged
from oi_tui.shells.input_watch import PAUSE, SILENCE, InputWatch, foreground_wait
from oi_tui.shells.kernel_waits import Wait
from oi_tui.shells.pty_process import Command, PtyProcess
from oi_tui.shells.terminal_modes import TerminalModes
from tests.shells.running import Session
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shell
LINE, RAW, PASSWORD = InputMode.LINE, InputMode.RAW, InputMode.PASSWORD
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel does not tell")

ASK_IN_NODE = (
    "const lines = require('readline').createInterface({{input: process.stdin, "
    "output: process.stdout, terminal: {terminal}}});"
    "const got = await new Promise(f => lines.question('? ', f)); lines.close(); got"
)
ASKS = [
    ("python", "input('? ')", LINE),
    ("python", "print('name?')\ninput()", LINE),
    ("python", "import getpass\ngetpass.getpass()", PASSWORD),
    ("python", "import readline\ninput('? ')", RAW),
    ("python", "import sys\nsys.stdin.readline()", LINE),
    ("python", "import select\nprint('name?')\nselect.select([0], [], [])\ninput()", LINE),
    ("python", "import select\nprint('?')\np = select.poll()\np.register(0, 1)\np.poll()\ninput()",
     LINE),
    ("python", "import threading\nt = threading.Thread(target=input)\nt.start()\nt.join()", LINE),
    ("python", "import subprocess\nsubprocess.run(['head', '-n1'])", LINE),
    *((shell, code, mode) for shell in ("bash", "zsh", "sh") for code, mode in (
        ("read x", LINE),
        ("head -n1", LINE),
        ("true | head -n1 /dev/tty", LINE),
    )),
    ("bash", "read -s x", PASSWORD),
    ("bash", "echo name; read -t 100 x", LINE),
    ("bash", "read -n1 x", RAW),
    ("zsh", "read -s x", PASSWORD),
    ("javascript", ASK_IN_NODE.format(terminal="false"), LINE),
    ("javascript", ASK_IN_NODE.format(terminal="true"), RAW),
]  # fmt: skip


@linux
@pytest.mark.parametrize(("language", "code", "mode"), ASKS)
def test_a_program_that_asks_is_seen_to_wait(
    language: str, code: str, mode: InputMode, session: Session, need: Callable[[str], None]
) -> None:
    need(language)
    run = session.begin(language, code)
    run.wait_input(mode)
    session.pool.write(b"x\r" if mode is RAW else b"x\n")
    assert run.finish().parts


WORKS = [
    ("python", "for i in range(300000): print(i)"),
    ("python", "import sys\nfor i in range(30000): sys.stdout.write('no line end')"),
    ("python", "print('...', end='')\nimport asyncio\nawait asyncio.sleep(1)"),
    ("python", "import subprocess\nsubprocess.run('yes | head -c 3000000', shell=True);"),
    ("bash", "yes | head -c 3000000"),
    ("bash", "printf ...; sleep 1"),
    ("javascript", "for (let i = 0; i < 100000; i++) console.log(i);"),
    ("javascript", "process.stdout.write('...'); await new Promise(f => setTimeout(f, 1000));"),
]


@linux
@pytest.mark.parametrize(("language", "code"), WORKS)
def test_a_program_that_works_is_not(
    language: str, code: str, session: Session, need: Callable[[str], None]
) -> None:
    need(language)
    parts = session.run(language, code).parts
    assert not [part for part in parts if isinstance(part, InputChanged)]


@dataclass(frozen=True)
class Watched:
    process: PtyProcess
    modes: TerminalModes
    watch: InputWatch

    @property
    def wait(self) -> Wait:
        return foreground_wait(self.process, self.modes.terminal)

    @property
    def program(self) -> bytes:
        with open(f"/proc/{self.process.pid}/cmdline", "rb") as file:
            return file.read()


@contextmanager
def _watched(script: str) -> Iterator[Watched]:
    """A program on a terminal that nobody reads, and its watch."""
    arguments = ("/bin/sh", "-c", f"read go; {script}")  # the modes are reset before
    process = PtyProcess(Command(arguments, dict(os.environ), "/"), 80, 24)
    try:
        modes = TerminalModes(process.master)
        os.write(process.master, b"\n")
        wait_until(process.has_unread_output)
        os.read(process.master, 100)  # the echo
        yield Watched(process, modes, InputWatch(process, modes))
    finally:
        process.signal_leader(signal.SIGKILL)
        wait_until(lambda: process.exit_status() is not None)
        process.close()


@linux
@pytest.mark.parametrize("settings", ["", "stty raw; ", "stty -echo; "])
def test_a_flood_that_nobody_reads_never_waits(settings: str) -> None:
    with _watched(f"{settings}exec yes") as it:
        wait_until(lambda: it.program.startswith(b"yes") and _sleeps(it.process.pid))
        assert it.wait is Wait.ELSEWHERE
        looks = [it.watch.look(now) for now in (0.0, PAUSE, SILENCE, 100.0)]
    assert not [look for look in looks if look is not None and look.waiting]


def _sleeps(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return stat.read().rpartition(b") ")[2][:1] == b"S"


POLL = "import select; print('on', flush=True); select.select([0], [], [])"


@linux
def test_a_program_that_could_take_input_waits_only_in_silence() -> None:
    with _watched(f"exec {shlex.quote(sys.executable)} -c {shlex.quote(POLL)}") as it:
        wait_until(lambda: it.wait is Wait.WATCHING)
        assert it.watch.look(100.0) is None  # what it wrote has not even been read
        it.watch.note_output(os.read(it.process.master, 100), 100.0)
        assert it.watch.look(100.1) is None
        assert it.watch.look(101.0) == InputChanged(LINE, waiting=True)
        it.watch.note_output(b"typed", 101.0)
        assert it.watch.look(101.0) is None  # it goes on waiting


@pytest.mark.parametrize(
    ("settings", "mode", "written", "pause"),
    [("", LINE, b"name? ", SILENCE), ("stty -echo; ", PASSWORD, b"\r\n", PAUSE)],
)
def test_without_the_kernels_word_silence_tells(
    settings: str, mode: InputMode, written: bytes, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "a machine that nobody knows")
    with _watched(f"{settings}exec sleep 1000") as it:
        wait_until(lambda: it.program.startswith(b"sleep"))
        it.watch.note_output(written, 0.0)
        looks = [it.watch.look(now) for now in (0.0, pause / 2, pause)]
    assert looks[-1] == InputChanged(mode, waiting=True)
    assert not [look for look in looks[:-1] if look is not None and look.waiting]
