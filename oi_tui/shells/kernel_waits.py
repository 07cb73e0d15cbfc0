"""What the kernel tells of a sleeping process (Linux): does it sleep until its terminal has input?

Exact, not guessed from a place in the kernel: the number and the arguments of the system call are
read, and the descriptors that it names are looked up. Decides nothing: `input_watch` does.
"""

from __future__ import annotations

import os
import platform
import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO


class Wait(IntEnum):
    """Where a process sleeps. Of several threads or processes, the lowest one counts."""

    READING = 1  # in a read of the terminal
    WATCHING = 2  # until one of several things happens, the terminal's input among them
    LOOPING = 3  # in an event loop that knows the terminal; it may not want input at the moment
    UNKNOWN = 4  # no such kernel, or a program of another user
    ELSEWHERE = 5


@dataclass(frozen=True, slots=True)
class _Calls:
    """The numbers of the system calls that wait for input."""

    read: tuple[int, ...]
    poll: tuple[int, ...]
    select: tuple[int, ...]
    epoll: tuple[int, ...]


_GENERIC = _Calls(read=(63, 65), poll=(73,), select=(72,), epoll=(22, 441))
_CALLS = {
    "x86_64": _Calls(read=(0, 19), poll=(7, 271), select=(23, 270), epoll=(232, 281, 441)),
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
    "loongarch64": _GENERIC,
}
_MOST_THREADS = 32  # that are looked at
_MOST_POLLED = 64  # descriptors that are looked at
_POLLFD = struct.Struct("<iHH")
_INPUT = 0x001 | 0x040  # POLLIN, POLLRDNORM; the same in epoll
_WATCHED = re.compile(rb"^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)", re.MULTILINE)


def wait_of(pid: int, terminal: str) -> Wait:
    """Return how a process waits for `terminal`, the path of the device that is its terminal."""
    calls = _CALLS.get(platform.machine())
    if calls is None:
        return Wait.UNKNOWN
    try:
        threads = os.listdir(f"/proc/{pid}/task")[:_MOST_THREADS]
    except OSError:
        return Wait.UNKNOWN
    waits = (_wait_of_thread(f"/proc/{pid}/task/{thread}", terminal, calls) for thread in threads)
    return min(waits, default=Wait.UNKNOWN)


def _wait_of_thread(place: str, terminal: str, calls: _Calls) -> Wait:
    try:
        with open(f"{place}/syscall", encoding="ascii") as file:
            number, *arguments = (int(word, 0) for word in file.read().split())
        if number in calls.read:
            return Wait.READING if _is(place, arguments[0], terminal) else Wait.ELSEWHERE
        if number in calls.epoll:
            names = _in_epoll(place, arguments[0])
            return Wait.LOOPING if _any_is(place, names, terminal) else Wait.ELSEWHERE
        if number in calls.poll + calls.select:
            with open(f"{place}/mem", "rb", buffering=0) as memory:
                names = (_in_poll if number in calls.poll else _in_select)(memory, *arguments[:2])
            return Wait.WATCHING if _any_is(place, names, terminal) else Wait.ELSEWHERE
    except ValueError:  # the word "running"
        return Wait.ELSEWHERE
    except OSError:
        return Wait.UNKNOWN
    return Wait.ELSEWHERE


def _any_is(place: str, descriptors: list[int], terminal: str) -> bool:
    return any(_is(place, descriptor, terminal) for descriptor in descriptors)


def _is(place: str, descriptor: int, terminal: str) -> bool:
    try:
        return os.readlink(f"{place}/fd/{descriptor}") in (terminal, "/dev/tty")
    except FileNotFoundError:
        return False


def _in_poll(memory: BinaryIO, address: int, count: int) -> list[int]:
    data = _read_at(memory, address, _POLLFD.size * min(count, _MOST_POLLED))
    return [name for name, events, _ in _POLLFD.iter_unpack(data) if events & _INPUT]


def _in_select(memory: BinaryIO, count: int, address: int) -> list[int]:
    bits = _read_at(memory, address, (min(count, _MOST_POLLED) + 7) // 8) if address else b""
    return [name for name in range(8 * len(bits)) if bits[name // 8] >> name % 8 & 1]


def _read_at(memory: BinaryIO, address: int, size: int) -> bytes:
    memory.seek(address)
    data = memory.read(size)
    if len(data) != size:
        raise OSError("the process changed meanwhile")
    return data


def _in_epoll(place: str, descriptor: int) -> list[int]:
    with open(f"{place}/fdinfo/{descriptor}", "rb") as file:
        known = _WATCHED.findall(file.read())
    return [int(name) for name, events in known if int(events, 16) & _INPUT]
