"""Run code in real shells from a test: to the end, or in the background to be watched."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from oi_tui.protocol.items import InputMode, RunStatus, ShellState
from oi_tui.shells.base import (
    DisplayArrived,
    InputChanged,
    LineArrived,
    OutputArrived,
    RunEnded,
    RunPart,
)
from oi_tui.shells.pool import ShellPool
from tests.support.waiting import wait_until


def digest_of(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()


@dataclass(frozen=True)
class Outcome:
    parts: tuple[RunPart, ...]

    @property
    def end(self) -> RunEnded:
        end = self.parts[-1]
        assert isinstance(end, RunEnded)
        return end

    @property
    def status(self) -> RunStatus:
        return self.end.status

    @property
    def output(self) -> bytes:
        return b"".join(part.data for part in self.parts if isinstance(part, OutputArrived))

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def displays(self) -> list[DisplayArrived]:
        return [part for part in self.parts if isinstance(part, DisplayArrived)]

    @property
    def lines(self) -> list[int]:
        return [part.line for part in self.parts if isinstance(part, LineArrived)]


class BackgroundRun(threading.Thread):
    """A run that somebody else consumes, so that the test can type and interrupt."""

    def __init__(self, pool: ShellPool, language: str, code: str) -> None:
        super().__init__(daemon=True)
        self._iterator: Iterator[RunPart] = pool.run(
            language, code.encode(), digest_of(code.encode())
        )
        self._parts: list[RunPart] = []
        self.start()

    def run(self) -> None:
        for part in self._iterator:
            self._parts.append(part)

    @property
    def so_far(self) -> Outcome:
        return Outcome(tuple(self._parts))

    def wait_text(self, text: str) -> None:
        wait_until(lambda: text in self.so_far.text, f"{text!r}, got {self.so_far.text[-300:]!r}")

    def wait_input(self, mode: InputMode = InputMode.LINE) -> None:
        wanted = InputChanged(mode, waiting=True)
        wait_until(lambda: wanted in self._parts, f"{wanted}, got {self._parts[-5:]}")

    def finish(self) -> Outcome:
        wait_until(lambda: not self.is_alive(), f"the end of the run after {self._parts[-5:]}")
        return self.so_far


class Session:
    """A pool and what its watcher was told."""

    def __init__(self, pool: ShellPool) -> None:
        self.pool = pool
        self.states: list[tuple[str, ShellState, str]] = []
        pool.watch(lambda language, state, _, detail: self.states.append((language, state, detail)))

    def run(self, language: str, code: str | bytes) -> Outcome:
        data = code.encode() if isinstance(code, str) else code
        return Outcome(tuple(self.pool.run(language, data, digest_of(data))))

    def begin(self, language: str, code: str) -> BackgroundRun:
        return BackgroundRun(self.pool, language, code)
