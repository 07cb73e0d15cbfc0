"""Streamed text is drawn like text that came at once, however it was cut."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment

from oi_tui.ui.markdown.elements import piece_rows
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.splitter import FENCE_ROWS, PARAGRAPH, Splitter
from tests.ui.conversation.host import MARKDOWN

PIECES = st.sampled_from(
    [
        "- item\n",
        "- \n",
        "-",
        "--",
        "---\n",
        "* star\n",
        "  - nested\n",
        "    code\n",
        "1. one\n",
        "1.",
        "2) two\n",
        "\n",
        "\n\n",
        " ",
        "# head\n",
        "#",
        "para\n",
        "more words 中文字 ",
        "**重點：**文字",
        "| a | b |\n",
        "|--|--|\n",
        "|-",
        "| 蘋果 | 2 |\n",
        "> quote\n",
        ">",
        "```\n",
        "```py\n",
        "``",
        "~~~\n",
        "x = 1\n",
        "===\n",
        "[foo]: /url\n",
        "[foo] ",
        "[a](b) `c` ",
        "\t",
        "\r\n",
        "\r",
        "<b>\n",
        "\\",
        "x\n" * (FENCE_ROWS + 3),
    ]
)


def drawn(splitter: Splitter, width: int = 40) -> list[list[Segment]]:
    rows: list[list[Segment]] = []
    for piece in splitter.pieces:
        rows += piece_rows(piece, splitter.references, Palette(), width)
    return rows


def whole(text: str) -> Splitter:
    splitter = Splitter()
    splitter.feed(text)
    return splitter


@settings(deadline=None, max_examples=400)
@given(parts=st.lists(PIECES, max_size=14), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_streamed_is_drawn_as_whole(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts)
    splitter = Splitter()
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        splitter.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    assert drawn(splitter) == drawn(whole(text))


@settings(deadline=None, max_examples=12)
@given(
    parts=st.lists(
        st.sampled_from(["word " * 900, "中" * 7000, "x" * 13_000, "\n", "\n\n", "- item\n", " "]),
        max_size=5,
    ),
    size=st.integers(1500, 9000),
)
def test_an_endless_paragraph_is_cut_the_same_however_it_comes(parts: list[str], size: int) -> None:
    text = "".join(parts)
    splitter = Splitter()
    for at in range(0, len(text), size):
        splitter.feed(text[at : at + size])
    assert drawn(splitter) == drawn(whole(text))


def test_a_paragraph_without_end_stays_cheap() -> None:
    splitter = whole("word " * PARAGRAPH)
    assert max(len(piece.source) for piece in splitter.pieces) < 2 * PARAGRAPH
    assert splitter.feed("more") == len(splitter.pieces) - 1


def test_feed_tells_the_first_piece_that_changed() -> None:
    splitter = Splitter()
    before: list[object] = []
    for character in MARKDOWN * 3:
        first = splitter.feed(character)
        assert splitter.pieces[:first] == before[:first]
        before = list(splitter.pieces)


def test_only_the_last_pieces_are_parsed_again() -> None:
    splitter = whole("word\n\n" * 500)
    assert splitter.feed("more") >= 499


def test_an_open_fence_does_not_grow_without_end() -> None:
    splitter = whole("```python\n")
    for number in range(10 * FENCE_ROWS):
        first = splitter.feed(f"x = {number}\n")
    assert first == len(splitter.pieces) - 1 == 9
    text = "\n".join("".join(s.text for s in row).strip() for row in drawn(splitter))
    assert text.split() == ["python", *(w for n in range(600) for w in ("x", "=", str(n)))]


def test_items_are_pieces_and_keep_their_numbers() -> None:
    splitter = whole("3. a\n\n3. b\n3. c\n\nend")
    assert [piece.ordinal for piece in splitter.pieces] == [3, 4, 5, 0]
    assert [piece.gap for piece in splitter.pieces] == [1, 0, 1, 1]


def test_a_definition_that_comes_later_reaches_earlier_pieces() -> None:
    splitter = whole("see [docs]\n\nmore\n\n")
    assert splitter.feed("[docs]: https://example.com/d\n\n") == 0
    text = "".join(segment.text for row in drawn(splitter) for segment in row)
    assert "https://example.com/d" in text
