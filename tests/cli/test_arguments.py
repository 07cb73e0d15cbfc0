"""What may be written on the command line."""

from __future__ import annotations

import dataclasses
import re

import pytest

from oi_tui.cli.arguments import Arguments, Command, CommandLineError, parse
from oi_tui.cli.departed import departed_flags
from oi_tui.config.schema import Settings


def test_nothing_opens_the_application_and_hides_no_setting() -> None:
    assert parse([]) == Arguments()


def test_words_are_one_prompt() -> None:
    assert parse(["fix", "the", "tests", "-y"]).prompt == "fix the tests"
    assert parse(["fix", "-y", "the", "tests"]).prompt == "fix the tests"


def test_what_follows_two_dashes_is_the_prompt() -> None:
    assert parse(["-y", "--", "-x", "5"]).prompt == "-x 5"


FLAGS = [
    ("-m", "--model", "gpt-4o", "model", "gpt-4o"),
    ("-ab", "--api_base", "http://localhost:1/v1", "api_base", "http://localhost:1/v1"),
    ("-s", "--system_message", "Be brief.", "system_message", "Be brief."),
    ("-t", "--temperature", "0.5", "temperature", 0.5),
    ("-c", "--context_window", "8_000", "context_window", 8000),
    ("-x", "--max_tokens", "500", "max_tokens", 500),
    ("-b", "--max_budget", "0.25", "max_budget", 0.25),
    ("-xo", "--max_output", "4000", "max_output", 4000),
]


@pytest.mark.parametrize(("short", "long", "text", "name", "value"), FLAGS)
def test_the_flags_of_the_0_1_line(
    short: str, long: str, text: str, name: str, value: object
) -> None:
    hyphenated = "--" + long[2:].replace("_", "-")
    for words in ([short, text], [long, text], [f"{long}={text}"], [hyphenated, text]):
        assert parse(words).settings == {name: value}


@pytest.mark.parametrize("words", [["-y"], ["--auto_run"], ["--auto-run"]])
def test_auto_run(words: list[str]) -> None:
    assert parse(words).settings == {"auto_run": True}


@pytest.mark.parametrize("words", [["-d"], ["--debug"], ["--debug_mode"]])
def test_debug(words: list[str]) -> None:
    assert parse(words).settings == {"debug": True}


def test_every_flag_of_a_setting_names_a_setting() -> None:
    words = ["-y", "-d", "--ephemeral", "--theme", "x", "--lang", "de"]
    for short, _, text, _, _ in FLAGS:
        words += [short, text]
    assert set(parse(words).settings) <= {field.name for field in dataclasses.fields(Settings)}


def test_the_key_is_in_no_repr() -> None:
    arguments = parse(["-ak", "sk-secret"])
    assert arguments.api_key == "sk-secret"
    assert "secret" not in repr(arguments)


def test_subcommands() -> None:
    assert parse(["run", "do", "it", "--json", "-y"]) == Arguments(
        Command.RUN, "do it", {"auto_run": True}, json=True
    )
    assert parse(["-m", "gpt-4o", "run", "-"]).prompt == "-"
    assert parse(["doctor", "--servers"]) == Arguments(Command.DOCTOR, servers=True)
    assert parse(["run the tests"]).command is Command.OPEN


def test_sessions_have_verbs() -> None:
    assert parse(["sessions"]) == Arguments(Command.SESSIONS)
    assert parse(["sessions", "export", "2026", "--format", "json", "-o", "x", "--force"]) == (
        Arguments(Command.SESSIONS, words=("export", "2026"), format="json", output="x", force=True)
    )
    assert parse(["sessions", "--json", "search", "two", "words", "--limit", "5"]) == Arguments(
        Command.SESSIONS, words=("search", "two", "words"), json=True, limit=5
    )
    assert parse(["sessions", "search", "--", "-x"]).words == ("search", "-x")


def test_a_prompt_may_begin_like_a_subcommand() -> None:
    for words in (["sessions", "are", "great"], ["config", "for", "nginx", "please"]):
        assert parse(words) == Arguments(prompt=" ".join(words))
    assert parse(["--", "sessions", "list"]) == Arguments(prompt="sessions list")


def test_config_has_verbs_and_a_profile() -> None:
    assert parse(["config", "show", "-p", "work"]) == Arguments(
        Command.CONFIG, words=("show",), profile="work"
    )
    assert parse(["--config"]).command is Command.EDIT_CONFIG
    for words in (["--local"], ["-l"]):
        assert parse(words) == Arguments(local=True)
    local = parse(["--local", "--model", "tiiuae/falcon-180B", "--gguf_quality", "0.5"])
    assert (local.local, local.gguf_quality) == (True, 0.5)
    assert local.settings == {"model": "tiiuae/falcon-180B"}


@pytest.mark.parametrize("name", ["run", "sessions", "config", "doctor"])
def test_each_subcommand_has_its_own_help(name: str) -> None:
    arguments = parse([name, "--help"])
    assert arguments.command is Command.HELP
    assert arguments.help.startswith(f"usage: oi-tui {name}")
    assert max(map(len, arguments.help.splitlines())) <= 80
    assert ("--api_base" in arguments.help) == (name == "run")
    assert ("--limit" in arguments.help) == (name == "sessions")


def test_sessions_can_be_opened_again() -> None:
    assert parse(["--continue"]).go_on
    assert parse(["--resume", "2026"]).session_id == "2026"
    with pytest.raises(CommandLineError, match="not both"):
        parse(["--continue", "--resume", "2026"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--modle", "x"], "Did you mean --model"),
        (["--api-bas=x"], "Did you mean --api-base"),
        (["--frobnicate"], "oi-tui --help"),
        (["-t", "warm"], "warm is not a number"),
        (["-c", "many"], "many is not a whole number"),
        (["-m"], "-m"),
        (["--json", "hi"], "oi-tui run PROMPT --json"),
        (["--servers"], "oi-tui doctor --servers"),
        (["doctor", "please"], "no prompt"),
        (["-q", "2"], "2 is not between 0 and 1"),
        (["-q", "nan"], "nan is not between 0 and 1"),
        (["--local", "--fast"], "not both"),
        (["models", "lits"], "Did you mean oi-tui models list"),
        (["--sandbox"], "not there yet"),
        (["--fast", "-m", "gpt-4o"], "not both"),
        (["run", "hi", "--json", "--quiet"], "not both"),
        (["run", "hi", "--conversations"], "oi-tui --conversations"),
        (["--output", "x"], "oi-tui sessions export ID --output FILE"),
        (["sessions", "expotr", "1"], "Did you mean oi-tui sessions export"),
        (["sessions", "--limit", "few"], "few is not a whole number"),
    ],
)
def test_what_makes_no_sense_is_answered_kindly(words: list[str], said: str) -> None:
    with pytest.raises(CommandLineError, match=said):
        parse(words)


def test_what_will_not_come_is_answered_kindly() -> None:
    for departed in departed_flags():
        for option in departed.options:
            with pytest.raises(CommandLineError) as problem:
                parse(["fix the tests", option])
            assert str(problem.value) == f"{option}: {departed.advice}"
            assert len(departed.advice.split()) > 3


def test_advice_names_no_flag_or_command_that_is_not_there() -> None:
    for departed in departed_flags():
        for flag in re.findall(r"--[a-z_]+", departed.advice):
            words = [flag, "1"] if flag not in ("--json", "--servers", "--config") else []
            parse(words)


def test_short_forms_of_the_0_4_line() -> None:
    assert parse(["-sm", "Be brief.", "-cw", "8000"]).settings == {
        "system_message": "Be brief.",
        "context_window": 8000,
    }
    assert parse(["-v"]).settings == parse(["--verbose"]).settings == {"debug": True}
    assert parse(["-p", "work"]).profile == parse(["--profile", "work"]).profile == "work"


def test_limits() -> None:
    words = ["--max_steps", "5", "--max-time", "60", "--max_total_tokens", "9_000", "-b", "1"]
    assert parse(words).settings == {
        "max_steps": 5,
        "max_time": 60,
        "max_total_tokens": 9000,
        "max_budget": 1.0,
    }


def test_the_command_lines_of_the_readme() -> None:
    assert parse(["--model", "gpt-3.5-turbo"]).settings == {"model": "gpt-3.5-turbo"}
    assert parse(["--max_tokens", "2000", "--context_window", "16000"]).settings == {
        "max_tokens": 2000,
        "context_window": 16000,
    }
    assert parse(["--debug"]).settings == {"debug": True}
    assert parse(["-y"]).settings == {"auto_run": True}
    assert parse(["--config"]).command is Command.EDIT_CONFIG


def test_a_problem_repeats_no_escape_sequence() -> None:
    with pytest.raises(CommandLineError) as problem:
        parse(["--\x1b]0;owned\x07"])
    assert "\x1b" not in str(problem.value)


def test_help_names_every_flag_once_and_fits_80_columns() -> None:
    text = parse(["--help"]).help
    assert max(map(len, text.splitlines())) <= 80
    for _, long, *_ in FLAGS:
        assert text.count(f"{long} ") == 1
    assert "sandbox" not in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sesions list", "oi-tui sessions list"),
        ("session list", "oi-tui sessions list"),
        ("model pull owner/name", "oi-tui models pull"),
        ("config get model", "has no get"),
        ("config set theme x", "has no set"),
        ("config list", "has no list"),
        ("models bogus", "has no bogus; it has: list, pull"),
    ],
)
def test_a_subcommand_that_is_nearly_right_is_no_prompt(line: str, words: str) -> None:
    with pytest.raises(CommandLineError, match=words):
        parse(line.split())


@pytest.mark.parametrize(
    "line", ["models of the solar system", "session notes please", "list files"]
)
def test_a_prompt_that_begins_like_a_subcommand_is_one(line: str) -> None:
    assert parse(line.split()).prompt == line
