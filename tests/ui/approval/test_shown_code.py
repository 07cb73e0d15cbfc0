"""Rows, wrapping, folded padding and the count of unseen lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oi_tui.ui.approval.shown_code import ShownCode, displayed, wrapped

CODE = st.text(st.characters(codec="utf-8"), max_size=300)


@given(CODE, st.integers(2, 60))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: int) -> None:
    line = displayed(text.replace("\n", " "))
    pieces = wrapped(line, width)
    assert "".join(line[start:end] for start, end in pieces) == line
    assert all(cell_len(line[start:end]) <= width for start, end in pieces)


@given(CODE, st.lists(st.integers(0, 300), max_size=8), st.integers(5, 50))
def test_a_streamed_text_has_the_rows_of_the_whole_text(
    code: str, cuts: list[int], width: int
) -> None:
    streamed, whole = ShownCode(), ShownCode()
    for shown in (streamed, whole):
        shown.set_width(width, wrap=True)
    streamed.replace("")
    for cut in sorted(cuts):
        streamed.extend_to(code[:cut])
    streamed.extend_to(code)
    whole.replace(code)
    assert streamed.lines == whole.lines
    assert streamed.row_count == whole.row_count
    assert [streamed.row(n) for n in range(streamed.row_count)] == [
        whole.row(n) for n in range(whole.row_count)
    ]


def test_padding_cannot_push_a_payload_off_the_screen() -> None:
    shown = ShownCode()
    shown.set_width(78, wrap=True)
    shown.replace("ls" + " " * 3000 + "; rm x")
    assert shown.row_count == 1
    assert shown.lines[0] == "ls⟨3,000 spaces⟩; rm x"


def test_unseen_lines_are_counted_until_their_last_row_was_on_screen() -> None:
    shown = ShownCode()
    shown.set_width(10, wrap=True)
    shown.replace("short\n" + "x" * 25 + "\nend\n")
    assert (shown.line_count, shown.row_count) == (3, 5)
    shown.mark_seen(0, 2)
    assert shown.unseen == 2
    shown.mark_seen(2, 10)
    assert shown.unseen == 0


def test_a_new_text_was_not_seen() -> None:
    shown = ShownCode()
    shown.replace("a\nb")
    shown.mark_seen(0, 10)
    shown.replace("c\nd")
    assert shown.unseen == 2
