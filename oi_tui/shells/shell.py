"""One persistent shell: a child on a terminal, its control channel, its thread, one run at a time.

Owns the life of a shell and of its runs. Knows no language: `launch` does.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oi_tui.protocol.items import RunStatus, ShellState
from oi_tui.shells.active_run import ActiveRun
from oi_tui.shells.base import OutputTap, RunEnded, RunPart
from oi_tui.shells.channel import BytesDifferError, Request
from oi_tui.shells.input_watch import InputWatch
from oi_tui.shells.interrupts import Interrupter
from oi_tui.shells.io_loop import Descriptors, IoLoop
from oi_tui.shells.launch import Launch
from oi_tui.shells.messages import AtLine, Began, Ended, Message, Ready, Shown
from oi_tui.shells.output_path import OutputPath
from oi_tui.shells.process_tree import end_processes
from oi_tui.shells.pty_process import ExitStatus, PtyProcess
from oi_tui.shells.run_queue import RunQueue
from oi_tui.shells.terminal_modes import TerminalModes
from oi_tui.text.translation import tr

_LAST_WORDS = 0.2  # seconds to read what a dead shell still said
_LIFE_CHECK = 0.25  # seconds between checks where no descriptor tells

StateListener = Callable[[ShellState, str, str], None]  # state, folder, detail


@dataclass(frozen=True, slots=True)
class ShellPlace:
    """Where a shell lives: its language, folder and size, who sees its output and its states."""

    language: str
    folder: str
    columns: int
    rows: int
    tag: str
    tap: OutputTap | None
    notify: StateListener


class Shell:
    """Started by its construction; `wait_ready` tells whether that worked.

    Raises:
        OSError: the program could not be started at all.
    """

    def __init__(self, launch: Launch, place: ShellPlace) -> None:
        self.folder = place.folder
        self._place = place
        self._channel = launch.channel
        self._ready = threading.Event()
        self._gone = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._lock = threading.RLock()  # the descriptors below are open while `_gone` is not set
        self._runs = 0
        self._next_life_check = 0.0
        self._exit_code: int | None = None
        self.death = ""  # how it ended: a signal's name or an exit code
        try:
            self._process = PtyProcess(launch.command, place.columns, place.rows)
        except OSError:
            self._channel.close()
            raise
        self._channel.child_started()
        self._modes = TerminalModes(self._process.master)
        descriptors = Descriptors(
            self._process.master,
            self._channel.incoming,
            self._channel.outgoing,
            self._process.exit_descriptor(),
        )
        self._loop = IoLoop(f"{place.language}-shell", descriptors, self)
        self._output = OutputPath(place.language, place.tap, self._loop.drain_control)
        self._interrupter = Interrupter(self._process, self._modes, self._loop.type)
        self._loop.start()

    # -- life, any thread -----------------------------------------------------------------------
    @property
    def alive(self) -> bool:
        """Whether the shell can still take a run."""
        return not self._gone.is_set()

    @property
    def idle(self) -> bool:
        """Whether no run is in progress."""
        return self._idle.is_set()

    @property
    def first_words(self) -> bytes:
        """What the shell said first: the reason, if it did not start."""
        return self._output.first_words

    def wait_ready(self, timeout: float) -> bool:
        """Wait until the shell takes runs; return False if it died or took too long."""
        return self._ready.wait(timeout) and self.alive

    def settle(self, timeout: float) -> bool:
        """Wait for an abandoned run to end, with growing force; return False if it would not."""
        for level in (1, 2):
            self.interrupt(level)
            if self._idle.wait(timeout / 2):
                return self.alive
        return False

    def close(self, grace: float = 0.0) -> None:
        """End the shell and all it started. Safe from any thread, twice."""
        self.kill(grace)
        self._loop.join(5)

    def kill(self, grace: float = 0.0) -> None:
        """End the processes; the shell's thread notices and says so."""
        if self.alive:
            end_processes(self._process.pid, self._place.tag, grace)
            self._loop.wake()

    # -- what a person does, any thread ---------------------------------------------------------
    def interrupt(self, level: int) -> None:
        """Interrupt the run, if there is one. 1: as Ctrl-C; 2: harder; 3: kill the shell."""
        if level >= 3:
            self.kill()
            return
        with self._lock:
            run = self._output.run
            if run is None or not self.alive:
                return
            run.ask_interrupt(level)
            self._deliver_interrupt(run)
        self._loop.wake()

    def _deliver_interrupt(self, run: ActiveRun) -> None:
        level = run.due_interrupt(time.monotonic())
        if not level:
            return
        if level > 1:
            self._interrupter.press_harder()
        elif not self._interrupter.press_ctrl_c():
            return
        self._loop.send(self._channel.interrupt(level))

    def write(self, data: bytes) -> None:
        """Type into the running program. Without one, nothing is typed: nobody would read it."""
        with self._lock:
            if self._output.run is not None and self.alive:
                self._loop.type(data)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        with self._lock:
            if self.alive:
                self._process.resize(columns, rows)

    def wake(self) -> None:
        """Look again whether output is wanted."""
        self._loop.wake()

    # -- runs, one thread -----------------------------------------------------------------------
    def run(self, code: bytes, digest: str) -> Iterator[RunPart]:
        """Run code on an idle shell. Closing the iterator early interrupts the run."""
        queue = self._begin(code, digest)
        ended = False
        try:
            while not ended:
                part = queue.take()
                ended = isinstance(part, RunEnded)
                yield part
        finally:
            if not ended:
                queue.abandon()
                self.interrupt(1)

    def _begin(self, code: bytes, digest: str) -> RunQueue:
        queue = RunQueue(self._loop.wake)
        run = ActiveRun(os.urandom(8).hex(), queue, InputWatch(self._process, self._modes))
        self._runs += 1
        try:
            interrupts = self._interrupter.take_count()
            request = self._channel.request(
                Request(run.run_id, self._runs, code, digest, interrupts)
            )
        except BytesDifferError:
            run.end(RunStatus.REFUSED, None, self.folder, "")
            return queue
        with self._lock:
            if not self.alive:
                run.end(RunStatus.DIED, self._exit_code, self.folder, self.death)
                return queue
            self._loop.forget_typed()
            self._modes.reset()
            self._idle.clear()
            self._output.run = run
            self._loop.send(request)
        self._notify(ShellState.BUSY)
        return queue

    # -- the loop's client, its thread ----------------------------------------------------------
    def wants_output(self) -> bool:
        """Tell whether live view and consumer of the run can take more."""
        return self._output.wants_more()

    def terminal_output(self, data: bytes) -> None:
        """Pass output on."""
        self._output.take(data)

    def control_data(self, data: bytes) -> None:
        """Take the driver's messages."""
        for message in self._channel.parse(data):
            if isinstance(message, Ready):
                self.folder = message.folder or self.folder
                self._ready.set()
                self._notify(ShellState.IDLE)
            elif self._output.run is not None and message.run_id == self._output.run.run_id:
                self._take(self._output.run, message)

    def _take(self, run: ActiveRun, message: Message) -> None:
        match message:
            case Began():
                run.take_begin(time.monotonic())
                self._loop.send(self._channel.after_begin())
            case AtLine():
                run.take_line(message)
            case Shown():
                run.take_shown(message)
            case Ended():
                run.take_end(message, time.monotonic())
            case Ready():
                return

    def tick(self, *, exit_noticed: bool) -> float | None:
        """End what is over, notice death, look for programs that wait for input."""
        now = time.monotonic()
        if exit_noticed or now >= self._next_life_check:
            self._next_life_check = now + _LIFE_CHECK
            status = self._process.exit_status()
            if status is not None:
                self._note_death(status)
                return None
        run = self._output.run
        if run is None:
            return _LIFE_CHECK
        message = run.finished(now)
        if message is not None:
            self._finish(run, message)
            return _LIFE_CHECK
        with self._lock:
            self._deliver_interrupt(run)
        changed = run.look_for_input(now)
        if changed is not None:
            self._notify(ShellState.WAITING if changed.waiting else ShellState.BUSY)
        return min(_LIFE_CHECK, run.seconds_to_wait(now))

    def _finish(self, run: ActiveRun, message: Ended) -> None:
        self.folder = message.folder or self.folder
        status = message.status
        if run.interrupted and status in (RunStatus.OK, RunStatus.ERROR):
            status = RunStatus.INTERRUPTED  # shells forget why a loop of theirs ended
        self._retire(ShellState.IDLE, "")
        run.end(status, message.exit_code, self.folder, message.detail)

    def _retire(self, state: ShellState, detail: str) -> None:
        """Have no run any more. Said before the run's end, which starts the next one."""
        with self._lock:
            self._output.run = None
        self._idle.set()
        self._notify(state, detail)

    def _note_death(self, status: ExitStatus) -> None:
        self.death, self._exit_code = str(status), status.code
        deadline = time.monotonic() + _LAST_WORDS
        while self._loop.drain_terminal() and time.monotonic() < deadline:
            time.sleep(0.005)
        self._output.end()

    def loop_ended(self, failure: Exception | None) -> None:
        """Close everything and say that the shell is dead; the last act of its thread."""
        if failure is not None:
            self.death = tr("internal error: {error}", error=repr(failure))
        end_processes(self._process.pid, self._place.tag)
        run = self._output.run
        with self._lock:
            self._gone.set()
            self._process.exit_status()  # reap it, if the loop ended for another reason
            self._process.close()
            self._channel.close()
        self._ready.set()
        try:
            self._retire(ShellState.DEAD, self.death)
        finally:  # whatever a listener does, nobody waits for this run for ever
            if run is not None:
                run.end(RunStatus.DIED, self._exit_code, self.folder, self.death)

    def _notify(self, state: ShellState, detail: str = "") -> None:
        self._place.notify(state, self.folder, detail)
