"""Prose under way: what of it is settled, and how it is drawn."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from oi_tui.api.streams import ProseStream, Region, settled

BLOCKS = st.sampled_from(
    [
        "A paragraph.",
        "# Title",
        "- one\n- two",
        "- one\n\n  more of it\n- two",
        "1. one\n2. two",
        "```python\nprint(1)\n\nprint(2)\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "> said",
        "***",
        "漢字 and *emphasis*",
    ]
)
TEXTS = st.lists(BLOCKS, min_size=1, max_size=6).map("\n\n".join)


def drawn(pieces: list[str], *, is_terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=60, height=20, force_terminal=is_terminal, color_system=None)
    stream = ProseStream(Region(console))
    for piece in pieces:
        stream.add(piece)
    stream.finish()
    return file.getvalue()


def test_everything_but_the_last_block_is_settled() -> None:
    assert settled("One.\n\nTwo\n") == len("One.\n\n")
    assert settled("1. one\n\n2") == 0
    assert settled("One.\n\n- a\n- b\n") == len("One.\n\n")
    assert settled("- a\n\n  still a\n") == 0
    assert settled("```\na\n\nb\n") == 0
    assert settled("") == 0


@given(TEXTS)
def test_settling_never_splits_a_block(text: str) -> None:
    done = 0
    for end in range(len(text) + 1):
        done += settled(text[done:end])
    pieces = drawn([text[:done], text[done:]]).split()
    assert pieces == drawn([text]).split()


@given(TEXTS, st.integers(1, 9))
def test_pieces_are_drawn_as_the_whole(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert drawn(pieces).split() == drawn([text]).split()


def test_blocks_stand_apart_by_one_empty_line() -> None:
    assert drawn(["# Title\n\nText.\n\n- one\n- two\n\nEnd.\n"]) == (
        "Title\n\nText.\n\n • one\n • two\n\nEnd.\n"
    )


def test_an_address_is_shown_and_never_a_link() -> None:
    shown = drawn(["[harmless](https://example.org/other)"], is_terminal=True)
    assert "https://example.org/other" in shown
    assert "\x1b]8" not in shown
