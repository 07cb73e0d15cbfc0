"""Runs a foreign program in Python for so long and no longer.

Jinja's sandbox bounds what a template may reach, not how long it takes: three loops, one within the
other, never end. Knows no template.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class TookTooLongError(Exception):
    """The program was ended."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what `call` returns.

    Raises:
        TookTooLongError: it took longer. Whatever `call` raises is passed on.
    """
    thread = ctypes.c_ulong(threading.get_ident())
    border = threading.Lock()  # between the end of the call and that of its time
    is_over = False

    def end_it() -> None:
        with border:
            if not is_over:  # CPython raises this in that thread, between two of its instructions
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    thread, ctypes.py_object(TookTooLongError)
                )

    clock = threading.Timer(seconds, end_it)
    clock.daemon = True
    clock.start()
    try:
        return call()
    finally:
        with border:
            is_over = True
        clock.cancel()
