"""A person talks, reads, decides and watches: everything real but the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import (
    PROMPT,
    Replies,
    answer_program,
    approval_waits,
    assert_only_ours,
    bash,
    decide,
    python,
    quit_program,
    scripted,
    send,
)

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


def test_yes_runs_it_and_the_session_comes_back(tmp_path: Path) -> None:
    replies: Replies = [["I will multiply.\n", python("print(6 * 7)")], ["The answer is here."]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "multiply")
        decide(terminal, "y")
        terminal.wait_screen("The answer is here.", "│ 42")
        assert quit_program(terminal) == 0
        assert "--resume" in terminal.text
        assert_only_ours(terminal)
    with scripted(tmp_path, [["And again."]], "--continue") as terminal:
        terminal.wait_screen("multiply", "print(6 * 7)", "│ 42", "The answer is here.")
        send(terminal, "once more")
        terminal.wait_screen("And again.")
        assert quit_program(terminal) == 0


def test_a_program_gets_what_is_typed(tmp_path: Path) -> None:
    replies: Replies = [[python("print('hello ' + input('Name? '))")], ["Greeted."]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "greet me")
        decide(terminal, "y")
        terminal.wait_screen("Name?")
        answer_program(terminal)
        terminal.type("Ada")
        terminal.key("enter")
        terminal.wait_screen("hello Ada", "Greeted.")


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    replies: Replies = [[bash('read -s -p "Secret? " s; echo; echo "got ${#s}"')], ["Done."]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "ask me")
        decide(terminal, "y")
        terminal.wait_screen("Secret?")
        answer_program(terminal)
        terminal.type("hunter2")
        terminal.key("enter")
        terminal.wait_screen("got 7", "Done.")
        assert b"hunter2" not in terminal.raw
        assert quit_program(terminal) == 0
    assert b"hunter2" not in _everything_kept(tmp_path / "home")


def _everything_kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_endless_run_stops_and_keeps_its_state(tmp_path: Path) -> None:
    replies: Replies = [
        [python("kept = 'still here'\nprint('begun')\nwhile True: pass")],
        [python("print(kept.upper())")],
        ["Good."],
    ]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "loop")
        decide(terminal, "y")
        terminal.wait_screen("│ begun")
        terminal.key("ctrl+c")
        terminal.wait_no_screen("running")
        send(terminal, "what is left?")
        decide(terminal, "y")
        terminal.wait_screen("STILL HERE", "Good.")


def test_prose_typed_over_proposals_approves_none(tmp_path: Path) -> None:
    count = 12
    replies: Replies = [[python(f"open('ran-{n}', 'w')") for n in range(count)], ["End."]]
    prose = "yes, enable every analysis you find easy to read "
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "many")
        terminal.type(prose * 2)
        approval_waits(terminal)
        terminal.type("yyyy eee")
        terminal.settle(0.5)
        shown = " ".join(row for row in terminal.rows if "easy to read" in row or "yyyy" in row)
        assert "yyyy eee" in shown
        assert not list((tmp_path / "work").glob("ran-*"))


@pytest.mark.parametrize(("columns", "rows"), [(200, 50), (120, 40), (100, 30), (80, 24)])
def test_the_main_path_at_every_size(tmp_path: Path, columns: int, rows: int) -> None:
    replies: Replies = [[python("print(6 * 7)")], ["The answer is here."]]
    with scripted(tmp_path, replies, columns=columns, rows=rows) as terminal:
        send(terminal, "multiply")
        decide(terminal, "y")
        terminal.wait_screen("The answer is here.")
        terminal.wait_screen(PROMPT)
