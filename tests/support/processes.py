"""Find the processes that a test started, by a tag in their command line or environment."""

from __future__ import annotations

import contextlib

import psutil


def tagged(tag: str) -> list[psutil.Process]:
    """Return the living processes whose command line has `tag`."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if tag in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
