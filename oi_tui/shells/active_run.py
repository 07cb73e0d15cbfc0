"""One run as a shell's I/O thread sees it: what came out, what is missing, when it is over."""

from __future__ import annotations

import time
from dataclasses import dataclass

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.base import DisplayArrived, InputChanged, LineArrived, OutputArrived, RunEnded
from oi_tui.shells.input_watch import INTERVAL, InputWatch
from oi_tui.shells.marks import Mark
from oi_tui.shells.messages import AtLine, Ended, Shown
from oi_tui.shells.run_queue import RunQueue

# The end overtakes the last output: a terminal delivers through a worker of the kernel. Its mark is
# waited for as long as output keeps coming, and this many seconds beyond.
BARRIER_SILENCE = 1.0
BARRIER_LIMIT = 5.0
# A program that a shell has just forked is not itself yet, and would miss the signal. No person is
# quick enough to notice, but other code is.
EARLIEST_INTERRUPT = 0.03  # seconds after the run began
END_MARK, PLACE_MARK = "e", "d"


@dataclass(slots=True)
class _Barrier:
    message: Ended
    since: float
    quiet_since: float
    was_late: bool = False


class ActiveRun:
    """Fills the queue of one run. Belongs to the I/O thread but for interrupts."""

    def __init__(self, run_id: str, queue: RunQueue, watch: InputWatch) -> None:
        self.run_id = run_id
        self.queue = queue
        self.interrupted = False
        self._began: float | None = None
        self._undelivered = 0  # the level of an interrupt whose time has not come
        self._watch = watch
        self._started = time.monotonic()
        self._next_look = self._started + INTERVAL
        self._marks_seen: set[str] = set()
        self._shown: dict[str, DisplayArrived] = {}
        self._barrier: _Barrier | None = None

    # -- interrupts -----------------------------------------------------------------------------
    def ask_interrupt(self, level: int) -> None:
        """Note that an interrupt is wanted."""
        self.interrupted = True
        self._undelivered = max(self._undelivered, level)

    def due_interrupt(self, now: float) -> int:
        """Return the level of an interrupt to be delivered now, once, or 0."""
        if not self._undelivered or now < self._interrupt_time():
            return 0
        level, self._undelivered = self._undelivered, 0
        return level

    def _interrupt_time(self) -> float:
        return float("inf") if self._began is None else self._began + EARLIEST_INTERRUPT

    # -- what comes in --------------------------------------------------------------------------
    def take_begin(self, now: float) -> None:
        """Note that the driver has the code."""
        self._began = now

    def take_output(self, data: bytes, now: float) -> None:
        """Pass output on."""
        self.queue.put(OutputArrived(data))
        self._watch.note_output(data, now)
        if self._barrier:
            self._barrier.quiet_since = now

    def take_line(self, message: AtLine) -> None:
        """Pass the active line on."""
        self.queue.put(LineArrived(message.line))

    def take_shown(self, message: Shown) -> None:
        """Keep a picture until the mark at its place comes by."""
        self._shown[message.place] = DisplayArrived(message.mime, message.data)

    def take_mark(self, mark: Mark) -> None:
        """Note how far the output has been read."""
        if mark.kind == END_MARK:
            self._marks_seen.add(mark.nonce)
        elif mark.kind == PLACE_MARK and mark.nonce in self._shown:
            self.queue.put(self._shown.pop(mark.nonce))

    def take_end(self, message: Ended, now: float) -> None:
        """Note that the driver said the run is over."""
        self._barrier = _Barrier(message, now, now)

    # -- where it stands ------------------------------------------------------------------------
    @property
    def ending(self) -> bool:
        """Whether only the rest of the output is missing: it is read whatever flow control says."""
        return self._barrier is not None

    def seconds_to_wait(self, now: float) -> float:
        """Return when to look again."""
        if self._barrier is None:
            due = self._interrupt_time() if self._undelivered else self._next_look
            return max(0.0, min(due, self._next_look) - now)
        return max(0.0, min(self._deadlines(self._barrier)) - now)

    def finished(self, now: float) -> Ended | None:
        """Return the driver's last word once all output has been read, or after a deadline."""
        barrier = self._barrier
        if barrier is None:
            return None
        complete = barrier.message.mark in self._marks_seen or not barrier.message.mark
        late = now >= min(self._deadlines(barrier))
        if complete or (late and barrier.was_late):
            return barrier.message
        # Late once is not enough: on a busy machine this thread itself may have slept, and the
        # terminal is read once more before the next call.
        barrier.was_late = late
        return None

    @staticmethod
    def _deadlines(barrier: _Barrier) -> tuple[float, float]:
        return barrier.quiet_since + BARRIER_SILENCE, barrier.since + BARRIER_LIMIT

    def look_for_input(self, now: float) -> InputChanged | None:
        """Look whether the program waits for the person, some 20 times a second."""
        if self._barrier or now < self._next_look:
            return None
        self._next_look = now + INTERVAL
        changed = self._watch.look(now)
        if changed is not None:
            self.queue.put(changed)
        return changed

    # -- how it ends ----------------------------------------------------------------------------
    def end(self, status: RunStatus, code: int | None, folder: str, detail: str) -> None:
        """Pass on what is left, and the end."""
        for display in self._shown.values():
            self.queue.put(display)
        closing = self._watch.end()
        if closing is not None:
            self.queue.put(closing)
        seconds = time.monotonic() - self._started
        self.queue.put(RunEnded(status, code, seconds, folder, detail))
