"""A window may have any size at any time: nothing breaks, and the screen is as if drawn fresh."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer, Step
from tests.support.program import PROMPT, assert_only_ours, quit_program, real, send
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def start(folder: Path, server: FaultServer) -> Terminal:
    return real(folder, "-m", "scripted-model", "-ab", server.api_base)


def test_three_hundred_sizes_during_a_stream(tmp_path: Path, server: FaultServer) -> None:
    chance = random.Random(7)
    words = [f"word {number}, 你好 **bold** `code`\n\n" for number in range(40)]
    server.reply(*[part for word in words for part in (word, Step.WAIT)], "The end of it.")
    with start(tmp_path, server) as terminal:
        send(terminal, "talk")
        terminal.wait_screen("word 0,")
        for number in range(300):
            terminal.resize(chance.randint(20, 200), chance.randint(5, 60))
            terminal.read(0.01)
            if number == 150:
                server.release()
        terminal.resize(120, 40)
        terminal.wait_screen("The end of it.", PROMPT)
        terminal.settle()
        after = calm(terminal)
        terminal.key("ctrl+l")
        terminal.settle()
        assert calm(terminal) == after
        assert quit_program(terminal) == 0
        assert_only_ours(terminal)


def calm(terminal: Terminal) -> list[str]:
    """The rows, without what changes by itself."""
    return [row.replace("█", " ").rstrip() for row in terminal.rows]


def test_too_small_says_so_and_still_stops(tmp_path: Path, server: FaultServer) -> None:
    server.reply("It begins ", Step.WAIT, "never")
    with start(tmp_path, server) as terminal:
        send(terminal, "talk")
        terminal.wait_screen("It begins")
        terminal.resize(50, 12)
        terminal.wait_screen("Ctrl+C", "60")
        terminal.key("ctrl+c")
        terminal.wait(lambda: server.chats[0].gone.is_set(), "the request's end")
        terminal.resize(120, 40)
        terminal.wait_screen("Interrupted", PROMPT)
