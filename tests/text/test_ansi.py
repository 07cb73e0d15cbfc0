from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.text.ansi import OPEN_ROWS, PlainOutput, plain_output

READS_LIKE = [
    (b"", ""),
    (b"one\r\ntwo\r\n", "one\ntwo\n"),
    (b"one\ntwo", "one\ntwo"),
    (b"10%\r20%\r100%\n", "100%\n"),
    (b"longer\rab\n", "abnger\n"),
    (b"longer\r\x1b[Kab\n", "ab\n"),
    (b"typo\b\bes\n", "tyes\n"),
    (b"password: x\b \bok\n", "password: ok\n"),
    (b"\x1b[1;31mred\x1b[0m and \x1b[38;2;1;2;3mmore\x1b[m\n", "red and more\n"),
    (b"\x1b[38:2::1:2:3mcolon\x1b[m\n", "colon\n"),
    (b"\x1b]0;title\x07text\n", "text\n"),
    (b"\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\\n", "link\n"),
    (b"\x1bPq#0;2;0;0;0~~\nmore\x1b\\after\n", "after\n"),
    (b"\x1b_Gf=100;AAAA\x1b\\after\n", "after\n"),
    (b"before\x1b]52;c;never ended", "before"),
    (b"before\x1b]0;never ended\nnext row\n", "before\nnext row\n"),
    (b"before\x1bPnever ended\nat all", "before"),
    (b"cut\x1b[38;5", "cut"),
    (b"cut\x1b", "cut"),
    (b"bell\x07 null\x00 shift\x0e\x0f\n", "bell null shift\n"),
    (b"c1 \xc2\x9b31m\xc2\x85 raw \x9b31m\n", "c1 31m raw \ufffd31m\n"),
    (b"caf\xc3\xa9 \xff \xe4\xb8", "café \ufffd \ufffd"),
    (b"a\tb\tc\n", "a\tb\tc\n"),
    (b"\x1b(Bcharset\x1b)0\n", "charset\n"),
    (b"a\x1b[5Cb\n", "a     b\n"),
    (b"abcdef\x1b[3G|\x1b[2D!\n", "a!|def\n"),
    (b"abcdef\x1b[4D\x1b[2P\n", "abef\n"),
    (b"abcdef\x1b[4D\x1b[2@\n", "ab  cdef\n"),
    (b"abcdef\x1b[4D\x1b[2X\n", "ab  ef\n"),
    (b"one\r\ntwo\r\n\x1b[2A\x1b[KONE\r\n\n", "ONE\ntwo\n"),
    (b"one\r\ntwo\r\n\x1b[2F\x1b[Jnew\r\n", "new\n"),
    (b"page one\x1b[H\x1b[2Jpage two\n", "page one\npage two\n"),
    (b"\x1b[H\x1b[2J\x1b[3Jfresh\n", "fresh\n"),
    (b"50%\r        \r", ""),
    (b"kept trailing  \n", "kept trailing  \n"),
    (b"\x1b[?25l\x1b[?2004h\x1b[?1049h\x1b[>4;2mshown\x1b[?25h\n", "shown\n"),
]


@pytest.mark.parametrize(("data", "text"), READS_LIKE)
def test_output_reads_like(data: bytes, text: str) -> None:
    assert plain_output(data) == text


@pytest.mark.parametrize(("data", "text"), READS_LIKE)
def test_output_reads_the_same_byte_by_byte(data: bytes, text: str) -> None:
    output = PlainOutput()
    pieces = [output.feed(data[i : i + 1]) for i in range(len(data))]
    assert "".join(pieces) + output.finish() == text


FRAGMENTS = st.sampled_from(
    [
        *(b"text ", b"\r\n", b"\n", b"\r", b"\b", b"\t", "漢字é".encode(), b"\xff", b"\x1b", b"["),
        *(b"\x1b[%d%c" % (n, final) for n in (0, 1, 2, 3, 70) for final in b"ABCDEFGHJKPX@dm"),
        *(b"\x1b]0;t", b"\x07", b"\x1bP", b"\x1b\\", b"\xc2", b"\x9b", b"\x85", b"\x18", b"\x1bM"),
        *(
            b"\x1b[" + b"1;" * 128,
            b"\x1b[" + b"1;" * 128 + b"m",
            b"\n" * OPEN_ROWS,
            b"row\r\n" * 90,
        ),
    ]
)
OUTPUT = st.one_of(st.binary(max_size=300), st.lists(FRAGMENTS, max_size=40).map(b"".join))


@given(OUTPUT)
def test_nothing_is_left_that_a_terminal_would_obey(data: bytes) -> None:
    text = plain_output(data)
    controls = {c for c in text if unicodedata.category(c) == "Cc"}
    assert controls <= {"\n", "\t"}


@given(OUTPUT, st.lists(st.integers(0, 600), max_size=12))
def test_how_output_is_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    output, start, text = PlainOutput(), 0, ""
    for cut in [*sorted(cuts), len(data)]:
        text += output.feed(data[start:cut])
        start = max(start, cut)
    assert text + output.finish() == plain_output(data)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t")))
def test_plain_text_comes_out_as_it_went_in(text: str) -> None:
    assert plain_output(text.encode()) == text


def test_rows_are_handed_over_once_they_are_out_of_reach() -> None:
    output = PlainOutput()
    early = output.feed(b"row\n" * (OPEN_ROWS + 10))
    assert early == "row\n" * 11
    assert output.open_rows() == "row\n" * (OPEN_ROWS - 1)


def test_a_row_that_is_far_up_stays_as_it_is() -> None:
    text = plain_output(b"first\n" + b"row\n" * 200 + b"\x1b[999Aoverwritten")
    assert text.startswith("first\n")


def test_a_movement_does_not_make_text_out_of_nothing() -> None:
    assert len(plain_output(b"\x1b[999999999C" * 50 + b"x")) <= 401
    assert len(plain_output(b"x\r" + b"\x1b[99999@" * 200)) <= 1000
