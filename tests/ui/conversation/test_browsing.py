"""Going to a block that was found elsewhere, what was taken back, and the offer to run again."""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decision, HistoryChange
from oi_tui.transcript import CodeBlock, NoticeBlock, NoticeKind, PromptBlock, Transcript
from oi_tui.ui.widgets.conversation import Conversation
from tests.ui.conversation.host import Host, prose, ran, screen_of, transcript_of, whole_text


def approved(block_id: str) -> CodeBlock:
    block = ran("print(1)", b"1\n", block_id)
    block.decision = Decision.APPROVE
    return block


def long_session() -> Transcript:
    code = "\n".join(f"line_{number} = {number}" for number in range(80))
    blocks = [prose(f"reply {number}", f"m{number}") for number in range(60)]
    return transcript_of(*blocks[:30], ran(code, b"out\n" * 20, "c1"), *blocks[30:])


async def test_a_hit_deep_in_folded_code_is_unfolded_marked_and_in_sight() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        app.view.show(long_session())
        app.view.go_to("c1", ("LINE_57",))
        await pilot.pause()
        assert any("line_57" in row for row in screen_of(app.view))
        assert app.view.current is not None
        assert app.view.current.block_id == "c1"
        assert app.view.pattern is not None
        assert not app.view.following


async def test_words_are_any_of_those_looked_for_and_taken_literally() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        app.view.show(transcript_of(prose("f(x) and 港口", "m1"), prose("none", "m2")))
        app.view.go_to("m1", ("f(x)", "港口"))
        await pilot.pause()
        assert app.view.pattern is not None
        assert app.view.pattern.findall("f(x) and 港口") == ["f(x)", "港口"]


async def test_a_block_that_is_gone_moves_nothing() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)):
        app.view.show(long_session())
        app.view.go_to("gone", ("x",))
        assert app.view.selected is None
        assert app.view.following


async def test_a_conversation_that_is_hidden_goes_there_once_it_has_room() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        app.view.display = False
        await pilot.pause()
        app.view.show(long_session())
        app.view.go_to("m3", ("reply",))
        app.view.display = True
        await pilot.pause()
        await pilot.pause()
        assert any("reply 3" in row for row in screen_of(app.view))


async def test_blocks_shown_without_room_are_laid_out_for_the_room_there_is() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.pause()
        app.view.flow.resize(1)  # as made while hidden
        app.view.show(transcript_of(prose("one line of some words", "m1")))
        app.view.flow.resize(1)
        app.view.settle()
        assert "one line of some words" in screen_of(app.view)[0]


async def test_what_was_taken_back_is_dim_and_behind_a_line_and_comes_back() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        taken = PromptBlock("p1", 1, "a bad idea")
        app.view.show(transcript_of(prose("before", "m0"), taken, prose("**bold**", "m1")))
        await pilot.pause()
        assert "┊" not in whole_text(app.view)
        taken.undone = True
        notice = NoticeBlock("n1", 1, NoticeKind.HISTORY, "the last turn was taken back")
        app.view.update_block(notice)
        app.view.flush()
        rows = screen_of(app.view)
        assert next(row for row in rows if "a bad idea" in row).startswith(" ┊")
        assert not next(row for row in rows if "before" in row).startswith(" ┊")
        taken.undone = False
        app.view.update_block(NoticeBlock("n2", 1, NoticeKind.HISTORY, "put back"))
        app.view.flush()
        assert "┊" not in whole_text(app.view)


async def test_only_the_last_notice_of_fresh_shells_offers_to_run_again() -> None:
    app = Host()
    async with app.run_test(size=(80, 30)):
        view = app.view
        view.show(transcript_of(approved("c1"), NoticeBlock("n1", 1, NoticeKind.REOPENED)))
        assert "again;" not in whole_text(view)  # it is of an earlier time
        view.update_block(NoticeBlock("n2", 1, NoticeKind.REOPENED))
        view.flush()
        assert whole_text(view).count("run 1 block again; you are asked") == 1


async def test_enter_and_r_take_the_offer_only_where_it_stands() -> None:
    app = Host()
    async with app.run_test(size=(80, 30)) as pilot:
        view = app.view
        view.show(transcript_of(approved("c1")))
        view.update_block(NoticeBlock("n1", 1, NoticeKind.REOPENED))
        view.flush()
        view.focus()
        view.select(1)
        await pilot.press("enter", "r")
        await pilot.pause()
        assert len(app.replays) == 2
        view.select(0)
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.replays) == 2


async def test_imported_code_does_not_look_as_if_it_failed() -> None:
    app = Host()
    async with app.run_test(size=(80, 30)):
        block = ran("print(1)", b"1\n")
        block.status = block.exit_code = None
        app.view.show(transcript_of(block, NoticeBlock("n1", 1, NoticeKind.IMPORTED, "old.json")))
        assert "· not run here" in whole_text(app.view)
        assert "Imported from old.json" in whole_text(app.view)


def test_a_session_says_where_it_came_from() -> None:
    transcript = Transcript()
    events: list[ev.Event] = [ev.SessionImported("old.json"), ev.SessionBranched("a", "c1")]
    transcript.replay(ev.Envelope(n, 0.0, "s", 0, event) for n, event in enumerate(events, 1))
    kinds = [block.kind for block in transcript.blocks if isinstance(block, NoticeBlock)]
    assert kinds == [NoticeKind.IMPORTED, NoticeKind.BRANCHED]


def test_undoing_everything_keeps_the_word_about_where_it_came_from() -> None:
    transcript = Transcript()
    events: list[ev.Event] = [
        ev.SessionImported("old.json"),
        ev.TurnStarted("x"),
        ev.HistoryReplaced((), "reset", HistoryChange.RESET),
    ]
    transcript.replay(ev.Envelope(n, 0.0, "s", 0, event) for n, event in enumerate(events, 1))
    assert [block.undone for block in transcript.blocks] == [False, True, False]


def test_every_key_of_the_conversation_has_a_method() -> None:
    for binding in Conversation.BINDINGS:
        name = getattr(binding, "action", "").partition("(")[0]
        assert hasattr(Conversation, f"action_{name}")
