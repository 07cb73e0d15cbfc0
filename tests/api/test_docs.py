"""docs/python.md says what is true: its names are there, its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oi_tui import OpenInterpreter
from tests.api.programs import in_pipe

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_attribute_is_on_the_page_and_the_other_way_round() -> None:
    table = PAGE.partition("## Attributes")[2].partition("## ")[0]
    told = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    methods = {"chat", "achat", "run", "stop", "reset", "close"}
    there = (
        {name for name in dir(OpenInterpreter) if not name.startswith("_")} - methods - {"messages"}
    )
    assert told == there
    assert all(f"{name}(" in PAGE for name in methods)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_python(block: str) -> None:
    flags = 0x2000  # top-level await, as at asyncio's prompt
    compile(block, "python.md", "exec", flags)


@pytest.mark.shell
def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    (example,) = [block for block in BLOCKS if "ScriptedModel(" in block]
    done = in_pipe(tmp_path, example)
    assert (done.returncode, done.stderr) == (0, "")
