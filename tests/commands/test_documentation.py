"""`docs/commands.md` tells of every command as the help does; the table can't go stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oi_tui.commands.command import Command, Group
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def row(command: Command) -> str:
    """One row of the page's tables."""
    usage = command.usage.replace("|", r"\|")
    return f"| `{usage}` | {command.help} |"


def section(group: Group) -> list[str]:
    """The rows of the table below a group's heading."""
    text = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"^## {group.heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no section {group.heading}"
    return [line for line in match[1].splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("group", list(Group))
def test_each_group_of_commands_is_told_in_order(group: Group) -> None:
    assert section(group) == [row(one) for one in (*COMMANDS, RUN_IN_SHELL) if one.group is group]


def test_every_other_name_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for command in COMMANDS:
        for alias in command.aliases:
            assert f"`%{alias}` is `%{command.name}`" in text
