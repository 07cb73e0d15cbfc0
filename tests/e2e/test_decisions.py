"""What a person decides about a proposal, and what of it the model is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer, Received, Tool
from tests.support.program import approval_waits, decide, press_until, real, send

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setenv("OI_TUI_TOOL_MODE", "tools")
    with FaultServer() as running:
        yield running


def flags(server: FaultServer) -> tuple[str, ...]:
    return ("-m", "scripted-model", "-ab", server.api_base)


def results(request: Received) -> list[str]:
    """What the model reads of each call, in order."""
    return [str(one["content"]) for one in request.messages if one["role"] == "tool"]


def test_calls_are_asked_in_order_and_answered_each(tmp_path: Path, server: FaultServer) -> None:
    first = Tool("python", "word = 'sev' + 'en'\nprint(word)")
    server.reply("Two steps.", first, Tool("bash", "echo tw''o > made; cat made"))
    server.reply("Both are done.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "two steps")
        terminal.wait_screen("word = 'sev' + 'en'", "waiting for you")
        assert not (tmp_path / "work" / "made").exists()
        decide(terminal, "y", until="│ seven")
        terminal.wait_screen("waiting for you")
        assert not (tmp_path / "work" / "made").exists()
        decide(terminal, "y")
        terminal.wait_screen("│ two", "Both are done.")
    (offered,) = server.chats[0].body["tools"]
    assert offered["function"]["name"] == "execute"
    asked = [one for one in server.chats[1].messages if one.get("tool_calls")]
    calls = [call for one in asked for call in one["tool_calls"]]
    told = [one for one in server.chats[1].messages if one["role"] == "tool"]
    assert [call["function"]["name"] for call in calls] == ["execute", "execute"]
    assert [one["tool_call_id"] for one in told] == [call["id"] for call in calls]
    assert "seven" in told[0]["content"]
    assert "two" in told[1]["content"]


def test_an_edit_is_what_runs_and_what_the_model_reads(tmp_path: Path, server: FaultServer) -> None:
    server.reply(Tool("python", "print(6 * 7)"))
    server.reply("Changed.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "multiply")
        approval_waits(terminal)
        terminal.key("f4")
        press_until(terminal, "e", "Esc keeps the edit")
        terminal.key("end")
        terminal.type("; printx")
        terminal.key("backspace")  # together with what follows: no key overtakes another
        terminal.type("('edited' * 2)")
        terminal.wait_screen("print('edited' * 2)")
        terminal.key("escape")
        decide(terminal, "y", focus=False)
        terminal.wait_screen("editededited", "Changed.")
    (told,) = results(server.chats[1])
    assert "editededited" in told
    assert "print(6 * 7); print('edited' * 2)" in told


def test_a_reason_reaches_the_model(tmp_path: Path, server: FaultServer) -> None:
    server.reply(Tool("python", "open('ran', 'w')"))
    server.reply("Then otherwise.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "do it")
        approval_waits(terminal)
        terminal.key("f4")
        press_until(terminal, "r", "rejects with this reason")
        terminal.type("use a database")
        terminal.key("enter")
        terminal.wait_screen("Then otherwise.")
    (told,) = results(server.chats[1])
    assert "use a database" in told
    assert not (tmp_path / "work" / "ran").exists()


def test_no_goes_on_and_escape_ends_the_turn(tmp_path: Path, server: FaultServer) -> None:
    server.reply(Tool("python", "open('ran', 'w')"))
    server.reply("Another way.", Tool("bash", "touch ran"), Tool("python", "open('ran', 'w')"))
    server.reply("So be it.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "do it")
        decide(terminal, "n", until="Another way.")
        terminal.wait_screen("touch ran", "waiting for you")
        decide(terminal, "escape")
        assert len(server.chats) == 2
        send(terminal, "and now")
        terminal.wait_screen("So be it.")
    assert not (tmp_path / "work" / "ran").exists()
    told = results(server.chats[2])
    assert len(told) == 3  # also the one that nobody was asked about
    assert all(text.startswith("Not run") for text in told)


def test_allowing_a_language_asks_no_more_for_it(tmp_path: Path, server: FaultServer) -> None:
    server.reply(Tool("python", "print('fir' + 'st')"))
    server.reply(Tool("python", "print('sec' + 'ond')"))
    server.reply(Tool("bash", "echo thi''rd"))
    server.reply("End.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "three")
        decide(terminal, "a", until="│ second")
        terminal.wait_screen("│ first", "echo thi''rd", "waiting for you")  # another language asks
        decide(terminal, "y")
        terminal.wait_screen("│ third", "End.")


def test_somebody_who_types_sees_a_badge(tmp_path: Path, server: FaultServer) -> None:
    server.reply("Wait.", Tool("python", "open('ran', 'w')"))
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "do it")
        terminal.type("yes yes and a")
        terminal.wait_screen("Approval waiting · F4")
        terminal.type(" yellow yak y")
        terminal.wait_screen("yes yes and a yellow yak y")
        terminal.wait_screen("waiting for you")
        terminal.key("f4")
        terminal.wait_screen("Your decision")
        assert not (tmp_path / "work" / "ran").exists()
    assert len(server.chats) == 1
    assert "yellow" not in json.dumps(server.chats[0].messages)
