"""One writer a session: a lock that dies with its owner.

Owns the lock file beside a journal. It names its owner for people; only the system's lock on it
counts, so a file left behind by a killed program is no obstacle.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

from oi_tui.config.private_files import open_private, read_private

_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_PID_BYTES = 32
# Seconds, and between two tries. Who only asks for the owner has the lock for a moment; that is no
# other window.
_GLANCE, _TRY = 0.1, 0.002


class SessionLock:
    """The right to write one session. Not held when made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock, or return False because someone else holds it. Again: no effect.

        Raises:
            OSError: the lock file cannot be made.
        """
        while self._descriptor < 0:
            descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT)
            if not _lock_past_glances(descriptor):
                os.close(descriptor)
                return False
            if self._is_current(descriptor):
                self._descriptor = descriptor
                with contextlib.suppress(OSError):  # a full disk: the name is only for people
                    os.ftruncate(descriptor, 0)
                    os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
            else:  # its owner removed it between our open and our lock
                os.close(descriptor)
        return True

    def release(self) -> None:
        """Give the lock back. Again: no effect."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            os.unlink(self._path)  # still locked: whoever opened it sees that it is gone
        os.close(self._descriptor)
        self._descriptor = -1

    def _is_current(self, descriptor: int) -> bool:
        try:
            named = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return False
        held = os.fstat(descriptor)
        return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)


def owner_of(path: Path) -> int:
    """Return the process that holds the lock at `path`; 0 if nobody does, -1 if it is unknown."""
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except OSError:
        return 0
    try:
        if _lock(descriptor):
            return 0  # closing it gives it back
    finally:
        os.close(descriptor)
    try:
        return int(read_private(path, _PID_BYTES))
    except (OSError, ValueError):
        return -1


def _lock_past_glances(descriptor: int) -> bool:
    end = time.monotonic() + _GLANCE
    while not _lock(descriptor):
        if time.monotonic() > end:
            return False
        time.sleep(_TRY)
    return True


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # File systems without locks (some network ones): one window is far more likely than two.
        return error.errno not in _TAKEN
    return True
