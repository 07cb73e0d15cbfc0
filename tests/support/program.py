"""The whole program in a terminal, with a scripted model or with a server."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.terminal import Terminal

ROOT = str(Path(__file__).parents[2])
PROMPT = "What should be done?"  # what an empty prompt shows
ReplyPart = str | dict[str, str]


def python(code: str) -> ReplyPart:
    """A proposal in Python."""
    return {"language": "python", "code": code}


def bash(code: str) -> ReplyPart:
    """A proposal in bash."""
    return {"language": "bash", "code": code}


def scripted(
    folder: Path,
    replies: Sequence[Sequence[ReplyPart]],
    *flags: str,
    columns: int = 150,
    rows: int = 40,
) -> Terminal:
    """Start the program with a model that gives these replies, its files below `folder`."""
    script = folder / f"script-{secrets.token_hex(4)}.json"
    script.write_text(json.dumps([list(reply) for reply in replies]), encoding="utf-8")
    command = [sys.executable, "-m", "tests.e2e.scripted_app", str(script), *flags]
    return _start(command, folder, columns, rows)


def real(folder: Path, *flags: str, columns: int = 150, rows: int = 40) -> Terminal:
    """Start the program as a person does, its files below `folder`."""
    return _start([sys.executable, "-m", "oi_tui", *flags], folder, columns, rows)


def _start(command: list[str], folder: Path, columns: int, rows: int) -> Terminal:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    environ = {**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(folder / "home")}
    return Terminal(command, environ=environ, folder=work, columns=columns, rows=rows)


def send(terminal: Terminal, prompt: str) -> None:
    """Write a prompt and send it."""
    terminal.wait_screen(PROMPT)
    terminal.type(prompt)
    terminal.wait_screen(prompt)
    terminal.key("enter")
