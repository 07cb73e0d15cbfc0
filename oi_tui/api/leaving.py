"""Ends the conversations that are open when the program ends, so that no child is left behind.

A thread waits for the program's own: `atexit` comes too late, when no thread can be started any
more. After a fork the child has nothing to end: threads and shells are the parent's.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Protocol
from weakref import WeakSet


class Closing(Protocol):
    """Something that is closed at the end."""

    def close(self) -> None:
        """End it; twice is fine."""
        ...


class Forked(Protocol):
    """Something of the parent's that a forked child must not use."""

    def forget(self) -> None:
        """Drop it without ending it."""
        ...


class _Leaving:
    """The open conversations of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Closing] = set()
        self._watcher: threading.Thread | None = None

    def add(self, closing: Closing) -> None:
        with self._lock:
            self._open.add(closing)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._close_at_end, name="oi-tui-end")
                self._watcher.daemon = False
                self._watcher.start()

    def discard(self, closing: Closing) -> None:
        with self._lock:
            self._open.discard(closing)

    def _close_at_end(self) -> None:
        _wait_for_the_program()
        while True:
            with self._lock:
                if not self._open:
                    self._watcher = None
                    return
                closing = self._open.pop()
            with contextlib.suppress(Exception):  # the others must be closed all the same
                closing.close()


def _wait_for_the_program() -> None:
    """Wait for the main thread, and for the others that Python waits for: they may still chat."""
    threading.main_thread().join()
    own = threading.current_thread()
    passed = (own, threading.main_thread())
    while others := [one for one in threading.enumerate() if one not in passed and not one.daemon]:
        others[0].join()


_leaving = _Leaving()
_forked: WeakSet[Forked] = WeakSet()


def close_at_end(closing: Closing) -> None:
    """Close this when the main thread ends, unless `closed` is called before."""
    _leaving.add(closing)


def closed(closing: Closing) -> None:
    """Learn that this is closed."""
    _leaving.discard(closing)


def close_soon(closing: Closing) -> None:
    """Close this in a thread of its own: nobody refers to it any more."""
    threading.Thread(target=closing.close, name="oi-tui-close", daemon=True).start()


def forget_after_fork(forked: Forked) -> None:
    """Have a forked child forget what is the parent's."""
    _forked.add(forked)


def _forget_all() -> None:
    global _leaving
    _leaving = _Leaving()
    for forked in tuple(_forked):
        forked.forget()


os.register_at_fork(after_in_child=_forget_all)
