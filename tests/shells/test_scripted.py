from __future__ import annotations

import hashlib
import threading

import pytest

from oi_tui.protocol.items import ErrorInfo, ErrorKind, InputMode, RunStatus, ShellState
from oi_tui.shells.base import InputChanged, OutputArrived, RunEnded, RunPart, ShellError, Shells
from oi_tui.shells.scripted import Fail, Hold, ScriptedShells, TakeInput
from tests.support.waiting import wait_until


def _run(shells: Shells, code: bytes, language: str = "python") -> list[RunPart]:
    return list(shells.run(language, code, hashlib.sha256(code).hexdigest()))


def _status(parts: list[RunPart]) -> RunStatus:
    end = parts[-1]
    assert isinstance(end, RunEnded)
    return end.status


class _Background(threading.Thread):
    def __init__(self, shells: ScriptedShells, code: bytes) -> None:
        super().__init__(daemon=True)
        self._shells, self._code = shells, code
        self.parts: list[RunPart] = []

    def run(self) -> None:
        digest = hashlib.sha256(self._code).hexdigest()
        for part in self._shells.run("python", self._code, digest):
            self.parts.append(part)


def test_the_code_chooses_the_parts() -> None:
    shells = ScriptedShells({"print": [OutputArrived(b"hi\r\n")]})
    parts = _run(shells, b"print('hi')")
    assert parts[0] == OutputArrived(b"hi\r\n")
    assert _status(parts) is RunStatus.OK
    assert shells.runs[0].code == b"print('hi')"


def test_another_digest_runs_nothing() -> None:
    shells = ScriptedShells({"": [OutputArrived(b"ran")]})
    parts = list(shells.run("python", b"a", hashlib.sha256(b"b").hexdigest()))
    assert _status(parts) is RunStatus.REFUSED
    assert len(parts) == 1
    assert not shells.runs


@pytest.mark.parametrize(("level", "status"), [(1, "interrupted"), (3, "died")])
def test_a_held_run_ends_when_interrupted(level: int, status: str) -> None:
    shells = ScriptedShells({"loop": [OutputArrived(b"."), Hold(), OutputArrived(b"never")]})
    run = _Background(shells, b"loop")
    run.start()
    wait_until(lambda: run.parts)
    shells.interrupt(level)
    run.join(10)
    assert _status(run.parts) is RunStatus(status)
    assert OutputArrived(b"never") not in run.parts


def test_a_released_run_goes_on() -> None:
    shells = ScriptedShells({"x": [OutputArrived(b"."), Hold(), OutputArrived(b"end")]})
    run = _Background(shells, b"x")
    run.start()
    wait_until(lambda: run.parts)
    shells.release()
    run.join(10)
    assert OutputArrived(b"end") in run.parts


def test_a_run_takes_typed_input_and_tells_the_watcher() -> None:
    shells = ScriptedShells({"input": [TakeInput()]})
    states: list[ShellState] = []
    shells.watch(lambda language, state, folder, detail: states.append(state))
    run = _Background(shells, b"input()")
    run.start()
    wait_until(lambda: InputChanged(InputMode.LINE, waiting=True) in run.parts)
    shells.write(b"bob\n")
    run.join(10)
    assert OutputArrived(b"bob\r\n") in run.parts
    assert states == [ShellState.BUSY, ShellState.WAITING, ShellState.BUSY, ShellState.IDLE]


def test_a_shell_that_cannot_start_raises() -> None:
    error = ShellError(ErrorInfo(ErrorKind.SHELL_MISSING, "no R"))
    with pytest.raises(ShellError):
        _run(ScriptedShells({"": [Fail(error)]}), b"x")


def test_names() -> None:
    shells = ScriptedShells()
    assert shells.resolve("py") == "python"
    assert shells.resolve("shell") == "bash"
    assert shells.resolve("cobol") is None
