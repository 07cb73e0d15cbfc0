"""Does the running program wait for the person? Looks at its terminal and its processes.

On Linux the kernel says what the foreground processes sleep for. Elsewhere, for programs of other
users (`sudo`) and for event loops it is only a hint: a terminal without echo, or an unfinished
line, and then silence.
"""

from __future__ import annotations

import os

from oi_tui.protocol.items import InputMode
from oi_tui.shells.base import InputChanged
from oi_tui.shells.kernel_waits import Wait, wait_of
from oi_tui.shells.pty_process import PtyProcess
from oi_tui.shells.terminal_modes import TerminalModes

INTERVAL = 0.05  # seconds between looks
PAUSE = 0.2  # seconds without output, of a program that has prepared for input
SILENCE = 0.7  # seconds after an unfinished line that make it a prompt


class InputWatch:
    """Looks at one run of one shell, as often as `look` is called."""

    def __init__(self, process: PtyProcess, modes: TerminalModes) -> None:
        self._process = process
        self._modes = modes
        self._last = InputChanged(InputMode.LINE, waiting=False)
        self._unfinished_line = False
        self._last_output = 0.0

    def note_output(self, data: bytes, now: float) -> None:
        """Tell what the program wrote, for the case that only its silence speaks."""
        self._unfinished_line = not data.endswith((b"\n", b"\r"))
        self._last_output = now

    def look(self, now: float) -> InputChanged | None:
        """Return what changed since the last look."""
        mode = self._modes.input_mode()
        changed = InputChanged(mode, self._waits(mode, now))
        if changed == self._last:
            return None
        self._last = changed
        return changed

    def end(self) -> InputChanged | None:
        """Return what closes an open wait when the run ends."""
        return InputChanged(InputMode.LINE, waiting=False) if self._last.waiting else None

    def _waits(self, mode: InputMode, now: float) -> bool:
        prepared = mode is not InputMode.LINE
        match foreground_wait(self._process, self._modes.terminal):
            case Wait.READING:
                return True
            case Wait.ELSEWHERE:
                return False
            case Wait.WATCHING:  # once it waits, the echo of what is typed does not end that
                return prepared or self._last.waiting or self._silent(PAUSE, now)
            case Wait.LOOPING if prepared:
                return True
        return (prepared or self._unfinished_line) and (
            self._last.waiting or self._silent(PAUSE if prepared else SILENCE, now)
        )

    def _silent(self, seconds: float, now: float) -> bool:
        return now - self._last_output >= seconds and not self._process.has_unread_output()


def foreground_wait(process: PtyProcess, terminal: str) -> Wait:
    """Return what the programs sleep for that the terminal's keys would reach."""
    group = process.foreground_group()
    if not group:
        return Wait.UNKNOWN
    waits = (wait_of(pid, terminal) for pid in _group_below(process.pid, group))
    return min(waits, default=Wait.UNKNOWN)


def _group_below(leader: int, group: int) -> list[int]:
    """Return the members of a group among the descendants of `leader`."""
    members, todo = [], [leader]
    while todo:
        pid = todo.pop()
        try:
            if os.getpgid(pid) == group:
                members.append(pid)
            with open(f"/proc/{pid}/task/{pid}/children") as children:
                todo += map(int, children.read().split())
        except (OSError, ValueError):
            continue
    return members
