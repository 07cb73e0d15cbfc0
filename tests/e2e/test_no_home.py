"""Where nothing can be kept, the program still works and says so (reliability.md 5.3, J9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import quit_program, scripted, send
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e


def talk(terminal: Terminal) -> None:
    terminal.wait_screen("this one is lost on quitting", "OI_TUI_HOME")
    send(terminal, "hi")
    terminal.wait_screen("Hello back.", "this one is lost on quitting")
    assert quit_program(terminal) == 0


def test_a_home_that_cannot_be_written_is_told_and_the_model_answers(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, where a folder should be")
    with scripted(tmp_path, [["Hello back."]]) as terminal:
        talk(terminal)
    assert (tmp_path / "home").read_text() == "a file, where a folder should be"
