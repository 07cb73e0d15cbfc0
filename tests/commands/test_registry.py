"""Which lines are commands, what they ask for, and what is said about the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.commands.actions import action
from oi_tui.commands.command import Group, Intent, Request
from oi_tui.commands.registry import CommandProblem, ParsedCommand, find, parse_line
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.protocol import ops


def request_of(text: str) -> Request:
    parsed = parse_line(text)
    assert isinstance(parsed, ParsedCommand), parsed
    return parsed.request


@pytest.mark.parametrize("sign", ["%", "/"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("undo", ops.UndoTurn()),
        ("retry", ops.RetryTurn()),
        ("continue", ops.ContinueTurn()),
        ("reset", ops.ResetSession()),
        ("reset  ", ops.ResetSession()),
        ("new", Intent.NEW_SESSION),
        ("model", Intent.CHOOSE_MODEL),
        ("model ollama/qwen3:8b", ops.SetModel("ollama/qwen3:8b")),
        ("auto_run", Intent.TOGGLE_AUTO_RUN),
        ("auto_run true", ops.SetAutoRun(True)),
        ("auto-run off", ops.SetAutoRun(False)),
        ("AUTO_RUN False", ops.SetAutoRun(False)),
        ("restart Python", ops.RestartShell("python")),
        ("theme", Intent.CHOOSE_THEME),
        ("theme harbor-light", Intent.SET_THEME),
        ("help", Intent.SHOW_HELP),
        ("help undo", Intent.SHOW_HELP),
        ("keys", Intent.SHOW_KEYS),
        ("tokens", Intent.SHOW_TOKENS),
        ("info", Intent.SHOW_INFO),
        ("copy", Intent.COPY_LAST),
        ("sessions", Intent.SHOW_SESSIONS),
        ("open 20260101-abc", Intent.OPEN_SESSION),
        ("quit", Intent.QUIT),
    ],
)
def test_commands_ask_for_what_they_say(sign: str, line: str, expected: Request) -> None:
    assert request_of(sign + line) == expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("!ls -l", "ls -l"),
        ("! ls", "ls"),
        ("%% ls", "ls"),
        ("!for i in 1 2\ndo echo $i\ndone", "for i in 1 2\ndo echo $i\ndone"),
    ],
)
def test_a_line_for_the_shell_runs_there(line: str, code: str) -> None:
    assert request_of(line) == ops.RunCode("shell", code)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "",
        " %undo",
        "100% sure",
        "% of all people",
        "%",
        "/",
        "/usr/bin/python is missing",
        "/5 of them",
        "/? what",
        "%undo\nand more",
        "a !b",
    ],
)
def test_everything_else_is_a_prompt(text: str) -> None:
    assert parse_line(text) is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("%undoo", "%undo"), ("/rest", "/reset"), ("/auto-rum", "/auto_run"), ("%modle x", "%model")],
)
def test_an_unknown_name_suggests_the_nearest(text: str, nearest: str) -> None:
    problem = parse_line(text)
    assert isinstance(problem, CommandProblem)
    assert problem.nearest == nearest
    assert nearest in problem.text


@pytest.mark.parametrize(
    "text",
    [
        "%xyzzy",
        "!",
        "! ",
        "%%",
        "%auto_run maybe",
        "%undo 3",
        "%open",
        "%restart",
    ],
)
def test_what_makes_no_sense_is_said(text: str) -> None:
    problem = parse_line(text)
    assert isinstance(problem, CommandProblem)
    assert problem.text
    assert problem.nearest == ""


def test_escapes_in_a_name_are_not_repeated() -> None:
    problem = parse_line("%e\u0301\u200bx")
    assert problem is None or isinstance(problem, CommandProblem)


def test_every_command_can_be_explained_and_found() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    for command in (*COMMANDS, RUN_IN_SHELL):
        assert command.title
        assert command.help.endswith(".")
        assert command.usage.startswith("%")
        assert not command.key_id or action(command.key_id), command.key_id
    assert all(find(command.name) is command for command in COMMANDS)
    assert {command.group for command in COMMANDS} == set(Group)
    assert all(group.heading for group in Group)


@given(text=st.text(max_size=60) | st.text(max_size=20).map(lambda rest: "%" + rest))
def test_no_line_is_an_error(text: str) -> None:
    parsed = parse_line(text)
    assert parsed is None or isinstance(parsed, ParsedCommand | CommandProblem)
