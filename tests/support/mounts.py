"""Read-only and small file systems for a child program, without being anybody special."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import pytest


def with_mounts(script: str, command: Sequence[str]) -> list[str]:
    """Return a command that runs `script` (sh, may mount) and then `command`, which it affects.

    Skips the test where this system lets nobody mount anything of their own.
    """
    if not _can_mount():
        pytest.skip("no mounts of one's own here")
    return ["unshare", "-rm", "sh", "-ec", f'{script}; exec "$@"', "sh", *command]


def read_only(folder: object) -> str:
    """Return the script that makes what is below a folder read-only."""
    return f"mount --bind '{folder}' '{folder}'; mount -o remount,bind,ro '{folder}'"


@cache
def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = ["unshare", "-rm", "sh", "-ec", "mount -t tmpfs none /mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0
