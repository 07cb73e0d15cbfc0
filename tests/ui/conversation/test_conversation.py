"""The widget in an application: what it shows, where it stays, what its keys ask for."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from textual.events import MouseScrollUp
from textual.pilot import Pilot

from oi_tui.transcript import PromptBlock, ProseBlock
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.conversation_card import FOLDED_LINES
from oi_tui.ui.widgets.conversation_flow import LIVE_SECTIONS, Place
from tests.ui.conversation.host import (
    MARKDOWN,
    Host,
    every_kind,
    prose,
    ran,
    screen_of,
    transcript_of,
    whole_text,
)


async def until(pilot: Pilot[None], text: str) -> None:
    """Wait until the screen shows a text."""
    view = pilot.app.query_one(Conversation)
    for _ in range(500):
        if text in "\n".join(screen_of(view)):
            return
        await pilot.pause()
    raise AssertionError(f"{text!r} is not in {screen_of(view)}")


def is_following(view: Conversation) -> bool:
    return view.following


def long_prose(count: int, block_id: str = "m1") -> ProseBlock:
    return prose("\n\n".join(f"paragraph {n} " + "word " * 30 for n in range(count)), block_id)


# -- drawing --------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [20, 27, 48, 80, 133, 200])
async def test_every_kind_is_drawn_at_every_width(width: int) -> None:
    app = Host()
    async with app.run_test(size=(width, 30)):
        app.view.show(transcript_of(*every_kind()))
        for _, strip in app.view.flow.rows(Place()):
            assert strip.cell_length <= width
        text = whole_text(app.view)
        for words in ("waiting for you", "interrupted", "→ text") if width >= 48 else ("text",):
            assert words in text


async def test_hostile_text_reaches_no_segment() -> None:
    text = "a\x1b]0;t\x07b\x1b[31mc\x9b2J\u202ed\x08\x7f\ud800 [red]e[/] [@click=app.quit]f[/]"
    app = Host()
    async with app.run_test(size=(100, 30)):
        app.view.show(transcript_of(*every_kind(text)))
        for _, strip in app.view.flow.rows(Place()):
            assert not [c for c in strip.text if unicodedata.category(c) in ("Cc", "Cs", "Zl")]
            assert "\u202e" not in strip.text
            for segment in strip:
                assert not (segment.style and segment.style.link)
                assert not (segment.style and any(k.startswith("@") for k in segment.style.meta))
        assert "[@click=app.quit]f[/]" in whole_text(app.view)


async def test_foreign_text_cannot_reach_the_margin() -> None:
    app = Host()
    async with app.run_test(size=(60, 30)):
        app.view.show(transcript_of(*[b for b in every_kind("▌ fake") if b.block_id != "p"]))
        margin = app.view.margin_width - 1
        for _, strip in app.view.flow.rows(Place()):
            assert strip.text[:margin].strip() in ("", *"!·■↻✗↧↳◔⊟")


async def test_a_card_says_in_words_how_it_ended() -> None:
    app = Host()
    async with app.run_test(size=(80, 30)):
        block = ran("print(1)", b"1\n")
        app.view.show(transcript_of(block))
        assert "✓ done · 1.2 s" in whole_text(app.view)
        block.exit_code, block.status = 3, None
        app.view.update_block(block)
        app.view.flush()
        assert "✗ exit 3" in whole_text(app.view)


async def test_a_long_card_is_folded_until_it_is_opened() -> None:
    app = Host()
    async with app.run_test(size=(80, 60)) as pilot:
        code = "\n".join(f"line_{n}" for n in range(200))
        output = b"".join(b"out %d\n" % n for n in range(1204))
        app.view.show(transcript_of(ran(code, output)))
        app.view.focus()
        text = whole_text(app.view)
        assert f"line_{FOLDED_LINES - 1}" in text
        assert f"line_{FOLDED_LINES}\n" not in text
        assert "… 188 more lines" in text
        assert "… 1,204 lines of output in all" in text
        assert "out 1203" in text
        await pilot.press("up", "enter")
        text = whole_text(app.view)
        assert "line_199" in text
        assert "out 600" in text
        await pilot.press("enter")
        assert "line_199" not in whole_text(app.view)


async def test_folding_what_is_scrolled_into_shows_its_beginning() -> None:
    app = Host()
    async with app.run_test(size=(80, 20)) as pilot:
        card = ran("\n".join(f"line_{n}" for n in range(500)))
        app.view.show(transcript_of(card, long_prose(9)))
        app.view.select(0)
        app.view.action_fold()
        for section in (3, 4):
            app.view.show_place(Place(0, section, 0))
            app.view.action_fold()
            await pilot.pause()
            assert "python" in screen_of(app.view)[0]
            app.view.action_fold()


async def test_a_text_that_shrinks_leaves_a_valid_place() -> None:
    app = Host()
    async with app.run_test(size=(60, 8)):
        block = long_prose(20)
        app.view.show(transcript_of(block, long_prose(5, "m2")))
        app.view.show_place(Place(0, 15, 1))
        block.pieces[:] = ["short"]
        app.view.update_block(block)
        app.view.flush()
        assert "paragraph 0" in "\n".join(screen_of(app.view))


async def test_all_cards_open_and_fold_at_once() -> None:
    app = Host()
    async with app.run_test(size=(80, 20)):
        cards = [ran("\n".join(f"{c}_{n}" for n in range(50)), block_id=c) for c in "ab"]
        app.view.show(transcript_of(*cards, ran("short\n", block_id="c")))
        assert "2 \n" not in whole_text(app.view)
        for opened in (True, False):
            app.view.fold_all()
            assert ("a_49" in whole_text(app.view)) is opened
            assert ("b_49" in whole_text(app.view)) is opened


async def test_colors_follow_the_theme() -> None:
    app = Host()
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(transcript_of(prose("plain")))
        await pilot.pause()
        dark = app.view.render_line(0)
        app.theme = "textual-light"
        await pilot.pause()
        await pilot.pause()
        light = app.view.render_line(0)
        assert [s.text for s in dark if s.text.strip()] == [s.text for s in light if s.text.strip()]
        assert [s.style and s.style.color for s in dark] != [
            s.style and s.style.color for s in light
        ]


async def test_every_theme_of_textual_can_be_used() -> None:
    app = Host()
    async with app.run_test(size=(80, 40)) as pilot:
        app.view.show(transcript_of(*every_kind()))
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            assert "✗ text" in whole_text(app.view)


# -- streaming ------------------------------------------------------------------------------------
async def test_streamed_tokens_end_as_the_whole_text() -> None:
    app, other = Host(), Host()
    text = MARKDOWN * 5
    async with app.run_test(size=(80, 20)):
        block = ProseBlock("m1", 1)
        for at in range(0, len(text), 7):
            block.pieces.append(text[at : at + 7])
            app.view.update_block(block)
            if at % 3 == 0:
                app.view.flush()
        app.view.flush()
        streamed = whole_text(app.view)
    async with other.run_test(size=(80, 20)):
        other.view.show(transcript_of(prose(text)))
        assert whole_text(other.view) == streamed


async def test_changes_are_painted_without_being_asked() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.update_block(prose("hello there"))
        await until(pilot, "hello there")


async def test_a_final_text_that_differs_replaces_what_was_streamed() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)):
        block = prose("first words\n\nmore", finished=False)
        app.view.update_block(block)
        app.view.flush()
        block.pieces[:] = ["other words"]
        block.finished, block.complete = True, False
        app.view.update_block(block)
        app.view.flush()
        text = whole_text(app.view)
        assert "other words" in text
        assert "first" not in text
        assert "cut off" in text


# -- the place ------------------------------------------------------------------------------------
async def test_the_end_is_followed_until_someone_scrolls_up() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show(transcript_of(long_prose(30)))
        view.focus()
        view.update_block(prose("the newest", "m2"))
        await until(pilot, "the newest")
        await pilot.press("pageup")
        assert not view.following
        before = screen_of(view)
        view.update_block(prose("\n\n".join(["even newer"] * 9), "m3"))
        await until(pilot, "↓ more below")
        assert screen_of(view)[:-1] == before[:-1]
        await pilot.press("end")
        assert is_following(view)
        assert "even newer" in "\n".join(screen_of(view))
        assert "more below" not in "\n".join(screen_of(view))


async def test_scrolling_down_to_the_end_follows_again() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(long_prose(9)))
        app.view.focus()
        await pilot.press("pageup", "pageup")
        assert not app.view.following
        for _ in range(3):
            await pilot.press("pagedown")
        assert is_following(app.view)


async def test_the_wheel_scrolls_three_rows() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(long_prose(9)))
        await pilot.pause()
        before = screen_of(app.view)
        event = MouseScrollUp(app.view, 5, 5, 0, -1, 0, False, False, False)
        app.view.post_message(event)
        await pilot.pause()
        assert screen_of(app.view)[3:] == before[:-3]


async def test_text_that_is_being_selected_stays() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(long_prose(9)))
        await pilot.pause()
        await pilot.mouse_down(Conversation, offset=(10, 1))
        await pilot.hover(Conversation, offset=(20, 3))
        before = screen_of(app.view)
        app.view.update_block(long_prose(9, "m2"))
        app.view.flush()
        assert screen_of(app.view)[:-1] == before[:-1]


async def test_scrolling_up_row_by_row_never_jumps() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)):
        view = app.view
        view.show(transcript_of(*[long_prose(4, f"m{n}") for n in range(20)], prose(MARKDOWN)))
        before = screen_of(view)
        for _ in range(120):
            view.scroll_rows(-1)
            now = screen_of(view)
            assert now[1:] == before[:-1]
            before = now


@pytest.mark.parametrize("widths", [(90, 60), (40, 60), (120, 30, 60)])
async def test_a_resize_keeps_the_place(widths: tuple[int, ...]) -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        app.view.show(transcript_of(*[long_prose(9, f"m{n}") for n in range(9)]))
        app.view.show_place(Place(4, 6, 0))
        await pilot.pause()
        first = screen_of(app.view)[0].split()[:2]
        assert first == ["paragraph", "6"]
        for width in widths:
            await pilot.resize_terminal(width, 14)
            await pilot.pause()
            assert screen_of(app.view)[0].split()[:2] == first


async def test_the_scroll_bar_reaches_both_ends() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        view = app.view
        view.show(transcript_of(*[long_prose(3, f"m{n}") for n in range(99)]))
        view.scroll_to(y=0, animate=False)
        await pilot.pause()
        assert "paragraph 0" in screen_of(view)[0]
        assert not view.following
        view.scroll_to(y=view.max_scroll_y // 2, animate=False)
        await pilot.pause()
        assert 20 < view.place.block < 80
        view.scroll_end(animate=False)
        await pilot.pause()
        assert is_following(view)


async def test_a_long_session_opens_without_being_drawn() -> None:
    app = Host()
    async with app.run_test(size=(80, 30)) as pilot:
        view = app.view
        blocks = [prose(MARKDOWN, f"m{n}") for n in range(2000)]
        view.show(transcript_of(*blocks))
        prepared = [entry for entry in view.flow.entries if entry.sections is not None]
        assert len(prepared) < 10
        for _ in range(100):
            view.action_page(-1)
            await pilot.pause()
        assert view.flow.drawn() <= LIVE_SECTIONS
        assert not view.following


def test_no_parser_is_imported_before_the_first_text() -> None:
    code = "import sys, oi_tui.ui.widgets.conversation; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "textual" in done.stdout.split()
    assert not {"markdown_it", "pygments.lexers"} & set(done.stdout.split())


# -- the block cursor -----------------------------------------------------------------------------
async def test_keys_ask_for_what_concerns_the_block_under_the_cursor() -> None:
    app = Host()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.view
        view.show(
            transcript_of(
                PromptBlock("p1", 1, "the prompt"),
                prose("see [x](https://a.example) and https://b.example"),
                ran("print(1)"),
            )
        )
        view.focus()
        await pilot.press("alt+up", "c", "r", "e", "up", "l", "l", "r", "k", "c", "p")
        await pilot.pause()
        kinds = Conversation
        assert [type(message) for message in app.asked] == [
            kinds.CopyRequested,
            kinds.RerunRequested,
            kinds.EditRequested,
            kinds.LinkRequested,
            kinds.LinkRequested,
            kinds.CopyRequested,
            kinds.PromptRequested,
        ]
        copied, rerun, _, link, other_link, prompt, _ = app.asked
        assert isinstance(copied, kinds.CopyRequested)
        assert copied.text == "print(1)"
        assert isinstance(rerun, kinds.RerunRequested)
        assert rerun.block_id == "c1"
        assert isinstance(link, kinds.LinkRequested)
        assert link.url == "https://a.example"
        assert isinstance(other_link, kinds.LinkRequested)
        assert other_link.url == "https://b.example"
        assert isinstance(prompt, kinds.CopyRequested)
        assert prompt.text == "the prompt"


async def test_the_cursor_is_seen_and_moves_the_page() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show(transcript_of(*[long_prose(1, f"m{n}") for n in range(20)]))
        view.focus()
        for _ in range(15):
            await pilot.press("up")
        assert view.selected == 5
        assert any(row.startswith("▎") for row in screen_of(view))
        await pilot.press("g")
        assert view.place == Place()
        await pilot.press("G")
        assert view.following
        assert view.selected is None


async def test_a_click_on_a_link_asks_and_elsewhere_selects() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(prose("[go](https://a.example) there"), ran("x")))
        await pilot.pause()
        await pilot.click(Conversation, offset=(5, 0))
        (message,) = app.asked
        assert isinstance(message, Conversation.LinkRequested)
        await pilot.click(Conversation, offset=(30, 3))
        assert app.view.selected == 1


async def test_a_click_on_the_ellipsis_opens_the_card() -> None:
    app = Host()
    async with app.run_test(size=(60, 30)) as pilot:
        app.view.show(transcript_of(ran("\n".join(f"line_{n}" for n in range(20)))))
        await pilot.pause()
        (row,) = [y for y, text in enumerate(screen_of(app.view)) if "more lines" in text]
        await pilot.click(Conversation, offset=(12, row))
        assert "line_19" in "\n".join(screen_of(app.view))


async def test_selected_text_leaves_the_margin_out() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(prose("first line\nsecond line 中文")))
        await pilot.pause()
        await pilot.mouse_down(Conversation, offset=(10, 0))
        await pilot.hover(Conversation, offset=(20, 1))
        await pilot.mouse_up(Conversation, offset=(20, 1))
        await pilot.pause()
        assert app.screen.get_selected_text() == "line\nsecond line 中文"
