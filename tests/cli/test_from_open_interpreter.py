"""docs/from-open-interpreter.md says what is true: its tests, flags and names are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from oi_tui import OpenInterpreter
from oi_tui.cli.arguments import CommandLineError, parse
from oi_tui.commands.registry import find
from oi_tui.commands.table import RUN_IN_SHELL
from oi_tui.config.old_settings import Fate, old_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "from-open-interpreter.md").read_text(encoding="utf-8")
WORDS = re.compile("`([^`]+)`")
FEATURES = 36  # of what users asked for, in the research
WITHOUT_A_TEST = {"installing fails"}


def rows(heading: str) -> list[tuple[str, str, str]]:
    """The rows of the table below a heading."""
    _, _, below = PAGE.partition(f"\n## {heading}\n")
    table = below.partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert len(cells) > 2, heading
    return [(row[0], row[1], row[2] if len(row) > 2 else "") for row in cells[1:]]


HEADINGS = re.findall("^## (.+)$", PAGE, re.MULTILINE)
ROWS = [row for heading in HEADINGS for row in rows(heading)]


@cache
def functions_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_each_row_names_tests_that_are_there(row: tuple[str, str, str]) -> None:
    named = WORDS.findall(row[2])
    assert named or row[0] in WITHOUT_A_TEST
    for name in named:
        file, _, function = name.partition("::")
        assert function in functions_in(file), name


@pytest.mark.parametrize("heading", ["Flags of 0.1", "Flags of 0.4"])
def test_each_flag_is_understood(heading: str) -> None:
    for names, here, _ in rows(heading):
        for name in WORDS.findall(names):
            said = problem_of(name)
            assert "There is no" not in said, name
            assert ("not there yet" in said) == here.startswith("not yet"), name


def problem_of(flag: str) -> str:
    """What the parser says of a flag, alone and with a value; empty if it takes one of them."""
    said = ""
    for words in ([flag], [flag, "1"]):
        try:
            parse(words)
        except CommandLineError as problem:
            said = str(problem)
        else:
            return ""
    return said


def test_each_command_is_there() -> None:
    for names, _, _ in rows("Commands in the prompt"):
        for name in WORDS.findall(names):
            command = name.removeprefix("%")
            assert command == RUN_IN_SHELL.name or find(command), name


def test_each_setting_meets_its_fate() -> None:
    for names, here, _ in rows("Settings of config.yaml"):
        for name in names.strip("`").split(", "):
            (old,) = old_settings({name: True})
            assert old.fate is not Fate.UNKNOWN, name
            assert (old.fate is Fate.LEFT_OUT) == here.startswith("left out"), name


def test_each_attribute_is_there() -> None:
    for names, _, _ in rows("Attributes and methods"):
        for name in WORDS.findall(names):
            assert hasattr(OpenInterpreter, name), name
    for name in WORDS.findall(PAGE.partition("\nNot here: ")[2].partition("\n\n")[0]):
        assert not hasattr(OpenInterpreter, name), name


def test_all_that_users_asked_for_has_an_answer() -> None:
    assert len(rows("What its users asked for")) == FEATURES
