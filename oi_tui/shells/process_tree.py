"""All processes that a shell started, and how to end them.

A child belongs to a shell by its session, by descent, or by the tag that the shell's environment
carried: the tag still tells after `setsid`, `nohup` and a double fork, unless the child cleaned its
environment. Where there is no /proc, only `ps` is asked: descent and group.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

TAG_NAME = "OI_TUI_SHELL"
_ROUNDS = 20  # a tree that forks while it is killed


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    session: int


def processes_of(leader: int, tag: str = "") -> set[int]:
    """Return the living processes that belong to the shell whose pid is or was `leader`."""
    table = _read_proc() if os.path.isdir("/proc/self") else _read_ps()
    found = {entry.pid for entry in table if leader in (entry.pid, entry.session)}
    if tag:
        mark = f"{TAG_NAME}={tag}".encode()
        # Threads of the kernel have no session; a program that left ours has one of its own.
        found |= {entry.pid for entry in table if entry.session and _carries(entry.pid, mark)}
    return _with_descendants(found, table) - {os.getpid()}


def end_processes(leader: int, tag: str = "", grace: float = 0.0) -> None:
    """End a shell and all it started; first politely if there are `grace` seconds for it."""
    deadline = time.monotonic() + grace
    if grace:
        _signal(processes_of(leader, tag), signal.SIGHUP, signal.SIGCONT)
        while time.monotonic() < deadline and processes_of(leader, tag):
            time.sleep(0.01)
    for _ in range(_ROUNDS):
        alive = processes_of(leader, tag)
        if not alive:
            return
        _signal(alive, signal.SIGSTOP)  # so that none forks while others are killed
        _signal(alive, signal.SIGKILL)
        time.sleep(0.005)


def _signal(pids: Iterable[int], *numbers: signal.Signals) -> None:
    for number in numbers:
        for pid in pids:
            try:
                os.kill(pid, number)
            except OSError:
                continue


def _with_descendants(roots: set[int], table: list[_Process]) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in table:
        children.setdefault(entry.parent, []).append(entry.pid)
    found, todo = set(roots), list(roots)
    while todo:
        for pid in children.get(todo.pop(), ()):
            if pid not in found:
                found.add(pid)
                todo.append(pid)
    return found


def _read_proc() -> list[_Process]:
    table = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                # The name, in parentheses, may hold anything.
                state, parent, _, session = stat.read().rpartition(b") ")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if state not in b"ZX":
            table.append(_Process(int(name), int(parent), int(session)))
    return table


def _read_ps() -> list[_Process]:
    import subprocess  # only where there is no /proc

    command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,state="]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = [row.split() for row in listing.splitlines()]
    return [
        _Process(int(row[0]), int(row[1]), int(row[2]))
        for row in rows
        if len(row) == 4 and not row[3].startswith("Z")
    ]


def _carries(pid: int, mark: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environ:
            return mark in environ.read().split(b"\0")
    except OSError:
        return False
