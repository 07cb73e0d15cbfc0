"""The program as a person starts it, against a server on this machine."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer
from tests.support.program import ROOT, assert_only_ours, decide, quit_program, real, send

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def fence(language: str, code: str, prose: str = "") -> str:
    """A reply as models without tools write it."""
    return f"{prose}\n\n```{language}\n{code}\n```\n"


def flags(server: FaultServer) -> tuple[str, ...]:
    return ("-m", "scripted-model", "-ab", server.api_base)


def test_prompt_proposal_yes_output_reply(tmp_path: Path, server: FaultServer) -> None:
    server.reply(fence("python", "print(6 * 7)", "I will multiply."))
    server.reply("The answer is here.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "multiply")
        decide(terminal, "y")
        terminal.wait_screen("│ 42", "The answer is here.")
        assert quit_program(terminal) == 0
        assert_only_ours(terminal)
    told = json.dumps(server.chats[-1].messages)
    assert "42" in told
    assert "multiply" in told


def test_a_prompt_on_the_command_line_is_sent(tmp_path: Path, server: FaultServer) -> None:
    server.reply("I was asked.")
    with real(tmp_path, "say", "something", *flags(server)) as terminal:
        terminal.wait_screen("I was asked.")
    assert "say something" in json.dumps(server.chats[0].messages)


def headless(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oi_tui", "run", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(folder / "home")},
        timeout=100,
        check=False,
    )


def test_headless_runs_through_the_same_engine(tmp_path: Path, server: FaultServer) -> None:
    server.reply(fence("python", "print(6 * 7)"))
    server.reply("The answer is here.")
    done = headless(tmp_path, "multiply", "-y", *flags(server))
    assert done.returncode == 0, done.stderr
    assert "42\nThe answer is here.\n" in done.stdout
    with real(tmp_path, "--continue", *flags(server)) as terminal:
        terminal.wait_screen("multiply", "│ 42", "The answer is here.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans back")
def test_headless_leaves_nothing_behind(tmp_path: Path, server: FaultServer) -> None:
    from tests.support.processes import tagged

    tag = secrets.token_hex(8)
    sleep = f"'{sys.executable}' -c 'import time; time.sleep(600)' {tag}"
    server.reply(fence("bash", f"setsid {sleep} >/dev/null 2>&1 &\n( ( {sleep} & ) & ) >/dev/null"))
    server.reply("Started.")
    done = headless(tmp_path, "start", "-y", *flags(server))
    assert done.returncode == 0, done.stderr
    assert not tagged(tag)


def test_an_unreachable_server_is_said_plainly(tmp_path: Path) -> None:
    done = headless(tmp_path, "hi", "-m", "x", "-ab", "http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "127.0.0.1:9" in done.stderr


def test_a_refused_key_is_replaced_on_the_spot_and_the_turn_sent_again(
    tmp_path: Path, server: FaultServer
) -> None:
    server.fault("a401")
    server.reply("Now I may answer.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "hello")
        terminal.wait_screen("did not accept the key", "%key")
        send(terminal, "%key")
        terminal.wait_screen("Key for", "It is not shown")
        terminal.type("sk-entered-0123456789")
        terminal.key("enter")
        terminal.wait_screen("Now I may answer.")
        assert b"sk-entered-0123456789" not in terminal.raw
        assert quit_program(terminal) == 0
    assert server.chats[-1].headers["authorization"] == "Bearer sk-entered-0123456789"


def test_a_key_refused_in_mid_turn_loses_nothing_of_the_turn(
    tmp_path: Path, server: FaultServer
) -> None:
    server.reply(fence("python", "print(6 * 7)", "I will multiply."))
    server.fault("a401")
    server.reply("It came to 42.")
    with real(tmp_path, *flags(server)) as terminal:
        send(terminal, "multiply")
        decide(terminal, "y")
        terminal.wait_screen("did not accept the key")
        send(terminal, "%key")
        terminal.wait_screen("It is not shown")
        terminal.type("sk-entered-0123456789")
        terminal.key("enter")
        terminal.wait_screen("It came to 42.")
        assert quit_program(terminal) == 0
    told = json.dumps(server.chats[-1].messages)
    assert told.count("multiply") == 2  # asked, and announced
    assert "print(6 * 7)" in told
    assert len(server.chats) == 3
