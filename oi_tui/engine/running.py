"""One run, from its start to its end, as events.

Owns how much of a run's output is recorded: its beginning and its end, and a count of what lay
between. Knows no approval and no language.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import RunStatus, code_bytes, digest_of
from oi_tui.shells.base import (
    DisplayArrived,
    InputChanged,
    LineArrived,
    OutputArrived,
    RunEnded,
    RunPart,
    ShellError,
    Shells,
)
from oi_tui.text.translation import tr

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 64 * 1024
DISPLAY_BYTES = 8 * 1024 * 1024  # a larger picture is told of, not recorded
LINE_SECONDS = 0.1


class RunRecorder:
    """Turns the parts of one run into events."""

    def __init__(self, call_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._call_id, self._clock = call_id, clock
        self._count = 0
        self._tail: deque[bytes] = deque()
        self._tail_size = self._omitted = 0
        self._line_at = float("-inf")

    def part(self, part: RunPart) -> Iterator[ev.Event]:
        """Return what a part of the run means to the session."""
        match part:
            case OutputArrived(data):
                yield from self._output(data)
            case DisplayArrived(mime, data):
                if len(data) <= DISPLAY_BYTES:
                    yield ev.DisplayAdded(self._call_id, mime, data)
            case LineArrived(line):
                if self._clock() - self._line_at >= LINE_SECONDS:
                    self._line_at = self._clock()
                    yield ev.LineReached(self._call_id, line)
            case InputChanged(mode, waiting):
                yield ev.InputAwaited(self._call_id, mode, waiting)
            case RunEnded():
                yield from self.end(part)

    def end(self, end: RunEnded) -> Iterator[ev.Event]:
        """Return the events that end the run."""
        if self._omitted:
            yield ev.OutputOmitted(self._call_id, self._omitted)
        if self._tail:
            yield ev.OutputAdded(self._call_id, b"".join(self._tail))
        yield ev.RunFinished(
            self._call_id,
            end.status,
            end.exit_code,
            end.seconds,
            end.folder,
            self._count,
            end.detail,
        )

    def _output(self, data: bytes) -> Iterator[ev.Event]:
        room = max(HEAD_BYTES - self._count, 0)
        self._count += len(data)
        head, rest = data[:room], data[room:]
        if head:
            yield ev.OutputAdded(self._call_id, head)
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail_size > TAIL_BYTES:
            excess = self._tail_size - TAIL_BYTES
            first = self._tail.popleft()
            if len(first) > excess:
                self._tail.appendleft(first[excess:])
            dropped = min(len(first), excess)
            self._tail_size -= dropped
            self._omitted += dropped


def run_events(
    shells: Shells, call_id: str, language: str, code: str, is_cancelled: Callable[[], bool]
) -> Generator[ev.Event, bool, None]:
    """Run approved code; the last event is its `RunFinished`, whatever happens."""
    digest = digest_of(code)
    recorder = RunRecorder(call_id)
    yield ev.RunStarted(call_id, language, digest)
    if is_cancelled():
        yield from recorder.end(_ended(shells, language, RunStatus.INTERRUPTED))
        return
    try:
        for part in shells.run(language, code_bytes(code), digest):
            yield from recorder.part(part)
            if isinstance(part, RunEnded):
                return
    except ShellError as error:
        yield ev.Warned(error.info.kind, f"{error.info.title} {error.info.hint}".strip())
        yield from recorder.end(_ended(shells, language, RunStatus.REFUSED, error.info.title))
        return
    detail = tr("The shell went away without a word.")
    yield from recorder.end(_ended(shells, language, RunStatus.DIED, detail))


def _ended(shells: Shells, language: str, status: RunStatus, detail: str = "") -> RunEnded:
    return RunEnded(status, None, 0.0, shells.folder(language), detail)
