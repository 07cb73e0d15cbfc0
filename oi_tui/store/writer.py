"""Append lines to a file so that none is lost, halved or put out of order.

Owns the offsets of what is written and what is on the disk. A line that cannot be written waits,
and goes first when there is another try. Knows no event and no JSON.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections import deque
from typing import Protocol

from oi_tui.config.private_files import sync_file


class FileCalls(Protocol):
    """The system calls that may fail; tests put failing ones in place."""

    def write(self, descriptor: int, data: bytes) -> int:
        """Append `data`; return how many bytes were taken."""
        ...

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        ...

    def sync(self, descriptor: int) -> None:
        """Return once all bytes are on the disk itself."""
        ...


class SystemCalls:
    """The real system calls."""

    def write(self, descriptor: int, data: bytes) -> int:
        """Append `data`; return how many bytes were taken."""
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Return once all bytes are on the disk itself."""
        sync_file(descriptor)


class LineWriter:
    """Writes lines, each in one call, to a descriptor opened with `O_APPEND`; owns it."""

    def __init__(self, descriptor: int, calls: FileCalls) -> None:
        self._descriptor = descriptor
        self._calls = calls
        self._written = self._synced = os.fstat(descriptor).st_size
        self._torn = False  # the file may end inside a line that could not be cut off
        self._unsynced: list[bytes] = []

    def write(self, waiting: deque[bytes]) -> None:
        """Write the lines and take each off `waiting` once it is in the file.

        Raises:
            OSError: the lines still in `waiting` are not in the file.
        """
        while waiting:
            self._append(waiting[0])
            self._unsynced.append(waiting.popleft())

    def sync(self, waiting: deque[bytes]) -> None:
        """Return once all written lines are on the disk itself.

        After a failed sync the system may have dropped pages it calls clean, so the lines since
        the last good one go back to the front of `waiting` and are written again.

        Raises:
            OSError: they may not be on the disk.
        """
        if not self._unsynced:
            return
        try:
            self._calls.sync(self._descriptor)
        except OSError:
            self._cut_back(self._synced)
            waiting.extendleft(reversed(self._unsynced))
            self._unsynced.clear()
            raise
        self._synced = self._written
        self._unsynced.clear()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def _append(self, line: bytes) -> None:
        data = b"\n" + line if self._torn else line
        try:
            count = self._calls.write(self._descriptor, data)
        except OSError:
            self._cut_back(self._written)
            raise
        if count != len(data):
            self._cut_back(self._written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._written += count
        self._torn = False

    def _cut_back(self, size: int) -> None:
        try:
            self._calls.truncate(self._descriptor, size)
        except OSError:
            # The reader passes over what is left; a line feed keeps it apart from the next line.
            self._torn = True
            with contextlib.suppress(OSError):
                size = os.fstat(self._descriptor).st_size
        self._written = size
