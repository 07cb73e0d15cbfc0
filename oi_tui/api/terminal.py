"""The person at the terminal, or in a notebook: asked, and typing into a running program.

Owns the descriptor of standard input while somebody is asked. What was typed before a question
never answers it. Knows no proposal and no color.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from typing import Protocol

_LONGEST = 65536  # bytes of a line; a terminal gives no longer ones at once


class Terminal(Protocol):
    """Where a person can be asked."""

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there."""
        ...

    def ask(self, question: str, is_over: Callable[[], bool]) -> str | None:
        """Return the line that was answered; None: no answer, or `is_over` became true."""
        ...

    def read_line(self, seconds: float) -> str | None:
        """Return a line that was typed; empty: Ctrl-D; None: nothing in so many seconds."""
        ...

    def show_typing(self, on: bool) -> None:
        """Show what is typed, or hide it while a program waits for a password."""
        ...


class StandardTerminal:
    """Standard input, if it and standard output are a terminal."""

    def __init__(self) -> None:
        self._is_hidden = False

    @property
    def can_ask(self) -> bool:
        """Whether a person sees what is printed and can answer."""
        try:
            return os.isatty(0) and sys.stdout.isatty()
        except (ValueError, AttributeError):  # closed, or replaced by something that is no file
            return False

    def ask(self, question: str, is_over: Callable[[], bool]) -> str | None:
        """Print the question and wait for a line."""
        with contextlib.suppress(termios.error):
            termios.tcflush(0, termios.TCIFLUSH)
        sys.stdout.write(question)
        sys.stdout.flush()
        while not is_over():
            line = self.read_line(0.05)
            if line is not None:
                return line.rstrip("\n") if line else None
        sys.stdout.write("\n")
        return None

    def read_line(self, seconds: float) -> str | None:
        """Read a line if there is one; a terminal hands them out one by one."""
        try:
            if not select.select([0], [], [], seconds)[0]:
                return None
            return os.read(0, _LONGEST).decode("utf-8", "replace")
        except (OSError, ValueError):
            return ""

    def show_typing(self, on: bool) -> None:
        """Switch the echo on or off, if it is not so already."""
        if on is not self._is_hidden or not self.can_ask:
            return
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(0)
            settings[3] = settings[3] | termios.ECHO if on else settings[3] & ~termios.ECHO
            termios.tcsetattr(0, termios.TCSANOW, settings)
            self._is_hidden = not on


class Notebook:
    """A notebook, which has a field for answers but no terminal."""

    can_ask = True

    def ask(self, question: str, is_over: Callable[[], bool]) -> str | None:
        """Ask by the field that `input` shows there; stopping the cell answers nothing."""
        in_main_thread = threading.current_thread() is threading.main_thread()
        ours = signal.getsignal(signal.SIGINT)
        if in_main_thread:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return None if is_over() else input(question)
        except (EOFError, KeyboardInterrupt, RuntimeError):  # the last one: it takes no input
            return None
        finally:
            if in_main_thread:
                signal.signal(signal.SIGINT, ours)

    def read_line(self, seconds: float) -> str | None:
        """Nothing can be typed into a running program there."""
        return None

    def show_typing(self, on: bool) -> None:
        """Nothing is typed."""
