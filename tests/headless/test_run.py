"""One prompt without a screen: what is printed, what is asked, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oi_tui.protocol.codec import decode_envelope
from tests.support.terminal import Terminal
from tests.support.tokens import foreign_sequences, stray_bytes

ROOT = str(Path(__file__).parents[2])
COMMAND = [sys.executable, "-m", "tests.headless.scripted_program"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT}


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )


def in_terminal(*arguments: str) -> Terminal:
    return Terminal([*COMMAND, *arguments], environ=environment(), columns=100, rows=30)


# -- text -----------------------------------------------------------------------------------------
def test_prose_goes_to_stdout_and_nothing_else_does() -> None:
    done = run("prose", "hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Hello **there**.\n", "")


def test_with_auto_run_code_and_output_are_printed() -> None:
    done = run("run", "hi", "-y")
    assert done.returncode == 0
    assert done.stdout == ("I will print.\n```python\nprint(6 * 7)\n```\n42\nIt is 42.\n")


def test_how_a_failed_run_ended_is_told_aside() -> None:
    done = run("fail", "hi", "-y")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == ["no", "It failed."]
    assert "Exit code 3" in done.stderr


def test_without_anybody_to_ask_nothing_runs() -> None:
    done = run("run", "hi")
    assert done.returncode == 3
    assert "42" not in done.stdout
    assert "-y" in done.stderr


@pytest.mark.parametrize(("script", "code"), [("fault", 1), ("cut", 1), ("same", 4)])
def test_an_end_that_is_none_has_its_exit_code(script: str, code: int) -> None:
    done = run(script, "hi", "-y")
    assert done.returncode == code
    assert done.stderr


@pytest.mark.parametrize("arguments", [("hostile", "hi", "-y"), ("hostile", "hi", "--json", "-y")])
def test_no_foreign_sequence_leaves_a_pipe_or_a_terminal(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = done.stdout + done.stderr
    assert b"\x1b" not in written
    assert foreign_sequences(written.replace(b"\r", b"")) == []
    assert stray_bytes(written) == []


def test_hidden_characters_of_a_proposal_are_shown_and_counted() -> None:
    done = run("hostile", "hi", "-y")
    assert "print(6 * 7)⟨U+001B⟩[2J⟨U+202E⟩" in done.stdout
    assert "2 hidden characters" in done.stderr


def test_quiet_prints_the_last_reply_only() -> None:
    done = run("run", "hi", "-y", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "It is 42.\n", "")


def test_quiet_still_says_why_there_is_no_answer() -> None:
    done = run("fault", "hi", "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The key was refused" in done.stderr


# -- a person in a terminal -----------------------------------------------------------------------
def test_a_person_is_asked_and_yes_runs_it() -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.wait_screen("print(6 * 7)", "[y]es, [n]o")
        assert "42" not in terminal.text
        terminal.type("y\r")
        terminal.wait_screen("It is 42.")
        assert terminal.wait_exit() == 0


def test_in_quiet_what_a_question_is_about_is_shown() -> None:
    with in_terminal("run", "hi", "--quiet") as terminal:
        terminal.wait_screen("print(6 * 7)", "[y]es, [n]o")
        terminal.type("y\r")
        terminal.wait_screen("It is 42.")
        assert terminal.wait_exit() == 0
        assert "I will print" not in terminal.text
        assert "\n42" not in terminal.text


def test_in_quiet_a_program_can_be_answered() -> None:
    with in_terminal("input", "hi", "-y", "--quiet") as terminal:
        terminal.wait_screen("Name?")
        terminal.type("Ada\r")
        terminal.wait_screen("Thanks.")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("answer", ["n\r", "s\r", "\x04"])
def test_a_person_can_refuse(answer: str) -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.wait_screen("[y]es, [n]o")
        terminal.type(answer)
        assert terminal.wait_exit() == 3
        assert "\n42" not in terminal.text


def test_what_was_typed_before_the_question_is_no_answer() -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.type("y\ry\ry\r")
        terminal.wait_screen("[y]es, [n]o")
        terminal.settle()
        assert "\n42" not in terminal.text
        terminal.type("maybe\r")
        terminal.wait(lambda: terminal.text.count("[y]es, [n]o") == 2, "the question again")
        terminal.type("s\r")
        assert terminal.wait_exit() == 3


@pytest.mark.parametrize("prose", ["you are wrong", "yes please", "yess"])
def test_a_sentence_that_begins_with_y_is_no_yes(prose: str) -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.wait_screen("[y]es, [n]o")
        terminal.type(prose + "\r")
        terminal.wait(lambda: terminal.text.count("[y]es, [n]o") == 2, "the question again")
        assert "\n42" not in terminal.text
        terminal.type("yes\r")
        terminal.wait_screen("It is 42.")
        assert terminal.wait_exit() == 0


def test_in_safe_mode_a_person_can_have_it_scanned_before_they_answer() -> None:
    with in_terminal("run", "hi", "--safe=ask") as terminal:
        terminal.wait_screen("[y]es, [n]o, [e]dit, s[c]an")
        terminal.type("c\r")
        terminal.wait_screen("semgrep, line 1: 12 bytes of python")
        terminal.wait(lambda: terminal.text.count("s[c]an") == 2, "the question again")
        terminal.type("y\r")
        terminal.wait_screen("It is 42.")
        assert terminal.wait_exit() == 0


def test_in_safe_mode_auto_findings_stand_before_the_question() -> None:
    with in_terminal("run", "hi", "--safe=auto") as terminal:
        terminal.wait_screen("semgrep, line 1", "[y]es, [n]o, [e]dit, [s]top")
        terminal.type("s\r")
        assert terminal.wait_exit() == 3


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person's editor changes the code by itself."""
    program = tmp_path / "editor"
    program.write_text('#!/bin/sh\nsed -i "s/6 [*] 7/9 * 9/" "$1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(program))


@pytest.mark.usefixtures("editor")
def test_an_edit_is_shown_and_needs_its_own_yes() -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.wait_screen("[y]es, [n]o")
        terminal.type("e\r")
        terminal.wait_screen("print(9 * 9)")
        terminal.wait(lambda: terminal.text.count("[y]es, [n]o") == 2, "the second question")
        terminal.type("y\r")
        terminal.wait_screen("It is 42.")
        assert terminal.wait_exit() == 0


@pytest.mark.usefixtures("editor")
def test_a_yes_from_before_an_edit_does_not_count_for_it() -> None:
    with in_terminal("run", "hi") as terminal:
        terminal.wait_screen("[y]es, [n]o")
        terminal.type("e\ry\r")
        terminal.wait(lambda: terminal.text.count("[y]es, [n]o") == 2, "the second question")
        terminal.type("n\r")
        assert terminal.wait_exit() == 3


def test_a_program_can_be_answered() -> None:
    with in_terminal("input", "hi", "-y") as terminal:
        terminal.wait_screen("Name?")
        terminal.type("Ada\r")
        terminal.wait_screen("Thanks.")
        assert terminal.wait_exit() == 0
        assert terminal.text.count("Ada") == 1


def test_a_password_is_not_shown_and_the_echo_comes_back() -> None:
    with in_terminal("password", "hi", "-y") as terminal:
        terminal.wait_screen("Password:")
        terminal.wait(lambda: terminal.settings() != terminal.settings_before, "a hidden field")
        terminal.type("hunter2\r")
        terminal.wait_screen("Thanks.")
        assert terminal.wait_exit() == 0
        assert "hunter2" not in terminal.text
        assert terminal.settings() == terminal.settings_before


def test_ctrl_c_climbs_its_ladder() -> None:
    with in_terminal("endless", "hi", "-y") as terminal:
        terminal.wait_screen("busy")
        terminal.key("ctrl+c")
        assert terminal.wait_exit() == 130


def test_ctrl_c_stops_the_model() -> None:
    with in_terminal("thinking", "hi") as terminal:
        terminal.wait_screen("Let me think")
        terminal.key("ctrl+c")
        assert terminal.wait_exit() == 130


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it(name: str) -> None:
    with in_terminal("endless", "hi", "-y") as terminal:
        terminal.wait_screen("busy")
        terminal.kill(signal.Signals[name])
        assert terminal.wait_exit() == 128 + signal.Signals[name]


# -- JSON lines -----------------------------------------------------------------------------------
def parsed(stdout: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in stdout.splitlines()]
    return [line["event"] for line in lines if "event" in line]


def test_json_is_one_readable_envelope_a_line() -> None:
    done = run("run", "hi", "--json", "-y")
    assert done.returncode == 0
    header, *lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (header["format"], header["version"]) == ("oi-tui-events", 1)
    assert header["program"].startswith("oi-tui ")
    envelopes = [decode_envelope(line) for line in lines]
    assert None not in envelopes
    assert {envelope.session_id for envelope in envelopes if envelope} == {header["session_id"]}
    types = [event["type"] for event in parsed(done.stdout)]
    assert types[0] == "SessionOpened"
    assert types[-1] == "TurnFinished"
    assert done.stdout.isascii()


class Conversation:
    """A program that decides by JSON lines."""

    def __init__(self, script: str, *flags: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, script, "hi", "--json", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.seen: list[dict[str, Any]] = []

    def wait_for(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, Any] | None = json.loads(line).get("event")
            if event is None:
                continue  # the header
            self.seen.append(event)
            if event["type"] == kind:
                return event
        raise AssertionError(f"no {kind} in {self.seen}")

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def finish(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=60)
        self.seen += parsed(out)
        return self.process.returncode, err


def test_a_program_can_approve() -> None:
    conversation = Conversation("run")
    asked = conversation.wait_for("ApprovalRequested")
    conversation.send("nonsense")
    conversation.send(
        json.dumps(
            {
                "type": "Decide",
                "call_id": asked["call_id"],
                "decision": "approve",
                "digest": asked["digest"],
            }
        )
    )
    conversation.wait_for("TurnFinished")
    code, err = conversation.finish()
    assert code == 0
    assert "nonsense" in err
    assert [e["data"] for e in conversation.seen if e["type"] == "OutputAdded"] == ["42\r\n"]


def test_a_program_can_have_a_proposal_scanned() -> None:
    conversation = Conversation("run", "--safe=ask")
    asked = conversation.wait_for("ApprovalRequested")
    assert asked["can_scan"]
    conversation.send(json.dumps({"type": "ScanProposal", "call_id": asked["call_id"]}))
    scanned = conversation.wait_for("ProposalScanned")
    assert scanned["digest"] == asked["digest"]
    assert scanned["notes"] == ["semgrep, line 1: 12 bytes of python"]
    assert conversation.finish()[0] == 3


def test_no_line_of_a_program_ends_ours() -> None:
    conversation = Conversation("run")
    conversation.wait_for("ApprovalRequested")
    conversation.send("[" * 200_000)
    code, err = conversation.finish()
    assert code == 3
    assert "Not a decision" in err


def test_an_approval_of_other_bytes_does_not_run() -> None:
    conversation = Conversation("run")
    asked = conversation.wait_for("ApprovalRequested")
    conversation.send(
        json.dumps(
            {
                "type": "Decide",
                "call_id": asked["call_id"],
                "decision": "approve",
                "digest": "0" * 64,
            }
        )
    )
    code, _ = conversation.finish()  # closes stdin: nobody can decide any more
    assert code == 3
    assert not [e for e in conversation.seen if e["type"] == "RunStarted"]


def test_a_closed_stdin_denies() -> None:
    done = run("run", "hi", "--json")
    assert done.returncode == 3
    assert not [e for e in parsed(done.stdout) if e["type"] == "RunStarted"]
