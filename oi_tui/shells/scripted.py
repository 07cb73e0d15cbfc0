"""A `Shells` without processes: what the code contains decides what happens.

Owns a script (code substring -> steps) and a record of what was asked of it. It checks the digest
as the real pool does, and can be interrupted, typed into and killed. For the tour, tests, pictures.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oi_tui.protocol.items import InputMode, RunStatus, ShellState
from oi_tui.shells.base import (
    InputChanged,
    OutputArrived,
    OutputTap,
    RunEnded,
    RunPart,
    ShellError,
    ShellWatcher,
)
from oi_tui.shells.languages import BASH, LANGUAGES, canonical_name


@dataclass(frozen=True, slots=True)
class Hold:
    """A step that lasts until the run is interrupted, killed, or released by `release`."""


@dataclass(frozen=True, slots=True)
class TakeInput:
    """A step in which the program waits for a line and, in line mode, its terminal echoes it."""

    mode: InputMode = InputMode.LINE


@dataclass(frozen=True, slots=True)
class Fail:
    """A step that raises: the shell could not be started."""

    error: ShellError


Step = RunPart | Hold | TakeInput | Fail


@dataclass(frozen=True, slots=True)
class ScriptedRun:
    """One run that was asked for and began."""

    language: str
    code: bytes


class ScriptedShells:
    """Follows the first entry of `script` whose key is part of the code; without one, says nothing.

    A run whose steps bring no `RunEnded` ends OK with exit code 0.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Step]] | None = None,
        *,
        folder: str = "/home/user/project",
        languages: Sequence[str] = LANGUAGES,
        tap: OutputTap | None = None,
    ) -> None:
        self.script: dict[str, Sequence[Step]] = dict(script or {})
        self.runs: list[ScriptedRun] = []
        self.interrupts: list[int] = []
        self.written = b""
        self.restarts: list[str] = []
        self.warmed: list[str] = []
        self.size = (100, 30)
        self.closed = False
        self._folder = folder
        self._languages = tuple(languages)
        self._tap = tap
        self._watchers: list[ShellWatcher] = []
        self._changed = threading.Condition()
        self._level = 0
        self._released = False
        self._typed = b""

    # -- what can run ---------------------------------------------------------------------------
    def languages(self) -> tuple[str, ...]:
        """Return the languages given at construction."""
        return self._languages

    def resolve(self, language: str) -> str | None:
        """Return the canonical name, or None for a language that was not given."""
        name = canonical_name(language, users_shell=BASH)
        return name if name in self._languages else None

    def interpreter(self, language: str) -> str:
        """Return a path that looks like one."""
        return f"/usr/bin/{language}"

    def folder(self, language: str) -> str:
        """Return the folder given at construction, for each language that was given."""
        return self._folder if language in self._languages else ""

    def warm(self, language: str) -> None:
        """Record the wish."""
        self.warmed.append(language)

    # -- runs -----------------------------------------------------------------------------------
    def run(self, language: str, code: bytes, digest: str) -> Iterator[RunPart]:
        """Yield the scripted parts; REFUSED if `digest` is not that of `code`."""
        if hashlib.sha256(code).hexdigest() != digest:
            yield self._ended(RunStatus.REFUSED, None, "digest mismatch")
            return
        steps = self._steps(code)
        for step in steps:
            if isinstance(step, Fail):
                raise step.error
        with self._changed:
            self._level, self._released, self._typed = 0, False, b""
            self.runs.append(ScriptedRun(language, code))
        self._tell(language, ShellState.BUSY)
        last = ShellState.IDLE
        try:
            for part in self._follow(language, steps):
                if isinstance(part, RunEnded) and part.status is RunStatus.DIED:
                    last = ShellState.DEAD
                yield part
        finally:
            self._tell(language, last)

    def _steps(self, code: bytes) -> Sequence[Step]:
        text = code.decode("utf-8", "replace")
        return next((steps for key, steps in self.script.items() if key in text), ())

    def _follow(self, language: str, steps: Sequence[Step]) -> Iterator[RunPart]:
        for step in steps:
            if self._level or self.closed:
                break
            if isinstance(step, Hold):
                self._wait_for(lambda: self._released)
            elif isinstance(step, TakeInput):
                yield from self._take_input(language, step.mode)
            elif not isinstance(step, Fail):
                if isinstance(step, OutputArrived):
                    self._show(language, step.data)
                yield step
                if isinstance(step, RunEnded):
                    return
        yield self._natural_end()

    def _take_input(self, language: str, mode: InputMode) -> Iterator[RunPart]:
        self._tell(language, ShellState.WAITING)
        yield InputChanged(mode, waiting=True)
        self._wait_for(lambda: b"\n" in self._typed or b"\r" in self._typed)
        with self._changed:
            line, self._typed = self._typed, b""
        yield InputChanged(InputMode.LINE, waiting=False)
        self._tell(language, ShellState.BUSY)
        if line and mode is InputMode.LINE:
            echo = line.replace(b"\r", b"\n").replace(b"\n", b"\r\n")
            self._show(language, echo)
            yield OutputArrived(echo)

    def _natural_end(self) -> RunEnded:
        if self._level >= 3 or self.closed:
            return self._ended(RunStatus.DIED, None, "SIGKILL")
        if self._level:
            return self._ended(RunStatus.INTERRUPTED, 130, "")
        return self._ended(RunStatus.OK, 0, "")

    def _ended(self, status: RunStatus, exit_code: int | None, detail: str) -> RunEnded:
        return RunEnded(status, exit_code, seconds=0.1, folder=self._folder, detail=detail)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._level or self.closed or condition())

    def _show(self, language: str, data: bytes) -> None:
        if self._tap is not None:
            self._tap.output(language, data)

    # -- what people do to a run ----------------------------------------------------------------
    def release(self) -> None:
        """Let a run that is at a `Hold` go on. Any thread."""
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def interrupt(self, level: int = 1) -> None:
        """Interrupt the run at its next or present waiting step."""
        with self._changed:
            self.interrupts.append(level)
            self._level = max(self._level, level)
            self._changed.notify_all()

    def write(self, data: bytes) -> None:
        """Type into the run."""
        with self._changed:
            self.written += data
            self._typed += data
            self._changed.notify_all()

    def resize(self, columns: int, rows: int) -> None:
        """Record the size."""
        self.size = (columns, rows)

    def restart(self, language: str) -> None:
        """Record the restart and tell the watchers."""
        self.restarts.append(language)
        self._tell(language, ShellState.DEAD)
        self._tell(language, ShellState.IDLE)

    def watch(self, watcher: ShellWatcher) -> None:
        """Tell `watcher` of BUSY, WAITING, IDLE and DEAD."""
        self._watchers.append(watcher)

    def _tell(self, language: str, state: ShellState, detail: str = "") -> None:
        for watcher in tuple(self._watchers):
            watcher(language, state, self._folder, detail)

    def close(self) -> None:
        """End a waiting run."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
