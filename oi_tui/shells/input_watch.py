"""Does the running program wait for the person? Looks at its terminal and its processes.

A hint, never a fact: on Linux the kernel says where the foreground process sleeps; elsewhere, and
for programs that wait in an event loop, an unfinished line followed by silence counts as a prompt.
"""

from __future__ import annotations

import os
from enum import Enum

from oi_tui.protocol.items import InputMode
from oi_tui.shells.base import InputChanged
from oi_tui.shells.pty_process import PtyProcess
from oi_tui.shells.terminal_modes import TerminalModes

INTERVAL = 0.05  # seconds between looks
SILENCE = 0.7  # seconds after an unfinished line that make it a prompt
_READS = ("n_tty_read", "wait_woken")
_POLLS = ("poll", "select")


class Sleep(Enum):
    """Where the foreground processes are."""

    READING = "reading"  # in a read of the terminal
    POLLING = "polling"  # in an event loop, which may watch the terminal
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


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
        sleep = foreground_sleep(self._process)
        if sleep is Sleep.READING:
            return True
        if sleep is Sleep.ELSEWHERE:
            return False
        silent = now - self._last_output >= SILENCE
        return mode is not InputMode.LINE or (self._unfinished_line and silent)


def foreground_sleep(process: PtyProcess) -> Sleep:
    """Return where the programs sleep that the terminal's keys would reach."""
    group = process.foreground_group()
    if not group:
        return Sleep.UNKNOWN
    places = [_sleep_of(pid) for pid in _group_below(process.pid, group)]
    for answer in (Sleep.READING, Sleep.POLLING, Sleep.UNKNOWN):
        if answer in places:
            return answer
    return Sleep.ELSEWHERE if places else Sleep.UNKNOWN


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


def _sleep_of(pid: int) -> Sleep:
    try:
        place = _first_line(f"/proc/{pid}/wchan")
        if place in ("", "0"):  # it runs, or the kernel does not tell
            state = _first_line(f"/proc/{pid}/stat").rpartition(") ")[2][:1]
            return Sleep.ELSEWHERE if state == "R" else Sleep.UNKNOWN
    except OSError:
        return Sleep.UNKNOWN
    if place in _READS:
        return Sleep.READING if _reads_a_terminal(pid) else Sleep.ELSEWHERE
    if any(word in place for word in _POLLS):
        return Sleep.POLLING
    return Sleep.ELSEWHERE


def _reads_a_terminal(pid: int) -> bool:
    """Tell a read of the terminal from one of a socket, which sleeps in the same place."""
    try:
        descriptor = int(_first_line(f"/proc/{pid}/syscall").split()[1], 16)
        return os.readlink(f"/proc/{pid}/fd/{descriptor}").startswith(("/dev/pts/", "/dev/tty"))
    except (OSError, ValueError, IndexError):
        return True  # not allowed to look: believe the first answer


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n")
