"""The settings of a pseudo terminal: what they mean for typing, and how to make them sane again."""

from __future__ import annotations

import os
import termios

from oi_tui.protocol.items import InputMode

_INPUT_FLAGS, _LOCAL_FLAGS = 0, 3


def slave_path(master: int) -> str:
    """Return the device path of the other end of a pseudo terminal."""
    import ctypes  # not needed before the first shell

    libc = ctypes.CDLL(None)
    libc.ptsname.restype = ctypes.c_char_p
    name = libc.ptsname(master)
    if not name:
        raise OSError("the pseudo terminal has no name")
    return os.fsdecode(name)


class TerminalModes:
    """Reads and restores the settings of one pseudo terminal through its master."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.terminal = slave_path(master)  # the device that programs have open
        sane = termios.tcgetattr(master)
        # Ctrl-S must not freeze a program that nobody can see to be frozen.
        sane[_INPUT_FLAGS] &= ~(termios.IXON | termios.IXOFF)
        self._sane = sane
        self.reset()

    def reset(self) -> None:
        """Undo what a program left behind: raw mode, and type-ahead that nobody read.

        Flushing on the master does not empty the slave's line buffer: the slave has to be opened.
        """
        try:
            slave = os.open(self.terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return
        try:
            termios.tcsetattr(slave, termios.TCSANOW, self._sane)
            termios.tcflush(slave, termios.TCIFLUSH)
        except (OSError, termios.error):
            return
        finally:
            os.close(slave)

    def input_mode(self) -> InputMode:
        """Return what typing means now. Echo off alone is no password: line editors do it too."""
        flags = self._local_flags()
        if not flags & termios.ICANON:
            return InputMode.RAW
        return InputMode.LINE if flags & termios.ECHO else InputMode.PASSWORD

    def has_signal_keys(self) -> bool:
        """Return whether Ctrl-C makes a signal rather than a byte for the program."""
        return bool(self._local_flags() & termios.ISIG)

    def _local_flags(self) -> int:
        try:
            flags = termios.tcgetattr(self._master)[_LOCAL_FLAGS]
        except (OSError, termios.error):
            return termios.ICANON | termios.ECHO | termios.ISIG
        return flags if isinstance(flags, int) else 0
