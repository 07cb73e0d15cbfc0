"""Programs of users: written to a file and run as they would, in a terminal or without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.fault_server import FaultServer
from tests.support.terminal import Terminal

ROOT = str(Path(__file__).parents[2])
QUESTION = "Run this code? [y]es [n]o [e]dit"
IMPORT = "from oi_tui import interpreter\n"
SCRIPTED = """
from oi_tui import OpenInterpreter
from oi_tui.models.scripted import Fault, Proposal, Reply, ScriptedModel
def proposing(language, code, *before):
    return Reply([*before, Proposal(language, code)])
def made(*replies, **attributes):
    return OpenInterpreter(model="scripted", model_port=ScriptedModel(replies), **attributes)
"""


def in_terminal(
    folder: Path, code: str, server: FaultServer | None = None, **variables: str
) -> Terminal:
    """Run a program in a terminal of its own."""
    environ = _environ(folder, server, variables)
    command = [sys.executable, str(_written(folder, code))]
    return Terminal(command, environ=environ, folder=_work(folder), columns=100, rows=60)


def in_pipe(
    folder: Path, code: str, server: FaultServer | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program that has no terminal, to its end."""
    return subprocess.run(
        [sys.executable, str(_written(folder, code))],
        env=_environ(folder, server, variables),
        cwd=_work(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _written(folder: Path, code: str) -> Path:
    path = folder / "program.py"
    path.write_text(code, encoding="utf-8")
    return path


def _work(folder: Path) -> Path:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return work


def _environ(
    folder: Path, server: FaultServer | None, variables: Mapping[str, str]
) -> dict[str, str]:
    environ = {**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(folder / "home"), **variables}
    if server is not None:
        environ |= {"OI_TUI_API_BASE": server.api_base, "OI_TUI_MODEL": "any"}
    return environ


def fence(language: str, code: str) -> str:
    """Code as a model that knows no tools proposes it."""
    return f"```{language}\n{code}\n```\n"


def at_prompt(terminal: Terminal) -> None:
    """Wait until the conversation in the terminal asks for the next line."""
    terminal.wait(lambda: terminal.text.endswith("\n>"), "the prompt")


def leave(terminal: Terminal) -> None:
    """End the conversation in the terminal, once it asks for the next line."""
    at_prompt(terminal)
    terminal.key("ctrl+d")
