"""What the operating system lets us do with a tree of processes.

Owns finding and ending everything that descends from this process. Standard library only, so the
guardian can use it. On Linux orphans come back to a process that called `become_reaper`; on macOS
the kernel has no such thing, and a daemon that left its parents is out of reach.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 3.0  # seconds; a process that hangs in the kernel can't be waited for


def become_reaper() -> None:
    """Have orphaned descendants become our children instead of init's (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep the user's other processes from reading our memory and first environment (Linux)."""
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_descendants() -> None:
    """End everything that descends from this process, and collect it.

    Each round stops them all first, so that none can start another while it is being killed.
    """
    end = time.monotonic() + _PATIENCE
    while living := descendants(os.getpid()):
        stopped: set[int] = set()
        while fresh := living - stopped:
            _signal_all(fresh, signal.SIGSTOP)
            stopped |= fresh
            living = descendants(os.getpid())
        _signal_all(stopped, signal.SIGKILL)
        _collect()
        if time.monotonic() > end:
            return
        time.sleep(0.002)
    _collect()


def descendants(root: int) -> set[int]:
    """Return the ids of all living processes below `root`."""
    parents = _parents_from_proc() if sys.platform == "linux" else _parents_from_ps()
    found: set[int] = set()
    frontier = {root}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def _parents_from_proc() -> dict[int, int]:
    parents = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
            # The name in parentheses may hold anything, so count from its end.
            fields = file.read().rpartition(b")")[2].split()
            # A zombie whose other threads run on is not dead yet.
            if fields[0] not in b"ZX" or int(fields[17]) > 1:
                parents[int(name)] = int(fields[1])
    return parents


def _parents_from_ps() -> dict[int, int]:
    import subprocess

    command = ["/bin/ps", "-axo", "pid=,ppid=,stat="]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        listing = process.communicate()[0]
    rows = [line.split() for line in listing.splitlines()]
    living = {int(pid): int(parent) for pid, parent, state in rows if state[0] != "Z"}
    living.pop(process.pid, None)  # ps lists itself
    return living


def _signal_all(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _collect() -> None:
    """Reap every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
