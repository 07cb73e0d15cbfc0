"""What is done with sessions: titles, pins, branches, exports, the trash, files, running again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.screen import Screen

from oi_tui.engine.live import SessionError
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import Decider, Decision, EngineState, digest_of
from oi_tui.protocol.sessions import ExportFormat, SessionListing
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.confirm import Confirm
from oi_tui.ui.screens.session_errands import file_name
from tests.ui import session_plays as plays
from tests.ui.drawing import words
from tests.ui.fakes import FOLDER, FakeOpener, FakeSession
from tests.ui.support import Running, running
from tests.ui.test_sidebar import in_the_list, opener_with_sessions


def said(run: Running, text: str) -> bool:
    return any(text in str(note.message) for note in run.app._notifications)


async def asked(run: Running, kind: type[Screen[str]]) -> None:
    await run.until(lambda: run.asks(kind), "the question")


async def test_renaming_another_session_changes_it_on_the_shelf() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        await run.press("r")
        await asked(run, AskLine)
        await run.press("ctrl+u", *"港口的雨", "enter")
        await run.until(lambda: _listing(run, "rain").title == "港口的雨", "the title")
        assert run.session.fake.ops == []


async def test_a_pin_goes_to_the_shelf_or_to_the_engine() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        await run.press("p")
        await run.until(lambda: _listing(run, "rain").pinned, "the pin")
        await run.press("p")
        await run.until(lambda: not _listing(run, "rain").pinned, "no pin")
        run.main.session_errands.pin()
        assert run.session.fake.ops == [ops.PinSession(True)]


def _listing(run: Running, session_id: str) -> SessionListing:
    found = run.main.sidebar.listing(session_id)
    assert found is not None
    return found


async def test_delete_needs_two_keys_and_u_takes_it_back() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        await run.press("d")
        assert "d again deletes it" in words(run.app.export_screenshot())
        await run.press("down", "up", "d")
        assert not run.opener.shelf.trash
        await run.press("d")
        await run.until(lambda: run.opener.shelf.trash, "the trash")
        await run.until(lambda: said(run, "u in the list takes it back"), "the words")
        await run.until(lambda: run.main.sidebar.listing("rain") is None, "it to go")
        await run.press("u")
        await run.until(lambda: run.main.sidebar.listing("rain"), "it to be back")
        assert not run.opener.shelf.trash


async def test_the_current_session_is_deleted_only_after_a_question_and_a_new_one_opened() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run, "now")
        first = run.session
        await run.press("d")
        await asked(run, Confirm)
        await run.press("escape")
        assert run.session is first
        await run.press("d")
        await asked(run, Confirm)
        await run.press("d")
        await run.until(lambda: run.opener.shelf.trash, "the trash")
        assert first.closed.is_set()
        assert run.session is not first


async def test_what_cannot_be_done_is_said_in_words_and_nothing_is_lost() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        run.opener.shelf.error = SessionError("It is open in another program.")
        await run.press("d", "d")
        await run.until(lambda: said(run, "open in another program"), "the words")
        run.opener.shelf.error = PermissionError(13, "Permission denied", "/x/a.journal")
        await run.press("p")
        await run.until(lambda: said(run, "/x/a.journal: Permission denied"), "the words")
        run.opener.shelf.error = None
        await run.press("u")
        assert "Nothing was deleted" in run.main.hints.shown


async def test_b_in_the_list_goes_on_from_a_copy_of_the_session() -> None:
    opener = opener_with_sessions()
    opener.kept["branch-1"] = FakeSession("branch-1", plays.past("rain"))
    async with running(opener) as run:
        await in_the_list(run)
        await run.press("b")
        await run.until(lambda: run.session.session_id == "branch-1", "the branch")
        assert opener.shelf.branches == [("rain", "")]


async def test_b_on_a_block_branches_there_and_on_a_notice_at_the_block_above() -> None:
    opener = opener_with_sessions()
    opener.first = FakeSession("now", plays.past("now"))
    opener.kept["branch-1"] = FakeSession("branch-1", plays.past("now"))
    async with running(opener) as run:
        conversation = run.main.conversation
        for selected, branch in ((1, ("now", "c1")), (3, ("branch-1", "m1"))):
            await run.until(lambda: len(conversation.views) == 4, "prompt, code, reply and notice")
            await run.until(lambda: conversation.focusable, "the conversation")
            conversation.focus()
            conversation.select(selected)
            await run.press("b")
            await run.until(lambda: opener.shelf.branches, "the branch")
            assert opener.shelf.branches.pop() == branch
            opener.shelf.branches.clear()
            await run.until(lambda: run.session.session_id == "branch-1", "the branch")


async def test_branching_asks_first_while_something_runs() -> None:
    async with running(opener_with_sessions()) as run:
        run.session.emit(ev.StateChanged(EngineState.RUNNING))
        await run.until(lambda: run.main.activity.state is EngineState.RUNNING)
        run.main.session_errands.branch()
        await asked(run, Confirm)
        await run.press("n")
        assert run.opener.shelf.branches == []
        run.main.session_errands.branch()
        await asked(run, Confirm)
        await run.press("y")
        await run.until(lambda: run.opener.shelf.branches == [("now", "")], "the branch")


async def test_an_export_asks_for_format_and_name_and_says_where_it_went() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        await run.press("e")
        await asked(run, Confirm)
        await run.press("n")
        await asked(run, AskLine)
        await run.press("enter")
        target = Path(FOLDER) / "Plot the rainfall of 2025.ipynb"
        await run.until(lambda: run.opener.shelf.exports, "the export")
        assert run.opener.shelf.exports == [("rain", target, ExportFormat.NOTEBOOK)]
        await run.until(lambda: said(run, "Exported to"), "the words")


async def test_an_export_replaces_a_file_only_after_a_question(tmp_path: Path) -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        target = tmp_path / "a.md"
        run.opener.shelf.error = FileExistsError(17, "File exists", str(target))
        run.main.session_errands.export("rain", ExportFormat.MARKDOWN, str(target))
        await asked(run, Confirm)
        assert not run.opener.shelf.exports
        run.opener.shelf.error = None
        await run.press("r")
        await run.until(lambda: run.opener.shelf.exports, "the export")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Plot: the/rain?", "Plot- the-rain.md"),
        ("整理下載資料夾", "整理下載資料夾.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("...", "session.md"),
        ("", "session.md"),
        ("a\x1b[31mb\nc", "ab c.md"),
    ],
)
def test_a_title_becomes_a_name_that_stays_in_its_folder(title: str, name: str) -> None:
    assert file_name(title, ExportFormat.MARKDOWN) == name


async def test_a_loaded_file_is_opened_as_a_session() -> None:
    opener = opener_with_sessions()
    opener.kept["loaded-1"] = FakeSession("loaded-1", plays.past("x"))
    async with running(opener) as run:
        run.main.session_errands.load("/tmp/old.json")
        await run.until(lambda: run.session.session_id == "loaded-1", "the session")
        assert opener.shelf.loaded == [Path("/tmp/old.json")]
        assert said(run, "Nothing of it ran")


async def reopened(run: Running) -> None:
    run.main.errands.switch("rain")
    await run.until(lambda: run.session.session_id == "rain", "the other session")
    await run.until(lambda: "shells are empty" in words(run.app.export_screenshot()), "the notice")


def _shows(run: Running, text: str) -> bool:
    return text in words(run.app.export_screenshot())


async def test_a_reopened_session_says_its_shells_are_empty_and_offers_to_run_again() -> None:
    async with running(opener_with_sessions()) as run:
        await reopened(run)
        await run.press("alt+up", "enter")
        rerun = ops.Rerun("python", plays.PAST_CODE)
        await run.until(lambda: run.session.fake.ops, "the op")
        assert run.session.fake.ops == [ops.ReplayRuns((rerun, rerun))]
        for number, call_id in enumerate(("r-1", "r-2"), 1):
            run.session.propose(call_id, "python", f"{number}")
            await run.until(lambda: run.main.approval.is_waiting, "the proposal")
            await run.until(partial(_shows, run, f"{number} of 2"), f"{number} of 2")
            digest = digest_of(str(number))
            run.session.emit(ev.ApprovalResolved(call_id, Decision.REJECT, digest, Decider.USER))
            await run.until(lambda: not run.main.approval.is_waiting, "the decision")


async def test_nothing_is_offered_where_nothing_ran() -> None:
    opener = FakeOpener()
    opener.kept["rain"] = FakeSession("rain", plays.past("rain")[:2])
    async with running(opener) as run:
        await reopened(run)
        assert "you are asked about" not in words(run.app.export_screenshot())
        await run.press("alt+up", "enter", "r")
        assert run.session.fake.ops == []
