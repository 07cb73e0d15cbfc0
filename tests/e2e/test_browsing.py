"""The session browser with real sessions: found by their words, jumped to, changed, run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import ReplyPart, decide, python, quit_program, scripted, send

pytestmark = [pytest.mark.e2e, pytest.mark.shell]

REPLIES: list[list[ReplyPart]] = [
    ["我先設定港口。", python("harbor = '基' + '隆'\nprint('港口是', harbor)")],
    ["設定好了。"],
]


def test_sessions_are_found_jumped_to_renamed_deleted_and_taken_back(tmp_path: Path) -> None:
    with scripted(tmp_path, REPLIES) as terminal:
        send(terminal, "設定港口的名稱")
        decide(terminal, "y")
        terminal.wait_screen("│ 港口是 基隆", "設定好了")
        terminal.key("ctrl+n")
        terminal.wait_screen("It works in")
        send(terminal, "second one")  # every session hears the replies from the first one on
        decide(terminal, "n")
        terminal.wait_screen("設定好了", "設定港口的名稱")
        # Found by what only its output says, and jumped to.
        terminal.key("ctrl+s")
        terminal.type("基隆")
        terminal.wait_screen("In the texts", "output")
        terminal.key("enter")
        terminal.wait_screen("│ 港口是 基隆", "shells are empty", "1 block again")
        # Renamed, and listed under its new name.
        terminal.key("ctrl+s", "backspace")  # what was looked for is selected
        terminal.wait_screen("● 設定港口的名稱")
        terminal.key("tab")
        terminal.settle()
        terminal.key("r")
        terminal.wait_screen("be called?")
        terminal.key("ctrl+u")
        terminal.type("基隆港")
        terminal.key("enter")
        terminal.wait_screen("● 基隆港")
        # The other one is deleted at the second key, and taken back.
        terminal.settle()
        terminal.key("down")
        terminal.settle()
        terminal.key("d")
        terminal.wait_screen("d again deletes it")
        terminal.key("d")
        terminal.wait_screen("takes it back")
        terminal.wait(lambda: "   second one" not in terminal.text, "the row to go")
        assert len(list((tmp_path / "home").rglob("sessions/*.journal"))) == 1
        terminal.key("u")
        terminal.wait_screen("   second one", "is back")
        assert quit_program(terminal) == 0


def test_a_branch_runs_earlier_code_again_each_with_consent(tmp_path: Path) -> None:
    replies: list[list[ReplyPart]] = [
        [python("kept = globals().get('kept', 'lan') + 'tern'\nprint('is', kept)")],
        ["Kept."],
        [python("print('twice', kept * 2)")],
        ["Twice."],
    ]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "keep it")
        decide(terminal, "y")
        terminal.wait_screen("│ is lantern", "Kept.")
        send(terminal, "twice")
        decide(terminal, "y")
        terminal.wait_screen("twice lanternlantern", "Twice.")
        terminal.settle()
        terminal.key("alt+up", "alt+up")
        terminal.settle()
        terminal.key("b")  # at the code of the second turn
        terminal.wait_screen("shells are empty", "2 blocks again")
        assert "Twice." not in terminal.text
        terminal.key("alt+up")
        terminal.settle()
        terminal.key("enter")
        terminal.wait_screen("1 of 2", "waiting for you")
        decide(terminal, "y", until="2 of 2")
        decide(terminal, "y", until="Enter send")
        terminal.wait_screen("│ twice lanternlantern", "Enter send")
        send(terminal, "and now?")  # the replies begin anew; the shell goes on from what ran
        decide(terminal, "y")
        terminal.wait_screen("│ is lanterntern")
        journals = list((tmp_path / "home").rglob("sessions/*.journal"))
        assert len(journals) == 2
        assert quit_program(terminal) == 0


def test_a_small_screen_finds_and_leaves_as_well(tmp_path: Path) -> None:
    with scripted(tmp_path, [["燈塔 is the word."]], columns=80, rows=24) as terminal:
        send(terminal, "say it")
        terminal.wait_screen("燈塔 is the word.", "Enter send")
        terminal.key("ctrl+s")
        terminal.type("燈塔")  # at once: nothing of it may go into the prompt
        terminal.wait_screen("In the texts · 1", "reply")
        terminal.key("enter")
        terminal.wait_no_screen("In the texts")
        terminal.wait_screen("▎   燈塔 is the word.")
        terminal.key("escape")
        assert quit_program(terminal) == 0
