"""How each language's shell is started: which program, which arguments, which control channel.

Every shell starts in a neutral folder, with nothing of the session's folder on any search path; its
driver goes to the session's folder last. So files lying there run only when approved code asks.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oi_tui.shells.channel import ControlChannel
from oi_tui.shells.fifo_channel import FifoChannel
from oi_tui.shells.languages import BASH, JAVASCRIPT, PYTHON, SH, ZSH
from oi_tui.shells.pty_process import CONTROL, Command
from oi_tui.shells.socket_channel import SocketChannel

DRIVERS = Path(__file__).with_name("drivers")
NEUTRAL_FOLDER = "/"


@dataclass(frozen=True, slots=True)
class Start:
    """What a shell is to be started with."""

    interpreter: str
    folder: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Launch:
    """A command that is ready to be started, and the channel that its driver will speak on."""

    command: Command
    channel: ControlChannel


def prepare(language: str, start: Start) -> Launch:
    """Make the channel and the command for a shell of `language` (a canonical name)."""
    return _PREPARERS[language](start)


def _prepare_python(start: Start) -> Launch:
    # -I: no PYTHON* variables, no user site, no folder of a script on the path.
    return _with_socket(start, [start.interpreter, "-I", str(DRIVERS / "python")])


def _prepare_node(start: Start) -> Launch:
    return _with_socket(start, [start.interpreter, str(DRIVERS / "node_driver.cjs")])


def _with_socket(start: Start, arguments: list[str]) -> Launch:
    channel = SocketChannel()
    command = Command(
        (*arguments, str(CONTROL), start.folder),
        start.environment,
        NEUTRAL_FOLDER,
        control=channel.child_descriptor,
    )
    return Launch(command, channel)


def _prepare_bash(start: Start) -> Launch:
    driver = str(DRIVERS / "bash_driver.bash")
    return _with_fifos(start, f'--noprofile --rcfile "{driver}" --noediting -i', {})


def _prepare_zsh(start: Start) -> Launch:
    # -s: commands from descriptor 0. +Z: or the line editor would read the terminal all the same.
    def settings(folder: str) -> dict[str, str]:
        shutil.copy(DRIVERS / "zsh_driver.zsh", os.path.join(folder, ".zshrc"))
        return {"ZDOTDIR": folder}

    return _with_fifos(start, "-d -i -s +Z", {}, settings)


def _prepare_sh(start: Start) -> Launch:
    driver = str(DRIVERS / "sh_driver.sh")
    return _with_fifos(start, "-i", {"ENV": driver, "OI_DRIVER": driver})


def _with_fifos(
    start: Start,
    arguments: str,
    extra: dict[str, str],
    settings: Callable[[str], dict[str, str]] | None = None,
) -> Launch:
    """Make an interactive shell that takes its commands from a FIFO as descriptor 0.

    Interactive, so that Ctrl-C, syntax errors and failures end the code and not the shell; not on
    the terminal, so that what is typed ahead is never executed.
    """
    channel = FifoChannel()
    if settings is not None:
        extra = extra | settings(channel.folder)
    environment = start.environment | extra
    environment |= {"OI_DIR": channel.folder, "OI_SHELL": start.interpreter, "OI_CD": start.folder}
    # The driver starts the same command again when the code ends its shell.
    environment["OI_START"] = f'exec "$OI_SHELL" {arguments} <"$OI_DIR/cmd" 2>/dev/tty'
    command = Command(("/bin/sh", "-c", 'eval "$OI_START"'), environment, NEUTRAL_FOLDER)
    return Launch(command, channel)


_PREPARERS: dict[str, Callable[[Start], Launch]] = {
    PYTHON: _prepare_python,
    JAVASCRIPT: _prepare_node,
    BASH: _prepare_bash,
    ZSH: _prepare_zsh,
    SH: _prepare_sh,
}
