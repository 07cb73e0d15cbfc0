"""Which lines are commands, what they ask for, and what is said about the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.commands.actions import action
from oi_tui.commands.command import Export, Group, Intent, Request
from oi_tui.commands.registry import CommandProblem, ParsedCommand, find, parse_line
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.protocol import ops
from oi_tui.protocol.sessions import ExportFormat


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
        ("tokens how many are these?", Intent.SHOW_TOKENS),
        ("cost", Intent.SHOW_TOKENS),
        ("redo", ops.RedoTurn()),
        ("rerun", Intent.RERUN),
        ("debug", Intent.DEBUG),
        ("debug false", Intent.DEBUG),
        ("verbose on", Intent.VERBOSE),
        ("save_message", Intent.SAVE_MESSAGES),
        ("save_message ~/my talk.json", Intent.SAVE_MESSAGES),
        ("save", Intent.SAVE_MESSAGES),
        ("load_message talk", Intent.LOAD_MESSAGES),
        ("sessions harbor tides", Intent.SHOW_SESSIONS),
        ("resume", Intent.SHOW_SESSIONS),
        ("rename", Intent.RENAME_SESSION),
        ("rename Tides of May", ops.RenameSession("Tides of May")),
        ("pin", Intent.PIN_SESSION),
        ("branch", Intent.BRANCH_SESSION),
        ("delete", Intent.DELETE_SESSION),
        ("import ~/old.json", Intent.IMPORT_SESSION),
        ("export", Export()),
        ("export md", Export(ExportFormat.MARKDOWN)),
        ("export html ~/a b.html", Export(ExportFormat.HTML, "~/a b.html")),
        ("export notes/talk.ipynb", Export(ExportFormat.NOTEBOOK, "notes/talk.ipynb")),
        ("export talk", Export(None, "talk")),
        ("jupyter", Export(ExportFormat.NOTEBOOK)),
        ("markdown notes.md", Export(ExportFormat.MARKDOWN, "notes.md")),
        ("html", Export(ExportFormat.HTML)),
        ("system_message", Intent.SHOW_INSTRUCTIONS),
        ("system_message Be brief.", ops.SetSystemMessage("Be brief.")),
        ("system_message Default", ops.SetSystemMessage("")),
        ("set max-budget 1.50", ops.SetSetting("max_budget", "1.50")),
        ("set max_budget default", ops.SetSetting("max_budget", "")),
        ("set model claude-x", ops.SetModel("claude-x")),
        ("set auto_run off", ops.SetAutoRun(False)),
        ("set system_message Be kind.", ops.SetSystemMessage("Be kind.")),
        ("settings", Intent.SHOW_SETTINGS),
        ("clear", ops.ResetSession()),
        ("exit", Intent.QUIT),
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
        ("%%cd src\nls", "cd src\nls"),
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
        "%nothing\nand more",
        "%save_message a\nb",
        "a !b",
    ],
)
def test_everything_else_is_a_prompt(text: str) -> None:
    assert parse_line(text) is None


def test_what_is_glued_to_a_misspelled_command_stays_here() -> None:
    assert isinstance(parse_line("%nope%set theme lantern"), CommandProblem)
    assert parse_line("100%%") is None
    assert parse_line(" %a%b as a string in Python?") is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("%undoo", "%undo"),
        ("%save_mess", "%save_message"),
        ("/auto", "/auto_run"),
        ("/rset", "/reset"),
        ("/auto-rum", "/auto_run"),
        ("%modle x", "%model"),
        ("%resett%x", "%reset"),
    ],
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
        "%debug perhaps",
        "%verbose 7",
        "%import",
        "%set",
        "%set max_budget",
        "%set auto_run perhaps",
        "%pin true",
    ],
)
def test_what_makes_no_sense_is_said(text: str) -> None:
    problem = parse_line(text)
    assert isinstance(problem, CommandProblem)
    assert problem.text
    assert problem.nearest == ""


def test_what_may_have_lines_takes_them() -> None:
    assert request_of("%system_message One.\nTwo.") == ops.SetSystemMessage("One.\nTwo.")
    parsed = parse_line("%tokens one\ntwo")
    assert isinstance(parsed, ParsedCommand)
    assert parsed.argument == "one\ntwo"


def test_the_commands_of_open_interpreter_come_first_and_in_its_order() -> None:
    old = ["debug", "reset", "undo", "save_message", "load_message", "tokens", "help"]
    assert [command.name for command in COMMANDS][: len(old)] == old


def test_no_alias_hides_a_command() -> None:
    aliases = [alias for command in COMMANDS for alias in command.aliases]
    assert len(set(aliases)) == len(aliases)
    assert not {command.name for command in COMMANDS} & set(aliases)


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
