"""The terminal of the screen: Textual's driver, made to survive what happens to terminals.

Owns what is done when the terminal goes away, when the system asks the program to end, and when it
was stopped and goes on. Rests on names that are private to Textual (`_file` and the handler of
SIGCONT): its version is pinned, and tests in a real terminal look at each of them.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class TerminalDriver(LinuxDriver):
    """Draws on stderr and reads stdin."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = _forgiving_stderr()
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self._end, number)

    def run_input_thread(self) -> None:
        """Read keys; a terminal that can't be read any more is one that hung up."""
        try:
            super().run_input_thread()
        except OSError:
            os.kill(os.getpid(), signal.SIGHUP)

    def _end(self, number: int) -> None:
        """Leave by the front door: the session is closed, then the terminal is given back."""
        self._app.exit(return_code=128 + number)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again, whoever stopped us: by SIGSTOP nobody had left it in order."""
        if self._auto_restart and not self._must_signal_resume:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()


class _ForgivingFile(io.FileIO):
    """A terminal that may be gone: what can't be written then is nobody's loss."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _forgiving_stderr() -> io.TextIOWrapper:
    file = _ForgivingFile(sys.__stderr__.fileno() if sys.__stderr__ else 2, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(file), "utf-8", "backslashreplace", newline="\n")
