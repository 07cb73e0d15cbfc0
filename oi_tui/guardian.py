"""The small parent process of the full-screen application.

Owns the terminal's settings and the tree of processes, and gives both back whatever way the
application ends: by itself, by an error, by a signal, or because the terminal went away. It shares
the terminal and the process group with its child, so job control works as for one program. Knows
no screen and no session; needs only the standard library and starts in a few milliseconds.

The life pipe: only the guardian holds its writing end, so the child reads end-of-file the moment
the guardian is gone, and then does the guardian's work itself. A death signal from the kernel
(PR_SET_PDEATHSIG) would end the child before it could restore the terminal, so none is set.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

from oi_tui.processes import become_reaper, end_descendants, hide_memory

GRACE = 2.5  # seconds that the child has to end by itself after a signal
WAKE_UP = 0.05  # seconds that a shell takes to wake all of a job
CRASHED = 70  # EX_SOFTWARE
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_CLEAN = b"clean"
_SESSION = b"session "
_LEAVE = (
    "\x1b[?2026l"  # synchronized output
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus, bracketed paste, resize reports
    "\x1b[<u"  # kitty keys: kept per screen, so before the alternate screen is left
    "\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"
)


class Terminal:
    """The terminal as it was before the application."""

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor
        self._before = self._settings()

    def _settings(self) -> list[Any] | None:
        with contextlib.suppress(termios.error, OSError):
            return termios.tcgetattr(self.descriptor)
        return None

    def changed(self) -> bool:
        """Return whether somebody left other settings than were found."""
        now = self._settings()
        return now is not None and now != self._before

    def restore(self) -> None:
        """Put the settings back and drop what was typed meanwhile."""
        if self._before is None:
            return
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self._before)
            termios.tcflush(self.descriptor, termios.TCIFLUSH)

    def leave_modes(self) -> None:
        """Switch off every mode that the application switches on."""
        for descriptor in (1, 2):
            if os.isatty(descriptor):
                with contextlib.suppress(OSError):
                    os.write(descriptor, _LEAVE.encode())
                return


class Link:
    """The child's side: tells the guardian what it needs, and notices the guardian's death."""

    def __init__(self, report: int, life: int, terminal: Terminal) -> None:
        self._report = report
        self._life = life
        self._terminal = terminal
        os.set_blocking(report, False)  # it is read at the end: a full pipe must hold nobody up

    def remember(self, line: str) -> None:
        """Have this line printed after the end, such as how to come back to the session."""
        self._send(_SESSION + line.replace("\n", " ").encode("utf-8", "replace"))

    def ended_cleanly(self) -> None:
        """Tell that the terminal was left in order."""
        self._send(_CLEAN)

    def _send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._report, message + b"\n")

    def watch(self) -> None:
        """Take over once the guardian is gone, from a thread of its own."""
        threading.Thread(target=self._watch, name="guardian-watch", daemon=True).start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self._life, 1):
                pass
        self._terminal.restore()
        self._terminal.leave_modes()
        end_descendants()
        os._exit(128 + signal.SIGTERM)


Program = Callable[[Link], int]


def guard(program: Program) -> int:
    """Run `program` in a child that shares the terminal; return the exit code for the shell.

    A child ended by signal n, or an application that was asked to end by it, gives 128 + n. What
    the child started and left behind is gone when this returns.
    """
    terminal = Terminal()
    hide_memory()  # before the fork: the child inherits it
    report_out, report_in = os.pipe()
    life_out, life_in = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_FORWARDED, signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        os.close(report_out)
        os.close(life_in)
        _run_child(program, Link(report_in, life_out, terminal))
    os.close(report_in)
    os.close(life_out)
    return _Guardian(child, report_out, terminal).run()


def _run_child(program: Program, link: Link) -> None:
    """Be the application. Never returns into the guardian's code."""
    code = CRASHED
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup can't keep a screen without a terminal
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_FORWARDED, signal.SIGCHLD})
        link.watch()
        code = program(link)
        link.ended_cleanly()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class _Guardian:
    """The parent's side: waits, passes signals on, and cleans up."""

    def __init__(self, child: int, report: int, terminal: Terminal) -> None:
        self._child = child
        self._report = report
        self._terminal = terminal
        self._status: int | None = None
        self._asked: int = 0  # the signal that asked us to end
        self._deadline = float("inf")
        self._wake_out, self._wake_in = os.pipe()

    def run(self) -> int:
        become_reaper()
        self._listen()
        while self._status is None:
            self._wait()
        return self._clean_up(self._status)

    # -- waiting ------------------------------------------------------------------------------
    def _listen(self) -> None:
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        for number in (*_FORWARDED, signal.SIGCHLD):
            signal.signal(number, lambda _number, _frame: None)
        for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_FORWARDED, signal.SIGCHLD})

    def _wait(self) -> None:
        """Wait for one thing to happen and answer it."""
        poll = select.poll()
        poll.register(self._wake_out, select.POLLIN)
        if not self._asked and sys.platform == "linux":
            poll.register(self._terminal.descriptor, 0)
        left = self._deadline - time.monotonic()
        ready = dict(poll.poll(None if left == float("inf") else max(0, left * 1000)))
        if ready.get(self._terminal.descriptor):
            self._end_child(signal.SIGHUP)  # the other side of the terminal was closed
        for number in self._signals() if self._wake_out in ready else b"":
            if number == signal.SIGINT:
                self._send(signal.SIGINT)
            elif number in _FORWARDED:
                self._end_child(number)
        self._reap()
        if time.monotonic() >= self._deadline:
            self._send(signal.SIGKILL)
            self._deadline = float("inf")

    def _signals(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._wake_out, 4096)
        return b""

    def _send(self, number: int) -> None:
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, number)

    def _end_child(self, number: int) -> None:
        self._send(number)
        if not self._asked:
            self._asked = number
            self._deadline = time.monotonic() + GRACE

    def _reap(self) -> None:
        """Collect the child and every orphan that came to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid != self._child:
                continue
            if os.WIFSTOPPED(status):
                self._stop_too()
            else:
                self._status = status

    def _stop_too(self) -> None:
        """Stop with the child, so that the shell sees the whole job stopped; then go on with it.

        A child that stopped itself has left its modes; one that was stopped from outside has not.
        In a group without a shell the kernel ignores SIGTSTP, and the child just goes on.
        """
        is_stopped = True
        while is_stopped:
            if self._terminal.changed():
                self._terminal.leave_modes()
                self._terminal.restore()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            is_stopped = self._stopped_again()

    def _stopped_again(self) -> bool:
        """Have the child go on too; return whether it has stopped once more by then.

        The shell wakes both, in no order: the child may be running, or stopped by another Ctrl+Z,
        before we look, or not be woken yet.
        """
        news = os.WNOHANG | os.WCONTINUED | os.WUNTRACED
        end = time.monotonic() + WAKE_UP
        pid, status = os.waitpid(self._child, news)
        while pid == 0 and time.monotonic() < end:
            time.sleep(0.002)
            pid, status = os.waitpid(self._child, news)
        if pid == 0:
            self._send(signal.SIGCONT)  # only we were told to go on
        elif os.WIFSTOPPED(status):
            return True
        elif not os.WIFCONTINUED(status):
            self._status = status
        return False

    # -- cleaning up --------------------------------------------------------------------------
    def _clean_up(self, status: int) -> int:
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        clean, session = self._reports()
        if not clean and (killed_by or self._terminal.changed()):
            self._terminal.leave_modes()
        self._terminal.restore()
        end_descendants()
        self._say(killed_by or self._asked, session)
        if self._asked:
            return 128 + self._asked
        return 128 + killed_by if killed_by else os.waitstatus_to_exitcode(status)

    def _reports(self) -> tuple[bool, str]:
        """Return whether the child ended in order, and the last line it wanted printed."""
        os.set_blocking(self._report, False)
        data = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self._report, 65536):
                data += piece
        lines = data.split(b"\n")
        sessions = [line for line in lines if line.startswith(_SESSION)]
        last = sessions[-1][len(_SESSION) :] if sessions else b""
        return _CLEAN in lines, last.decode("utf-8", "replace")

    @staticmethod
    def _say(ended_by: int, session: str) -> None:
        from oi_tui.text.translation import tr

        parts = [session] if session else []
        if ended_by:
            name = signal.Signals(ended_by).name
            parts.insert(0, tr("oi-tui was ended by {signal}.", signal=name))
        if parts:
            with contextlib.suppress(OSError):
                os.write(2, (" ".join(parts) + "\n").encode("utf-8", "replace"))
