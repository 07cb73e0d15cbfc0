"""What a person sees when the provider fails: what failed, what is kept, what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer
from tests.support.program import PROMPT, assert_only_ours, real, send
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def start(folder: Path, server: FaultServer) -> Terminal:
    return real(folder, "-m", "scripted-model", "-ab", server.api_base)


def test_each_failure_is_told_and_the_same_prompt_can_be_sent_again(
    tmp_path: Path, server: FaultServer
) -> None:
    failures = {  # what the card says, in the order in which the server fails
        "a401": "did not accept the key",
        "html": "no reply",
        "ctx": "context",
        "emptychoices": "cut off",
        "m404": "does not exist",
    }
    for case in failures:
        server.fault(case)
    server.reply("Better now.")
    with start(tmp_path, server) as terminal:
        send(terminal, "hello there")
        for sent, words in enumerate(failures.values(), 1):
            terminal.wait(lambda sent=sent: len(server.chats) == sent, "the request")
            terminal.wait_screen(PROMPT, "✗")
            terminal.wait(lambda words=words: words in terminal.text.lower(), words)
            terminal.wait_screen("kept")  # a card may be drawn in two strokes
            send(terminal, "%retry")
        terminal.wait_screen("Better now.")
        assert_only_ours(terminal)
    assert [chat.messages[-1]["content"] for chat in server.chats] == ["hello there"] * 6


def test_a_limit_counts_down_and_goes_on_by_itself(tmp_path: Path, server: FaultServer) -> None:
    server.fault("r429:4")
    server.reply("Through.")
    with start(tmp_path, server) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("in 3 s · Ctrl+C stops")
        terminal.wait_screen("in 2 s")
        terminal.wait_screen("Through.")


def test_waiting_for_a_limit_can_be_stopped(tmp_path: Path, server: FaultServer) -> None:
    server.fault("r429:50")
    with start(tmp_path, server) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("Asked to wait", "Ctrl+C stops")
        terminal.key("ctrl+c")
        terminal.wait_screen("Interrupted", PROMPT)
    assert len(server.chats) == 1


def test_a_server_in_trouble_is_asked_again_then_told(tmp_path: Path, server: FaultServer) -> None:
    for _ in range(3):
        server.fault("s500")
    with start(tmp_path, server) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("try 2 of 3")
        terminal.wait_screen("✗", "kept", PROMPT)
    assert len(server.chats) == 3


def test_a_dropped_reply_is_kept_and_goes_on(tmp_path: Path, server: FaultServer) -> None:
    server.fault("drop:900")
    server.reply("And on.")
    with start(tmp_path, server) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("cut off", "The answer", PROMPT)
        send(terminal, "%continue")
        terminal.wait_screen("And on.")
    said = [one for one in server.chats[1].messages if one["role"] == "assistant"]
    assert said[0]["content"].startswith("The answer")
