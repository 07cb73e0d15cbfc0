"""Commands in a real terminal: messages out and in, undo and redo, tokens, the person's shell."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.support.program import (
    PROMPT,
    Replies,
    assert_only_ours,
    decide,
    python,
    quit_program,
    scripted,
    send,
)
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.shell]

REPLIES: Replies = [["I will multiply.\n", python("print(6 * 7)")], ["The answer is here."]]


def command(terminal: Terminal, line: str) -> None:
    """Write a command into an empty prompt and carry it out."""
    send(terminal, line)
    terminal.wait_no_screen(f"▌ › {line}")


def close(terminal: Terminal) -> None:
    """Close a text screen; what is typed next is not Alt with a letter."""
    terminal.wait_screen("c copy")
    terminal.key("escape")
    terminal.wait_no_screen("c copy")


def talk(terminal: Terminal) -> None:
    send(terminal, "multiply")
    decide(terminal, "y")
    terminal.wait_screen("The answer is here.", "│ 42")


def test_messages_are_saved_and_loaded_in_another_session(tmp_path: Path) -> None:
    path = tmp_path / "work" / "messages.json"
    with scripted(tmp_path, REPLIES) as terminal:
        talk(terminal)
        command(terminal, "%save_message")
        terminal.wait_screen("messages saved to")
        assert quit_program(terminal) == 0
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert [one["type"] for one in saved] == ["message", "message", "code", "console", "message"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with scripted(tmp_path, [["And again."]]) as terminal:
        command(terminal, "/load_message")
        terminal.wait_screen("multiply", "print(6 * 7)", "The answer is here.")
        send(terminal, "once more")
        terminal.wait_screen("And again.")
        command(terminal, "%load_message nothing_here")
        terminal.wait_screen("changed.")  # nothing was; the rest breaks where the path ends
        assert_only_ours(terminal)
        assert quit_program(terminal) == 0


def test_a_file_of_somebody_else_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    theirs = tmp_path / "work" / "talk.json"
    theirs.write_text("theirs")
    with scripted(tmp_path, REPLIES) as terminal:
        talk(terminal)
        command(terminal, "%save_message talk.json")
        terminal.wait_screen("Replace it?")
        terminal.key("escape")
        terminal.wait_no_screen("Replace it?")
        assert theirs.read_text() == "theirs"


def test_an_undo_is_told_and_taken_back(tmp_path: Path) -> None:
    with scripted(tmp_path, REPLIES) as terminal:
        talk(terminal)
        command(terminal, "%undo")
        terminal.wait_screen("Taken back: multiply")
        command(terminal, "%redo")
        terminal.wait_screen("Put back: multiply")
        command(terminal, "%undo")
        command(terminal, "%undo")
        terminal.wait_screen("There is no turn to go back to")


def test_tokens_and_facts_are_shown(tmp_path: Path) -> None:
    with scripted(tmp_path, REPLIES, columns=80, rows=24) as terminal:
        talk(terminal)
        command(terminal, "%tokens and this text")
        terminal.wait_screen("Conversation", "Your text", "Together", "c copy")
        close(terminal)
        command(terminal, "%info")
        terminal.wait_screen("Python", "scripted", "Esc close")
        close(terminal)
        command(terminal, "%debug")
        terminal.wait_screen("What the model will be sent", "A log is written to", "· system ·")
        close(terminal)
        command(terminal, "%debug false")
        terminal.wait_screen("No log is written any more")
    (log,) = (tmp_path / "home").rglob("debug-*.log")
    assert "multiply" not in log.read_text()


def test_the_persons_own_shell_keeps_its_state(tmp_path: Path) -> None:
    with scripted(tmp_path, [["I see it."]]) as terminal:
        command(terminal, "%% kept=lan''tern")
        terminal.wait_screen("✓ done")
        command(terminal, "!echo $kept-42")
        terminal.wait_screen("│ lantern-42")


def test_prompts_of_other_sessions_come_back(tmp_path: Path) -> None:
    with scripted(tmp_path, REPLIES) as terminal:
        talk(terminal)
        assert quit_program(terminal) == 0
    with scripted(tmp_path, [["Again."]]) as terminal:
        terminal.wait_screen(PROMPT)
        terminal.wait_at_most(lambda: "multiply" in terminal.text, 10)
        terminal.key("up")
        terminal.wait_screen("› multiply")
