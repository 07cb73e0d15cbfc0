"""The session browser under a pilot: filter, hits, cursor, preview, and what each key leads to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from textual import events

from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import EngineState
from oi_tui.protocol.sessions import SearchHit, SessionListing, SessionStatus
from oi_tui.transcript import CodeBlock
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.widgets.sidebar_rows import HitRow
from tests.ui import session_plays as plays
from tests.ui.drawing import words
from tests.ui.fakes import AT, FakeOpener, FakeSession, FakeShelf, listing
from tests.ui.support import Running, running


def opener_with_sessions() -> FakeOpener:
    opener = FakeOpener()
    opener.first = FakeSession("now")
    plays.every_kind(opener)
    opener.kept["rain"] = FakeSession("rain", plays.past("rain", runs=2))
    return opener


async def in_the_list(run: Running, session_id: str = "rain") -> None:
    await run.until(lambda: run.main.sidebar.listing("rain"), "the sessions")
    run.main.sidebar.focus_list()
    run.main.sidebar.list.go_to((session_id, "", ""))
    await run.pilot.pause()
    assert run.main.sidebar.session_id == session_id


async def test_typing_filters_titles_at_once_and_texts_a_moment_later() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", *"rain")
        assert run.main.sidebar.session_id in ("rain", "branch")
        await run.until(lambda: "In the texts" in words(run.app.export_screenshot()), "hits")
        assert run.opener.shelf.searched == ["rain"]


async def test_what_other_programs_made_is_there_when_the_list_is_opened() -> None:
    async with running(opener_with_sessions(), size=(110, 34)) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"), "the sessions")
        run.opener.shelf.listings.append(listing("elsewhere", "Made by another program"))
        await run.press("ctrl+b")
        await run.until(lambda: run.main.sidebar.listing("elsewhere"), "the new session")


async def test_what_other_programs_made_is_there_when_the_terminal_is_looked_at_again() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"), "the sessions")
        run.opener.shelf.listings.append(listing("elsewhere", "Made by another program"))
        run.app.post_message(events.AppFocus())
        await run.until(lambda: run.main.sidebar.listing("elsewhere"), "the new session")


async def test_enter_on_a_hit_opens_the_session_at_that_block() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", *"read_csv")
        await run.until(lambda: isinstance(run.main.sidebar.list.row, HitRow), "the hit")
        await run.press("enter")
        await run.until(lambda: run.session.session_id == "rain", "the other session")
        conversation = run.main.conversation
        await run.until(lambda: conversation.selected is not None, "the cursor")
        assert isinstance(conversation.current, CodeBlock)
        assert conversation.current.block_id == "c1"
        assert conversation.pattern is not None
        assert conversation.pattern.search("READ_CSV")
        await run.until(lambda: conversation.has_focus, "the focus")
        await run.until(lambda: not conversation.following, "the place")


async def test_enter_on_a_hit_of_the_current_session_only_jumps() -> None:
    opener = opener_with_sessions()
    opener.first = FakeSession("now", plays.past("now"))
    async with running(opener) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", *"csv")
        await run.until(lambda: isinstance(run.main.sidebar.list.row, HitRow), "the hits")
        await run.press("enter")
        await run.until(lambda: run.main.conversation.has_focus, "the conversation")
        assert run.main.conversation.current is not None
        assert run.main.conversation.current.block_id == "m1"
        assert len(opener.opened) == 1


class SlowShelf(FakeShelf):
    """Answers the first search only when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()

    def search(self, words: str, limit: int = 200) -> Sequence[SearchHit]:
        found = super().search(words, limit)
        if len(self.searched) == 1:
            self.may_answer.wait(30)
        return found


async def test_a_stale_answer_never_replaces_a_newer_one() -> None:
    opener = FakeOpener()
    shelf = opener.shelf = SlowShelf()
    plays.every_kind(opener)
    async with running(opener) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", *"rain")
        await run.until(lambda: shelf.searched == ["rain"], "the first search")
        await run.press(*"fall of March")
        shelf.may_answer.set()
        await run.until(lambda: shelf.searched[-1] == "rainfall of March", "the last search")
        await run.until(lambda: isinstance(run.main.sidebar.list.row, HitRow), "its hit")
        row = run.main.sidebar.list.row
        assert isinstance(row, HitRow)
        assert "March" in row.hit.snippet


async def test_escape_leaves_step_by_step_and_gives_the_focus_back() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", *"plot", "tab", "space")
        await run.until(lambda: run.main.preview.display, "the preview")
        await run.press("escape")
        await run.until(lambda: not run.main.preview.display, "no preview")
        assert run.main.sidebar.wanted == "plot"
        await run.press("escape")
        assert run.main.sidebar.wanted == ""
        assert run.main.sidebar.list.has_focus
        await run.press("escape")
        await run.until(lambda: run.main.prompt.has_focus, "the prompt")
        assert run.session.fake.interrupts == 0


async def test_escape_closes_the_overlay_of_a_small_screen() -> None:
    async with running(opener_with_sessions(), size=(80, 24)) as run:
        await run.press("ctrl+s")
        assert run.main.query_one("#sessions").display
        await run.press("escape")
        await run.until(lambda: not run.main.query_one("#sessions").display, "it to close")
        assert run.main.prompt.has_focus


async def test_the_arrows_move_in_the_list_while_one_writes_in_the_filter() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        await run.press("ctrl+s", "down", "down")
        before = run.main.sidebar.session_id
        await run.press("up", "k")
        assert run.main.sidebar.wanted == "k"
        assert before not in ("", "now")


async def test_the_cursor_stays_on_its_session_when_the_list_changes() -> None:
    opener = opener_with_sessions()
    async with running(opener) as run:
        await in_the_list(run)
        opener.shelf.listings.insert(0, listing("fresh", "A fresh one", AT + 60))
        opener.shelf.tell()
        await run.until(lambda: run.main.sidebar.listing("fresh"), "the new one")
        assert run.main.sidebar.session_id == "rain"
        opener.shelf.listings = [s for s in opener.shelf.listings if s.session_id != "rain"]
        opener.shelf.tell()
        await run.until(lambda: not run.main.sidebar.listing("rain"), "it to go")
        assert run.main.sidebar.session_id


async def test_only_the_sessions_of_this_folder() -> None:
    opener = opener_with_sessions()
    opener.shelf.listings.append(SessionListing("far", "Far away", "/far", changed=AT))
    async with running(opener) as run:
        await in_the_list(run)
        assert "all folders" in words(run.app.export_screenshot())
        assert "Far away" in words(run.app.export_screenshot())
        await run.press("o")
        assert "this folder" in words(run.app.export_screenshot())
        assert "Far away" not in words(run.app.export_screenshot())


async def test_the_dot_of_the_current_session_follows_what_it_does() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        assert run.main.sidebar.list.live is SessionStatus.IDLE
        for state, status in (
            (EngineState.THINKING, SessionStatus.RUNNING),
            (EngineState.ASKING, SessionStatus.ASKING),
            (EngineState.IDLE, SessionStatus.IDLE),
        ):
            run.session.emit(ev.StateChanged(state))
            await run.until(partial(_lives, run, status), status)


def _lives(run: Running, status: SessionStatus) -> bool:
    return run.main.sidebar.list.live is status


async def test_a_preview_follows_the_cursor_and_opens_nothing() -> None:
    opener = opener_with_sessions()
    async with running(opener) as run:
        await in_the_list(run)
        await run.press("v")
        await run.until(lambda: "212" in words(run.app.export_screenshot()), "the last reply")
        for text in ("Folder", "1 prompt", "$0.31", "Begun"):
            assert text in words(run.app.export_screenshot())
        await run.press("down")
        await run.until(lambda: "2024 as well" in words(run.app.export_screenshot()), "the next")
        await run.until(lambda: "Nothing was asked" in words(run.app.export_screenshot()))
        await run.press("f6")
        await run.until(lambda: not run.main.preview.display, "the conversation")
        assert len(opener.opened) == 1


async def test_a_click_opens_a_session() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run)
        shown = run.main.sidebar.list
        rows = [shown.render_line(y).text.strip("▎ ") for y in range(shown.size.height)]
        await run.pilot.click(shown, offset=(6, rows.index(plays.RAINFALL)))
        await run.until(lambda: run.session.session_id == "rain", "the session")


async def test_ten_thousand_sessions_make_no_object_for_each() -> None:
    opener = FakeOpener()
    opener.shelf.listings = [listing(f"s{n}", f"Session {n}", AT - n) for n in range(10_000)]
    async with running(opener) as run:
        sidebar = run.main.sidebar
        await run.until(lambda: sidebar.listing("s9999"), "the sessions")
        sidebar.focus_list()
        await run.press("end")
        assert sidebar.session_id == "s9999"
        assert "Session 9999" in words(run.app.export_screenshot())
        await run.press("ctrl+s", *"9876")
        assert sidebar.session_id == "s9876"
        assert len(sidebar.query("*")) < 20


async def test_commands_put_words_into_the_filter() -> None:
    async with running(opener_with_sessions()) as run:
        await run.until(lambda: run.main.sidebar.listing("rain"))
        run.main.action_filter_sessions("plot")
        await run.until(lambda: run.main.sidebar.session_id in ("rain", "branch"), "the filter")
        assert run.main.sidebar.field.has_focus


async def test_renaming_the_current_session_goes_through_its_engine() -> None:
    async with running(opener_with_sessions()) as run:
        await in_the_list(run, "now")
        await run.press("r")
        await run.until(lambda: isinstance(run.app.screen, AskLine), "the question")
        await run.press(*"X", "enter")
        await run.until(lambda: run.session.fake.ops, "the op")
        op = run.session.fake.ops[0]
        assert isinstance(op, ops.RenameSession)
        assert op.title.endswith("X")
