"""The headless front end over a real engine with a scripted model and scripted shells.

`python scripted_program.py SCRIPT PROMPT [--json | --quiet] [-y]`
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from oi_tui.config.schema import SafeMode, Settings
from oi_tui.engine.bus import Bus
from oi_tui.engine.engine import Engine
from oi_tui.engine.live import EngineControls, Listener
from oi_tui.headless.runner import Runner
from oi_tui.models.scripted import CutOff, Fault, Hold, Proposal, Reply, Script, ScriptedModel
from oi_tui.protocol.events import Envelope, Event
from oi_tui.protocol.items import ErrorKind, InputMode, RunStatus
from oi_tui.shells import scripted as shells
from oi_tui.shells.base import OutputArrived, RunEnded
from oi_tui.shells.scanning import Scan
from tests.support.hostile import CORPUS

HOSTILE = b" ".join(CORPUS)
MODELS: dict[str, Sequence[Script]] = {
    "prose": ["Hello **there**."],
    "run": [Reply(["I will print.\n", Proposal("python", "print(6 * 7)")]), "It is 42."],
    "fail": [Reply([Proposal("bash", "exit 3")]), "It failed."],
    "input": [Reply([Proposal("python", "input(question)")]), "Thanks."],
    "password": [Reply([Proposal("bash", "read -s secret")]), "Thanks."],
    "endless": [Reply([Proposal("python", "while True: pass")]), "Stopped."],
    "thinking": [Reply(["Let me think", Hold()])],
    "fault": [Reply([Fault(ErrorKind.AUTH, "The key was refused", "\x1b[31m401\x1b[0m")])],
    "cut": [Reply(["Half a sen", CutOff()])],
    "hostile": [
        Reply(
            [HOSTILE.decode("utf-8", "replace"), Proposal("python", "print(6 * 7)\x1b[2J\u202e")]
        ),
        "Done.",
    ],
    "same": [Reply([Proposal("python", "print(1)")]) for _ in range(30)],
}
SHELLS: dict[str, Sequence[shells.Step]] = {
    "6 * 7": [OutputArrived(HOSTILE if "hostile" in sys.argv else b"42\r\n")],
    "exit 3": [OutputArrived(b"no\r\n"), RunEnded(RunStatus.ERROR, 3, 0.1, "/tmp")],
    "input": [OutputArrived(b"Name? "), shells.TakeInput()],
    "read -s": [OutputArrived(b"Password: "), shells.TakeInput(InputMode.PASSWORD)],
    "while True": [OutputArrived(b"busy\r\n"), shells.Hold()],
}


class ScriptedScanner:
    """Finds something in everything."""

    def scan(self, code: str, language: str, is_cancelled: Callable[[], bool]) -> Scan:
        return Scan((f"semgrep, line 1: {len(code)} bytes of {language}",), has_findings=True)


class ScriptedSession:
    """A `LiveSession` over scripted parts."""

    session_id = "20260101-000000-scripted"
    folder = "/tmp"
    envelopes: Sequence[Envelope] = ()
    read_only = ""
    file = ""

    def __init__(self, script: str, *, auto_run: bool, safe_mode: SafeMode) -> None:
        self._bus = Bus(self.session_id)
        self._engine = Engine(
            settings=Settings(model="scripted", auto_run=auto_run, safe_mode=safe_mode),
            model=ScriptedModel(MODELS[script]),
            shells=shells.ScriptedShells(SHELLS, folder=self.folder),
            bus=self._bus,
            folder=self.folder,
            scanner=ScriptedScanner(),
        )

    @property
    def engine(self) -> EngineControls | None:
        return self._engine

    def subscribe(self, listener: Listener) -> None:
        self._bus.subscribe(listener)

    def start(self) -> None:
        self._engine.start()

    def emit(self, event: Event) -> bool:
        return self._bus.emit(event)

    def close(self) -> None:
        self._engine.stop()


def main() -> int:
    safe_mode = next((mode for mode in SafeMode if f"--safe={mode}" in sys.argv), SafeMode.OFF)
    session = ScriptedSession(sys.argv[1], auto_run="-y" in sys.argv, safe_mode=safe_mode)
    runner = Runner(session, as_json="--json" in sys.argv, quiet="--quiet" in sys.argv)
    code = runner.run(sys.argv[2])
    session.close()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
