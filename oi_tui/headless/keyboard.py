"""Lines from standard input, without waiting for them.

Owns the descriptor's buffer and whether the terminal echoes. Knows nobody who asks.
"""

from __future__ import annotations

import contextlib
import os
import termios

_LONGEST = 1_000_000  # bytes of a line that never ends


class Keyboard:
    """Standard input, read in lines when it is ready."""

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor
        self.is_terminal = os.isatty(descriptor)
        self.at_end = False
        self._rest = b""

    def read_lines(self) -> list[str]:
        """Return the lines that are there now; call when the descriptor is ready."""
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            data = b""
        if not data:
            self.at_end = True
            data = b"\n" if self._rest else b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            self._rest = b""
        return [line.decode("utf-8", "replace") for line in lines]

    def forget(self) -> None:
        """Drop what was typed before a question, so that it can't answer it."""
        self._rest = b""
        if self.is_terminal:
            with contextlib.suppress(termios.error):
                termios.tcflush(self.descriptor, termios.TCIFLUSH)

    def echo(self, on: bool) -> None:
        """Show or hide what is typed."""
        if not self.is_terminal:
            return
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(self.descriptor)
            settings[3] = settings[3] | termios.ECHO if on else settings[3] & ~termios.ECHO
            termios.tcsetattr(self.descriptor, termios.TCSANOW, settings)
