"""Settings as a person meets them: a broken file, a profile, the screen, the file it writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.program import PROMPT, approval_waits, python, quit_program, scripted, send

pytestmark = pytest.mark.e2e
CODE = python("print('ran unasked')")


def config(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / "home" / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_broken_file_asks_says_so_and_stays_as_it_is(tmp_path: Path) -> None:
    text = 'auto_run = true\nmodel = "\n'
    file = config(tmp_path, text)
    with scripted(tmp_path, [["Look:", CODE]]) as terminal:
        terminal.wait_screen("The settings file cannot be read", "config.toml:2", "ASK")
        send(terminal, "go")
        approval_waits(terminal)  # with auto-run it would run at once
    assert file.read_text() == text


def test_a_change_on_the_screen_is_in_the_file_and_outlives_the_program(tmp_path: Path) -> None:
    file = config(tmp_path, '# mine\ntheme = "lantern"  # calm\n')
    config(tmp_path, "max_time = 77\n", "profiles/work.toml")
    with scripted(tmp_path, [], "--profile", "work", rows=50) as terminal:
        terminal.wait_screen(PROMPT)
        terminal.key("f9")
        terminal.wait_screen("max_steps", "profile work:1", "config.toml:2")
        terminal.type("/max_steps")
        terminal.wait_no_screen("config.toml:2")
        terminal.key("enter")
        terminal.settle()
        terminal.key("enter")
        terminal.wait_screen("empty: the default")
        terminal.type("7")
        terminal.settle()
        terminal.key("enter")
        terminal.wait_screen("Kept in config.toml:3")
        terminal.key("escape")
        terminal.settle()
        terminal.key("escape")
        terminal.wait_screen(PROMPT)
        assert quit_program(terminal) == 0
    assert file.read_text() == '# mine\ntheme = "lantern"  # calm\nmax_steps = 7\n'
    assert tomllib.loads(file.read_text())["max_steps"] == 7
