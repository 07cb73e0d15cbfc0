"""How a running program is interrupted: the way a terminal would, then harder."""

from __future__ import annotations

import signal
from collections.abc import Callable

from oi_tui.shells.pty_process import PtyProcess
from oi_tui.shells.terminal_modes import TerminalModes

_CTRL_C = b"\x03"


class Interrupter:
    """Interrupts what is in the foreground of one terminal."""

    def __init__(
        self, process: PtyProcess, modes: TerminalModes, type_key: Callable[[bytes], None]
    ) -> None:
        self._process = process
        self._modes = modes
        self._type_key = type_key
        self._sent = 0

    def take_count(self) -> int:
        """Return how many interrupts the child itself has been sent since the last call."""
        sent, self._sent = self._sent, 0
        return sent

    def press_ctrl_c(self) -> bool:
        """Do what Ctrl-C does, even if the terminal's input queue is full.

        Returns:
            Whether the child itself got a signal.
        """
        if not self._modes.has_signal_keys():
            self._type_key(_CTRL_C)  # the program wants the key
            return False
        reached = self._leads_foreground()
        self._sent += reached
        self._process.signal_foreground(signal.SIGINT)
        return reached

    def press_harder(self) -> None:
        """Signal the shell as well, and end a child that would not listen."""
        if self.press_ctrl_c():
            return  # once is enough: a second one in the same moment can make Node abort itself
        self._sent += 1
        self._process.signal_leader(signal.SIGINT)
        if not self._leads_foreground():
            self._process.signal_foreground(signal.SIGTERM)

    def _leads_foreground(self) -> bool:
        return self._process.foreground_group() == self._process.pid
