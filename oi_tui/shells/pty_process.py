"""One child process on a pseudo terminal of its own, by pexpect. Knows no language, no thread."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The number under which a child has its control channel: Node hides descriptors from its children
# up to 15 only. Who starts a child made the channel before, so that nothing else begins at 3.
CONTROL = 3
# Set to be ignored in this program, or by a library in it, they would stay so in every child.
_RESET_SIGNALS = ("PIPE", "XFSZ", "INT", "QUIT", "TERM", "HUP", "TSTP", "TTIN", "TTOU", "CHLD")


@dataclass(frozen=True, slots=True)
class Command:
    """What to start: absolute program and arguments, whole environment, first folder."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    control: int | None = None  # descriptor that the child keeps, as CONTROL


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """How a process ended: one of the two is set."""

    code: int | None
    signal_name: str

    def __str__(self) -> str:
        return self.signal_name or f"exit code {self.code}"


class PtyProcess:
    """A started child: its pid (leader of a session), the master of its terminal, its end.

    Raises:
        OSError: the program could not be started.
    """

    def __init__(self, command: Command, columns: int, rows: int) -> None:
        self._child = _spawn(command, columns, rows)
        self.pid: int = self._child.pid
        self.master: int = self._child.child_fd
        os.set_inheritable(self.master, False)
        os.set_blocking(self.master, False)

    def exit_status(self) -> ExitStatus | None:
        """Return how it ended, or None while it lives. Background jobs do not matter."""
        import pexpect

        try:
            if self._child.isalive():
                return None
        except pexpect.ExceptionPexpect:  # somebody else reaped it
            return ExitStatus(None, "unknown")
        number = self._child.signalstatus
        if number is None:
            return ExitStatus(self._child.exitstatus, "")
        return ExitStatus(None, _signal_name(number))

    def exit_descriptor(self) -> int | None:
        """Open a descriptor that becomes readable when the child ends, where there is such a thing.

        The caller closes it.
        """
        pidfd_open: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
        if pidfd_open is None:
            return None
        try:
            return pidfd_open(self.pid)
        except OSError:
            return None

    def resize(self, columns: int, rows: int) -> None:
        """Tell the kernel the new size; it signals the foreground programs."""
        try:
            self._child.setwinsize(rows, columns)
        except OSError:
            return

    def has_unread_output(self) -> bool:
        """Return whether programs wrote something that nobody has read yet."""
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        return any(events & select.POLLIN for _, events in poll.poll(0))

    def foreground_group(self) -> int | None:
        """Return the process group that the terminal's keys would signal."""
        try:
            return os.tcgetpgrp(self.master)
        except OSError:
            return None

    def signal_foreground(self, number: signal.Signals) -> None:
        """Signal the foreground group, as a key of the terminal would, whatever its queue holds."""
        group = self.foreground_group()
        if group:
            _send(os.killpg, group, number)

    def signal_leader(self, number: signal.Signals) -> None:
        """Signal the child itself."""
        _send(os.kill, self.pid, number)

    def close(self) -> None:
        """Close the terminal. The child must have ended."""
        self._child.close(force=False)


def _send(send: Callable[[int, int], None], target: int, number: signal.Signals) -> None:
    try:
        send(target, number)
    except OSError:
        return


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _spawn(command: Command, columns: int, rows: int) -> Any:
    import pexpect  # not needed before the first shell
    import ptyprocess

    def spawn_with_descriptors(_: object, arguments: Sequence[str], **options: Any) -> Any:
        kept = () if command.control is None else (command.control,)
        return ptyprocess.PtyProcess.spawn(arguments, pass_fds=kept, **options)

    # ptyprocess can hand descriptors on, pexpect does not ask it to.
    spawn = type("Spawn", (pexpect.spawn,), {"_spawnpty": spawn_with_descriptors})
    try:
        child = spawn(
            command.arguments[0],
            list(command.arguments[1:]),
            env=dict(command.environment),
            cwd=command.folder,
            timeout=None,
            dimensions=(rows, columns),
            preexec_fn=lambda: _prepare_child(command.control),
        )
    except (pexpect.ExceptionPexpect, ptyprocess.PtyProcessError) as error:
        raise OSError(str(error)) from error
    child.delayafterclose = child.ptyproc.delayafterclose = 0
    return child


def _prepare_child(control: int | None) -> None:
    """Runs between fork and exec."""
    for name in _RESET_SIGNALS:
        signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if control is None:
        return
    if control == CONTROL:
        os.set_inheritable(control, True)
    else:
        os.dup2(control, CONTROL)
        os.close(control)
