"""Searching the conversation: what is found, where the view goes, how it ends."""

from __future__ import annotations

import re

from rich.style import Style
from textual.strip import Strip
from textual.widgets import Input

from oi_tui.transcript import PromptBlock
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.conversation_search import SearchLine, marked
from tests.ui.conversation.host import Host, prose, ran, screen_of, transcript_of


def blocks() -> list[PromptBlock]:
    return [
        PromptBlock(f"p{n}", n, f"prompt {n}" + (" Needle" if n in (3, 60) else ""))
        for n in range(100)
    ]


def selected(app: Host) -> str:
    block = app.view.current
    assert block is not None
    return block.block_id


async def test_hits_are_jumped_to_from_below_and_around_the_ends() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(*blocks()))
        app.view.focus()
        await pilot.press("slash", *"needle")
        await pilot.pause()
        assert selected(app) == "p60"
        assert any("Needle" in row for row in screen_of(app.view))
        await pilot.press("enter")
        await pilot.pause()
        assert app.view.has_focus
        assert not app.query(SearchLine)
        for key, block_id in (("n", "p3"), ("n", "p60"), ("N", "p3"), ("N", "p60")):
            await pilot.press(key)
            assert selected(app) == block_id
            assert any("Needle" in row for row in screen_of(app.view))


async def test_capitals_count_only_where_there_are_any() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(*blocks()))
        app.view.focus()
        await pilot.press("slash", *"NEEDLE")
        await pilot.pause()
        assert "not found" in str(app.query_one(SearchLine).query_one(SafeStatic).render())
        app.query_one(SearchLine).query_one(Input).value = "needle"
        await pilot.pause()
        assert selected(app) == "p60"


async def test_esc_closes_the_line_and_n_asks_again() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(*blocks()))
        app.view.focus()
        await pilot.press("slash", *"needle", "escape")
        await pilot.pause()
        assert app.view.has_focus
        assert app.view.pattern is None
        await pilot.press("n")
        await pilot.pause()
        assert app.query(SearchLine)


async def test_output_that_is_folded_away_still_leads_to_its_card() -> None:
    app = Host()
    output = b"\n".join(b"line %d" % n for n in range(300)) + b"\nneedle\n"
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.show(transcript_of(ran("code", output), prose("after\n\n" * 40)))
        app.view.focus()
        await pilot.press("slash", *"needle", "enter")
        await pilot.pause()
        assert selected(app) == "c1"


def test_marking_keeps_the_text_and_wide_characters_whole() -> None:
    strip = marked(_strip("港口 port 港 port"), PORT, Style(bold=True))
    assert strip.text == "港口 port 港 port"
    bold = [segment.text for segment in strip if segment.style and segment.style.bold]
    assert bold == ["port", "port"]


def test_a_row_without_a_hit_stays_the_same_object() -> None:
    strip = _strip("nothing")
    assert marked(strip, PORT, Style(bold=True)) is strip


PORT = re.compile("port")


def _strip(text: str) -> Strip:
    from rich.segment import Segment

    return Strip([Segment(text)])
