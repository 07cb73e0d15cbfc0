"""Leaving and coming back: the screen and the model know what was, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer, Tool
from tests.support.program import bash, decide, python, quit_program, real, scripted, send

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setenv("OI_TUI_TOOL_MODE", "tools")
    with FaultServer() as running:
        yield running


def session_id(folder: Path) -> str:
    (journal,) = (folder / "home").rglob("sessions/*.journal")
    return journal.name.removesuffix(".journal")


def shown(text: str) -> list[str]:
    """The rows of the conversation, where they are and as they are."""
    return [row[40:88].rstrip() for row in text.split("\n")]


def test_a_session_comes_back_as_it_was(tmp_path: Path, server: FaultServer) -> None:
    flags = ("-m", "scripted-model", "-ab", server.api_base)
    server.reply("I set **a** variable.", Tool("python", "kept = 'lan' + 'tern'\nprint(kept)"))
    server.reply("It is set:\n\n- one\n- two")
    with real(tmp_path, *flags) as terminal:
        send(terminal, "set it")
        decide(terminal, "y")
        terminal.wait_screen("│ lantern", "It is set", "Enter send")
        terminal.settle()
        before = [row for row in shown(terminal.text) if row]
        assert quit_program(terminal) == 0
        assert f"--resume {session_id(tmp_path)}" in terminal.text
    server.reply("Welcome back.")
    with real(tmp_path, "--resume", session_id(tmp_path), *flags) as terminal:
        terminal.wait_screen("│ lantern", "It is set", "shells are empty")
        terminal.settle()
        after = [row for row in shown(terminal.text) if row]
        assert after[: len(before) - 4] == before[:-4]  # all but the prompt and its hints
        send(terminal, "what is it now?")
        terminal.wait_screen("Welcome back.")
    told = json.dumps(server.chats[-1].messages)
    for text in ("set it", "I set **a** variable.", "lantern", "It is set", "fresh"):
        assert text in told


def test_quitting_asks_while_something_runs(tmp_path: Path) -> None:
    with scripted(tmp_path, [[bash("echo beg''un; sleep 1000")]]) as terminal:
        send(terminal, "sleep")
        decide(terminal, "y")
        terminal.wait_screen("│ begun")
        terminal.key("ctrl+q")
        terminal.wait_screen("Code is still running")
        terminal.key("n")
        terminal.wait_no_screen("Code is still running")
        terminal.key("ctrl+q")
        terminal.wait_screen("Code is still running")
        terminal.key("y")
        assert terminal.wait_exit() == 0
    with scripted(tmp_path, [["Again."]], "--continue") as terminal:
        terminal.wait_screen("│ begun", "interrupted")


def test_a_second_program_can_only_read(tmp_path: Path) -> None:
    with scripted(tmp_path, [["Mine.", python("1")]]) as first:
        send(first, "hello")
        first.wait_screen("Mine.")
        with scripted(tmp_path, [["Never."]], "--resume", session_id(tmp_path)) as second:
            second.wait_screen("hello", "Mine.", "READ ONLY")
            second.type("let me in")
            second.key("enter")
            second.settle(0.5)
            assert "let me in" in second.text  # it stays in the prompt
            assert "Never." not in second.text
            assert quit_program(second) == 0
        first.wait_screen("waiting for you")
