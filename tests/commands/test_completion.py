"""Completion offers what can be written next, and nothing where it knows nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.commands.command import ArgumentKind
from oi_tui.commands.completion import Choice, Completion, complete
from oi_tui.commands.registry import ParsedCommand, parse_line
from oi_tui.commands.table import COMMANDS

FILES = {
    "": ["notes.txt", "my file.txt", "src/", ".hidden"],
    "src/": ["main.py", "map.py"],
    "/": ["etc/", "usr/"],
    "~/": ["work/"],
}


def list_folder(path: str) -> Sequence[str]:
    return FILES.get(path, [])


def choices(kind: ArgumentKind, before: str) -> Iterable[Choice]:
    match kind:
        case ArgumentKind.MODEL:
            return map(Choice, ("gpt-4o", "claude-opus"))
        case ArgumentKind.THEME:
            return [Choice("harbor-dark")]
        case ArgumentKind.SESSION:
            return [Choice("id-1", "Why is the build slow?"), Choice("id-2", "Tides")]
        case ArgumentKind.SETTING:
            return map(Choice, ("max_budget", "tool_mode"))
        case ArgumentKind.VALUE:
            return map(Choice, ("auto", "tools") if before == "tool_mode" else ())
        case _:
            return ()


def texts(text: str, cursor: int | None = None) -> list[str]:
    at = len(text) if cursor is None else cursor
    return [one.text for one in complete(text, at, list_folder, choices)]


@pytest.mark.parametrize("sign", ["%", "/"])
def test_all_commands_are_offered_with_their_titles(sign: str) -> None:
    found = complete(sign, 1, list_folder)
    assert [one.text.rstrip() for one in found] == [sign + command.name for command in COMMANDS]
    assert all(one.title for one in found)
    assert all((one.start, one.end) == (0, 1) for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%und", ["%undo"]),
        ("/re", ["/reset", "/redo", "/retry", "/rerun", "/restore", "/rename ", "/restart "]),
        ("/UND", ["/undo"]),
        ("/auto-r", ["/auto_run "]),
        ("/run", ["/rerun", "/auto_run "]),
        ("%auto_run ", ["true", "false"]),
        ("%auto_run f", ["false"]),
        ("%auto_run false", []),
        ("%model g", ["gpt-4o"]),
        ("%model opus", ["claude-opus"]),
        ("%theme ", ["harbor-dark"]),
        ("%help und", ["undo"]),
        ("%open slow", ["id-1"]),
        ("%open id", ["id-1", "id-2"]),
        ("%export ma", ["markdown "]),
        ("%export not", ["notebook "]),
        ("%export src/ma", ["src/main.py", "src/map.py"]),
        ("%export html src/mai", ["src/main.py"]),
        ("%jupyter n", ["notes.txt"]),
        ("%set tool", ["tool_mode "]),
        ("%set tool_mode ", ["auto", "tools"]),
        ("%set  tool_mode too", ["tools"]),
        ("%set max_budget ", []),
        ("%system_message ", []),
        ("%load my f", ["my file.txt"]),
        ("%restart p", []),
        ("%undo ", []),
        ("%nothing ", []),
        ("hello", []),
        ("", []),
        ("%xyz", []),
    ],
)
def test_names_and_arguments(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!cat no", ["notes.txt"]),
        ("!cat my", [r"my\ file.txt"]),
        (r"!cat my\ f", [r"my\ file.txt"]),
        ("!cat src/ma", ["src/main.py", "src/map.py"]),
        ("!cat .h", [".hidden"]),
        ("!ls /", ["/etc/", "/usr/"]),
        ("!ls ~/w", ["~/work/"]),
        ("%% cat src/mai", ["src/main.py"]),
        ("!cat nothing", []),
        ("!cat ", []),
        ("!", []),
    ],
)
def test_paths_in_shell_lines(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_only_what_is_before_the_cursor_counts() -> None:
    assert complete("%und and more", 4, list_folder) == [
        Completion("%undo", 0, 4, title="Undo last turn")
    ]


def test_a_completed_command_is_a_command() -> None:
    for one in complete("%", 1, list_folder):
        parsed = parse_line(one.text)
        assert parsed is not None
        assert isinstance(parsed, ParsedCommand) or one.text.endswith(" ")


@given(text=st.text(max_size=30), cursor=st.integers(0, 30))
def test_no_text_is_an_error(text: str, cursor: int) -> None:
    for one in complete(text, min(cursor, len(text)), list_folder):
        assert 0 <= one.start <= one.end <= len(text)
