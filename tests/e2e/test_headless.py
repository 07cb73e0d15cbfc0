"""`oi-tui run` as a person or a script starts it, against a server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer
from tests.support.program import ROOT
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.shell]
PROPOSAL = "I will multiply.\n\n```python\nprint(6 * 7)\n```\n"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def command(server: FaultServer) -> list[str]:
    return [sys.executable, "-m", "oi_tui", "run", "-m", "scripted", "-ab", server.api_base]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(tmp_path / "home")}


Run = subprocess.CompletedProcess[str]


def run(command: list[str], environ: dict[str, str], *words: str, stdin: str = "") -> Run:
    return subprocess.run(
        [*command, *words],
        input=stdin,
        capture_output=True,
        text=True,
        env=environ,
        timeout=100,
        check=False,
    )


def test_what_is_piped_in_goes_along_as_data(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply("Looks fine.")
    done = run(command, environ, "review", "this", stdin="-old\n+new\n")
    assert (done.returncode, done.stdout) == (0, "Looks fine.\n"), done.stderr
    sent = server.chats[0].messages[-1]["content"]
    assert sent.startswith("review this")
    assert "```\n-old\n+new\n```" in sent


def test_without_a_prompt_what_is_piped_in_is_it(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply("Hello.")
    assert run(command, environ, stdin="say hello\n").returncode == 0
    assert server.chats[0].messages[-1]["content"] == "say hello"


def test_with_json_a_pipe_brings_decisions_and_no_data(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply("Hello.")
    done = run(command, environ, "hi", "--json", stdin="data\n")
    assert done.returncode == 0, done.stderr
    assert server.chats[0].messages[-1]["content"] == "hi"


def test_after_a_pipe_a_person_at_the_terminal_is_asked(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply(PROPOSAL)
    server.reply("The answer is here.")
    line = ["sh", "-c", 'printf "some data\\n" | "$@"', "sh", *command, "multiply"]
    with Terminal(line, environ=environ, columns=100, rows=30) as terminal:
        terminal.wait_screen("print(6 * 7)", "[y]es, [n]o")
        terminal.type("y\r")
        terminal.wait_screen("The answer is here.")
        assert terminal.wait_exit() == 0
    assert "some data" in server.chats[0].messages[-1]["content"]


@pytest.mark.parametrize("flags", [(), ("--ephemeral",)], ids=["kept", "ephemeral"])
def test_only_a_session_that_is_kept_is_said_to_go_on(
    flags: tuple[str, ...], server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply("Hello.")
    with Terminal([*command, "hi", *flags], environ=environ, columns=100, rows=30) as terminal:
        assert terminal.wait_exit() == 0
        assert "Hello." in terminal.text
        assert ("--resume" in terminal.text) is not bool(flags)


@pytest.mark.parametrize("way", ["--continue", "--resume"])
def test_a_session_goes_on(
    way: str, server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply("Hello Ada.")
    first = run(command, environ, "I am Ada", "--json")
    session_id = json.loads(first.stdout.splitlines()[0])["session_id"]
    server.reply("You are Ada.")
    words = [way] if way == "--continue" else [way, session_id]
    done = run(command, environ, "who am I?", "--quiet", *words)
    assert (done.returncode, done.stdout) == (0, "You are Ada.\n"), done.stderr
    assert "I am Ada" in json.dumps(server.chats[-1].messages)


def test_a_limit_of_steps_ends_it_with_its_own_exit_code(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply(PROPOSAL)
    done = run(command, environ, "multiply", "-y", "--max_steps", "1")
    assert done.returncode == 4
    assert "42" in done.stdout
    assert "steps" in done.stderr


def test_a_limit_of_tokens_ends_it_before_the_next_request(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply(PROPOSAL)
    done = run(command, environ, "multiply", "-y", "--max_total_tokens", "1")
    assert done.returncode == 4
    assert "tokens" in done.stderr
    assert len(server.chats) <= 1


def test_safe_mode_switches_auto_run_off_and_nothing_runs(
    server: FaultServer, command: list[str], environ: dict[str, str]
) -> None:
    server.reply(PROPOSAL)
    done = run(command, environ, "multiply", "-y", "--safe_mode", "ask")
    assert done.returncode == 3
    assert "auto-run is off" in done.stderr
    assert "\n42\n" not in done.stdout
