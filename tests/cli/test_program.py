"""The command as a process: what it refuses, prints and keeps to itself."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

PROGRAM = [sys.executable, "-m", "oi_tui"]


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **more},
        timeout=60,
        check=False,
    )


def test_help_and_version_go_to_stdout() -> None:
    for flag, said in (("--help", "oi-tui run PROMPT"), ("--version", "oi-tui 0.")):
        done = run(flag)
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout


def test_a_wrong_flag_is_a_usage_error() -> None:
    done = run("--modle", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean --model?" in done.stderr


@pytest.mark.parametrize("term", ["xterm-256color", "dumb", ""])
def test_without_a_terminal_there_is_no_screen_and_no_escape(term: str) -> None:
    done = run("hello", TERM=term)
    assert (done.returncode, done.stdout) == (2, "")
    assert "oi-tui run" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("term", ["dumb", ""])
def test_in_a_terminal_that_cannot_place_text_there_is_no_screen(term: str) -> None:
    with Terminal(PROGRAM, environ={**os.environ, "TERM": term}) as terminal:
        assert terminal.wait_exit() == 2
        assert "oi-tui run" in terminal.text
        assert b"\x1b" not in terminal.raw


def test_a_redirected_side_means_no_screen() -> None:
    for shell in ('"$@" </dev/null', '"$@" | cat; exit 2'):
        command = ["sh", "-c", shell, "sh", *PROGRAM]
        with Terminal(command) as terminal:
            assert terminal.wait_exit() == 2
            assert b"\x1b" not in terminal.raw


def test_nothing_is_imported_from_the_working_folder(tmp_path: Path) -> None:
    trap = "import pathlib; pathlib.Path(__file__).with_suffix('.sprung').touch()\n"
    for name in ("argparse", "json", "textual", "oi_tui", "litellm", "sitecustomize", "termios"):
        (tmp_path / f"{name}.py").write_text(trap)
    (tmp_path / ".env").write_text("OI_TUI_MODEL=trap\n")
    environ = {**os.environ, "PYTHONPATH": ""}
    command = str(Path(sys.executable).with_name("oi-tui"))
    for arguments in (["--help"], ["doctor"]):
        done = subprocess.run(
            [command, *arguments],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "trap" not in done.stdout
    assert not list(tmp_path.glob("*.sprung"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_key_on_the_command_line_is_taken_out_of_sight() -> None:
    key = "sk-" + secrets.token_hex(12)
    code = (
        "import sys; from oi_tui.cli.process_title import hide_argument;"
        "hide_argument(sys.argv[2]); print(sys.argv, open('/proc/self/cmdline').read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "-ak", key, f"--api_key={key}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert key not in done.stdout
    assert "x" * len(key) in done.stdout


def test_a_key_on_the_command_line_is_warned_about() -> None:
    key = "sk-" + secrets.token_hex(12)
    done = run("doctor", "-ak", key)
    assert key not in done.stdout + done.stderr
    assert "command line" in done.stderr


def test_doctor_prints_a_table_without_secrets() -> None:
    key = "sk-" + secrets.token_hex(12)
    done = run("doctor", OPENAI_API_KEY=key, HTTPS_PROXY="http://ada:hunter2@proxy:8080")
    assert done.returncode == 0, done.stdout
    for said in ("Python", "Terminal", "journal", "openai", "found: environment", "proxy:8080"):
        assert said in done.stdout
    assert key not in done.stdout
    assert "hunter2" not in done.stdout


def test_doctor_knows_what_a_plain_shell_means_and_takes_no_log_for_a_problem() -> None:
    done = run("doctor", "--debug", SHELL="/bin/bash")
    assert done.returncode == 0, done.stdout
    assert "means your bash" in done.stdout
    assert "problem" not in done.stdout


def test_the_program_starts_in_a_folder_that_was_removed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [
            "sh",
            "-c",
            'rmdir ../gone && exec "$@"',
            "sh",
            str(Path(sys.executable).with_name("oi-tui")),
            "doctor",
        ],
        cwd=gone,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_doctor_fails_where_sessions_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("doctor", OI_TUI_HOME=str(tmp_path / "file"))
    assert done.returncode == 1
    assert "!!  journal" in done.stdout


def test_config_opens_the_settings_file_in_the_editor(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'modle = "x"\\n\' > "$1"; echo "edited $1"\n')
    editor.chmod(0o755)
    done = run("--config", EDITOR=str(editor), OI_TUI_HOME=str(tmp_path))
    assert "config.toml" in done.stdout
    assert done.returncode == 2
    assert "model" in done.stderr  # what was probably meant


def test_there_is_nothing_to_continue_yet() -> None:
    done = run("run", "hi", "--continue")
    assert done.returncode == 2
    assert "no session" in done.stderr


def test_an_empty_prompt_is_refused() -> None:
    done = run("run", "-")
    assert done.returncode == 2
    assert "empty" in done.stderr
