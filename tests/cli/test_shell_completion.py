"""Completion scripts, asked in a real bash."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from oi_tui.cli.arguments import Arguments, Command, CommandLineError, parse
from oi_tui.cli.shell_completion import completion_script
from tests.cli.test_program import run

ASK = """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _oi_tui; printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words: str) -> list[str]:
    """What bash offers for the last of these words."""
    done = subprocess.run(
        ["bash", "--norc", "-c", completion_script("bash") + ASK, "bash", "oi-tui", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["--api"], ["--api_base", "--api_key"]),
        (["ses"], ["sessions"]),
        (["sessions", "ex"], ["export"]),
        (["sessions", "--fo"], ["--format", "--force"]),
        (["sessions", "export", "1", "--format", "n"], ["notebook"]),
        (["--safe_mode", "a"], ["ask", "auto"]),
        (["run", "--js"], ["--json"]),
        (["run", "--conv"], []),
        (["completion", ""], ["bash", "zsh"]),
        (["models", "p"], ["pull"]),
        (["models", "pull", "--gg"], ["--gguf_quality"]),
    ],
)
def test_bash_offers(words: list[str], offered: list[str]) -> None:
    assert completed(*words)[: len(offered) or None] == offered


def test_every_flag_of_the_help_is_offered() -> None:
    for command in ("", "run", "sessions", "models", "config", "doctor"):
        words = [command] if command else []
        offered = completed(*words, "--")
        for flag in offered:
            assert f" {flag} " in parse([*words, "--help"]).help.replace("\n", " \n"), flag
        assert len(offered) > 3


def test_the_script_is_printed_for_the_shell_that_is_named() -> None:
    assert parse(["completion", "zsh"]) == Arguments(Command.COMPLETION, words=("zsh",))
    done = run("completion", "zsh")
    assert (done.returncode, done.stdout) == (0, completion_script("zsh"))
    for words in (["completion"], ["completion", "bash", "please"]):
        with pytest.raises(CommandLineError, match="completion bash"):
            parse(words)
    assert parse(["completion", "of", "my", "thesis"]).command is Command.OPEN


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_takes_its_script() -> None:
    command = "autoload -U compinit && compinit -D -u\n" + completion_script("zsh")
    done = subprocess.run(["zsh", "-f", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
