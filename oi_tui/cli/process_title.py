"""Takes a secret out of what other processes can see of this one's command line."""

from __future__ import annotations

import contextlib
import sys

_ARG_START = 47  # field of /proc/self/stat, counted from 0 (`arg_start` in proc(5))


def hide_argument(secret: str) -> None:
    """Remove `secret` from `sys.argv` and, on Linux, from what `ps` shows from now on.

    Until this moment it could be seen; nothing can undo that.
    """
    sys.argv[:] = [word.replace(secret, "") for word in sys.argv]
    sys.orig_argv[:] = [word.replace(secret, "") for word in sys.orig_argv]
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError, IndexError):
            _overwrite(secret.encode(errors="surrogateescape"))


def _overwrite(secret: bytes) -> None:
    """Write over the memory that /proc/self/cmdline shows."""
    import ctypes

    with open("/proc/self/stat", "rb") as file:
        # The name in parentheses may hold spaces; the fields behind it start with number 2.
        start = int(file.read().rpartition(b")")[2].split()[_ARG_START - 2])
    with open("/proc/self/cmdline", "rb") as file:
        shown = file.read()
    at = shown.find(secret)
    while start and at >= 0:
        ctypes.memset(start + at, ord("x"), len(secret))
        at = shown.find(secret, at + len(secret))
