"""The whole program in a terminal, with a scripted model or with a server."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.mounts import with_mounts
from tests.support.terminal import Terminal
from tests.support.tokens import foreign_sequences, stray_bytes, whole_length

ROOT = str(Path(__file__).parents[2])
PROMPT = "What should be done?"  # what an empty prompt shows
ReplyPart = str | dict[str, str]
Replies = Sequence[Sequence[ReplyPart]]


def python(code: str) -> ReplyPart:
    """A proposal in Python."""
    return {"language": "python", "code": code}


def bash(code: str) -> ReplyPart:
    """A proposal in bash."""
    return {"language": "bash", "code": code}


def scripted(
    folder: Path,
    replies: Replies,
    *flags: str,
    columns: int = 150,
    rows: int = 40,
    below_shell: bool = False,
    mounts: str = "",
) -> Terminal:
    """Start the program with a model that gives these replies, its files below `folder`.

    `below_shell`: as the child of a shell that leads the session, as it is in life. `mounts`: see
    `tests.support.mounts`.
    """
    script = folder / f"script-{secrets.token_hex(4)}.json"
    script.write_text(json.dumps([list(reply) for reply in replies]), encoding="utf-8")
    command = [sys.executable, "-m", "tests.e2e.scripted_app", str(script), *flags]
    if below_shell:
        command = ["sh", "-c", '"$@"; read -r line', "sh", *command]
    if mounts:
        command = with_mounts(mounts, command)
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


def approval_waits(terminal: Terminal) -> None:
    """Read until a proposal waits for a decision."""
    terminal.wait_screen("waiting for you")


def decide(terminal: Terminal, key: str, *, focus: bool = True, until: str = "") -> None:
    """Press a key in the approval panel, once it takes keys, until nothing waits any more.

    `until`: what the screen shows then; needed where the next proposal follows at once.
    """
    approval_waits(terminal)
    if focus:
        terminal.key("f4")
    if until:
        press_until(terminal, key, until)
    else:
        _press_until(terminal, key, lambda: "waiting for you" not in terminal.text)


def stop_run(terminal: Terminal) -> None:
    """Interrupt what runs and wait until nothing does."""
    terminal.key("ctrl+c")
    terminal.wait_no_screen("interrupts")


def quit_program(terminal: Terminal) -> int:
    """Leave by the key for it; return the exit code."""
    terminal.key("ctrl+q")
    return terminal.wait_exit()


def answer_program(terminal: Terminal) -> None:
    """Go to the running program that waits for input, ready to type."""
    terminal.wait_screen("press Enter to answer", "F4 answers it")
    terminal.key("f6")
    terminal.settle(0.3)
    terminal.key("enter")
    terminal.wait_screen("typing into")


def press_until(terminal: Terminal, key: str, text: str) -> None:
    """Press a key of the approval panel, which takes none too early, until a text is there."""
    _press_until(terminal, key, lambda: text in terminal.text)


def _press_until(terminal: Terminal, key: str, condition: Callable[[], bool]) -> None:
    """Press a key as a person does who waits a while to see what came of it."""
    terminal.wait_at_most(condition, 0.6)
    for _ in range(6):
        if condition():
            return
        terminal.key(key)
        terminal.wait_at_most(condition, 2.5)
    raise AssertionError(f"{key} decided nothing")


def assert_only_ours(terminal: Terminal) -> None:
    """Read on to the end of a sequence; nothing written so far may be foreign to a terminal."""
    terminal.wait(lambda: whole_length(terminal.raw) == len(terminal.raw), "a whole sequence")
    written = bytes(terminal.raw)
    assert foreign_sequences(written) == []
    assert stray_bytes(written) == []
