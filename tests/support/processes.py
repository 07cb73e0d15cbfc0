"""Find the processes that a test started: its children, or by a tag in their command line."""

from __future__ import annotations

import contextlib

import psutil


class Children:
    """The living children of this process that came since it was made: others' may be ending."""

    def __init__(self) -> None:
        self._before = frozenset(_children())

    def __call__(self) -> list[psutil.Process]:
        return [one for one in _children() if one not in self._before]


def _children() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def tagged(tag: str) -> list[psutil.Process]:
    """Return the living processes whose command line has `tag`."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if tag in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
