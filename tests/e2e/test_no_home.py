"""Where nothing can be kept, the program still works and says so (reliability.md 5.3, J9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mounts import read_only
from tests.support.program import bash, decide, quit_program, scripted, send
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e
TOLD = "Sessions cannot be kept"  # its beginning: where the rest is wrapped rests on the folder


def talk(terminal: Terminal) -> None:
    terminal.wait_screen(TOLD)
    send(terminal, "hi")
    terminal.wait_screen("Hello back.", TOLD)
    assert quit_program(terminal) == 0


def test_a_home_that_cannot_be_written_is_told_and_the_model_answers(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, where a folder should be")
    with scripted(tmp_path, [["Hello back."]]) as terminal:
        talk(terminal)
    assert (tmp_path / "home").read_text() == "a file, where a folder should be"


def test_on_a_read_only_home_code_runs_all_the_same(tmp_path: Path) -> None:
    sessions = tmp_path / "home" / "data" / "sessions"
    sessions.mkdir(parents=True, mode=0o700)
    mounts = read_only(tmp_path / "home" / "data")
    with scripted(tmp_path, [[bash("echo $((20+3))-here")], ["Done."]], mounts=mounts) as terminal:
        terminal.wait_screen(TOLD)
        send(terminal, "hi")
        decide(terminal, "y")
        terminal.wait_screen("23-here", "Done.")
        assert quit_program(terminal) == 0
    assert not list(sessions.iterdir())
