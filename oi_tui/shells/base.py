"""The port through which the engine runs code.

Owns the vocabulary of a run. Knows no language, no descriptor and nobody who approves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from oi_tui.protocol.items import ErrorInfo, InputMode, RunStatus, ShellState


@dataclass(frozen=True, slots=True)
class OutputArrived:
    """The program wrote bytes to its terminal."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DisplayArrived:
    """The program showed a picture or rich text."""

    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LineArrived:
    """The run is at this line of its code, from 1."""

    line: int


@dataclass(frozen=True, slots=True)
class InputChanged:
    """The program began to read its terminal, or (`waiting` false) stopped reading it."""

    mode: InputMode
    waiting: bool


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last part of every run."""

    status: RunStatus
    exit_code: int | None
    seconds: float
    folder: str
    detail: str = ""


RunPart = OutputArrived | DisplayArrived | LineArrived | InputChanged | RunEnded


class ShellError(Exception):
    """A shell could not be had; `info` says it to a person."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.title)
        self.info = info


class OutputTap(Protocol):
    """Sees every byte of every shell at once, in that shell's I/O thread, and slows programs down.

    A front end's live view. The parts of a run go to the engine beside it.
    """

    def output(self, language: str, data: bytes) -> None:
        """Take bytes that a shell's terminal received (also from background jobs)."""
        ...

    def wants_output(self, language: str) -> bool:
        """Return False to stop reading that terminal: the program then waits in write()."""
        ...

    def bind_resume(self, resume: Callable[[str], None]) -> None:
        """Receive what to call (any thread, with the language) once output is wanted again."""
        ...


ShellWatcher = Callable[[str, ShellState, str, str], None]  # language, state, folder, detail


class Shells(Protocol):
    """All shells of a session, each started when first needed. `run` is called by one thread."""

    def languages(self) -> tuple[str, ...]:
        """Return the canonical names of the languages that can run here, preferred first."""
        ...

    def resolve(self, language: str) -> str | None:
        """Return the canonical name for what was written (`py`, `sh`, `js`), or None."""
        ...

    def interpreter(self, language: str) -> str:
        """Return the path of the program that would run the language."""
        ...

    def folder(self, language: str) -> str:
        """Return the working folder of a shell (the session's, while it has not started)."""
        ...

    def warm(self, language: str) -> None:
        """Begin to start a shell. Returns at once."""
        ...

    def run(self, language: str, code: bytes, digest: str) -> Iterator[RunPart]:
        """Run exactly `code`, whose SHA-256 is `digest`, and yield what happens until `RunEnded`.

        Neighbouring output is joined. A shell whose received bytes differ runs nothing and ends
        REFUSED.

        Raises:
            ShellError: no shell could be started.
        """
        ...

    def interrupt(self, level: int = 1) -> None:
        """Interrupt what runs. 1: as Ctrl-C; 2: harder; 3: kill the shell. Any thread."""
        ...

    def write(self, data: bytes) -> None:
        """Type into the program that runs. Never blocks. Any thread."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give every terminal another size. Any thread."""
        ...

    def restart(self, language: str) -> None:
        """End a shell and forget its state; the next run starts a fresh one."""
        ...

    def watch(self, watcher: ShellWatcher) -> None:
        """Be told of every change of a shell's state, in any thread."""
        ...

    def close(self) -> None:
        """End every shell and all it started. Safe from any thread, twice."""
        ...
