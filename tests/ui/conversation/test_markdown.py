"""How Markdown looks, and that nothing in it reaches the terminal as a command."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from oi_tui.ui.markdown.elements import piece_rows
from oi_tui.ui.markdown.inline import links_in
from oi_tui.ui.markdown.palette import Palette, code_styles
from oi_tui.ui.markdown.splitter import Splitter
from oi_tui.ui.markdown.wrap import Row, chop, truncate, width_of, wrap
from tests.ui.conversation.host import MARKDOWN


def rows_of(text: str, width: int = 60, palette: Palette | None = None) -> list[Row]:
    splitter = Splitter()
    splitter.feed(text)
    rows: list[Row] = []
    for piece in splitter.pieces:
        rows += piece_rows(piece, splitter.references, palette or Palette(), width)
    return rows


def lines_of(text: str, width: int = 60) -> list[str]:
    return ["".join(segment.text for segment in row).rstrip() for row in rows_of(text, width)]


def test_elements_look_like_themselves() -> None:
    lines = lines_of(MARKDOWN)
    assert "Heading 標題" in lines
    assert "Some bold text, code, a link (https://example.com/x) and 中" in lines
    assert "• one" in lines
    assert "  ◦ nested 😀" in lines
    assert "2. second" in lines
    assert "名稱   Count" in lines
    assert "蘋果      12" in lines
    assert "▎ quoted" in lines
    assert '      return "字串"' in lines


def test_emphasis_works_between_wide_characters() -> None:
    palette = Palette({"strong": Style(bold=True)})
    (row, _) = rows_of("這是**重點：**文字", palette=palette)
    assert [s.text for s in row if s.style and s.style.bold] == ["重點："]


def test_a_model_that_breaks_a_line_means_it() -> None:
    assert lines_of("one\ntwo")[:2] == ["one", "two"]


def test_html_and_markup_are_text() -> None:
    assert lines_of("<b>x</b> [red]y[/red] [@click=app.quit]z")[0] == (
        "<b>x</b> [red]y[/red] [@click=app.quit]z"
    )


def test_links_carry_their_address_and_never_a_terminal_link() -> None:
    rows = rows_of("[a](https://a.example) https://b.example/x. [c](javascript:alert) <d@e.f>")
    segments = [segment for row in rows for segment in row]
    assert links_in(segments) == ["https://a.example", "https://b.example/x", "mailto:d@e.f"]
    assert not any(segment.style and segment.style.link for segment in segments)


def test_tasks_tell_whether_they_are_done() -> None:
    assert lines_of("- [x] done\n- [ ] open")[:2] == ["✓ done", "○ open"]


def test_a_table_that_does_not_fit_is_stacked() -> None:
    lines = lines_of("|aaaaaaaa|bbbbbbbb|cccccccc|\n|-|-|-|\n|1|2|3|", 18)
    assert lines[:3] == ["aaaaaaaa: 1", "bbbbbbbb: 2", "cccccccc: 3"]


def test_wide_text_breaks_where_readers_expect() -> None:
    rows = ["".join(s.text for s in row) for row in wrap([Segment("一中文字，「好」。End")], 8)]
    assert rows == ["一中文", "字，", "「好」。", "End"]


@given(st.text(max_size=200), st.integers(1, 30))
def test_wrapping_keeps_the_width_and_the_words(text: str, width: int) -> None:
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c == "\n")
    rows = wrap([Segment(text)], width)
    assert all(width_of(row) <= max(width, 2) for row in rows)
    joined = "".join(segment.text for row in rows for segment in row)
    assert joined.replace(" ", "").replace("\u3000", "") == text.replace(" ", "").replace(
        "\u3000", ""
    ).replace("\n", "")


@given(st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=80), st.integers(2, 30))
def test_chopping_loses_nothing_and_truncating_fits(text: str, width: int) -> None:
    rows = chop([Segment(text)], width)
    assert all(width_of(row) <= width for row in rows)
    assert "".join(segment.text for row in rows for segment in row) == text
    assert width_of(truncate([Segment(text)], width)) <= width
    assert width_of(truncate([Segment(character) for character in text], width)) <= width


HOSTILE_PARTS = """\
\x1b]0;title\x07 \x1b[31m \x9b2J \u202e \u200b \x07 \x08 \x7f ` ``` ** [x]( ) | - word < ![ > \
\x1b]8;;http://a\x1b\\ \ud800 \x85 \u2028 \x00 ](a\x1b[0mb) \n \t |-|\n"""
HOSTILE = st.lists(st.sampled_from(HOSTILE_PARTS.split(" ")), max_size=30).map("".join)


@settings(deadline=None, max_examples=300)
@given(HOSTILE, st.integers(1, 60))
def test_no_control_character_survives(text: str, width: int) -> None:
    for row in rows_of(text, width):
        for segment in row:
            bad = [c for c in segment.text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
            assert not bad
            assert "\u202e" not in segment.text
            assert not (segment.style and segment.style.link)


@pytest.mark.parametrize("width", [8, 20, 33, 80, 200])
def test_rows_keep_the_width(width: int) -> None:
    assert all(width_of(row) <= width for row in rows_of(MARKDOWN * 2, width))


def test_a_code_color_of_the_theme_wins_and_a_theme_without_gets_some() -> None:
    own = code_styles({"syntax-keyword": "#ff0000", "syntax-text": "#00ff00"}, Style())
    assert str(own["keyword"].color and own["keyword"].color.name) == "#ff0000"
    derived = code_styles({"text-accent": "#123456", "syntax-text": "#ffffff"}, Style(dim=True))
    assert derived["keyword"].color is not None
    assert derived["comment"].dim


def test_every_emoji_takes_the_cells_that_are_counted() -> None:
    rows = wrap([Segment("👨‍👩‍👧👨‍👩‍👧 ❤️❤️ 🇹🇼🇹🇼 1️⃣")], 4)
    texts = ["".join(s.text for s in row) for row in rows]
    assert texts == ["👨‍👩‍👧👨‍👩‍👧", "❤️❤️", "🇹🇼🇹🇼", "1️⃣"]
    assert all(cell_len(text) <= 4 for text in texts)
