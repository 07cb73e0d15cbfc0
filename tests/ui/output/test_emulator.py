from __future__ import annotations

import re
import unicodedata

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.ui.emulator.cells import Cells
from oi_tui.ui.emulator.sgr import combine, row_text, spans
from oi_tui.ui.emulator.terminal import Terminal
from oi_tui.ui.emulator.width import is_narrow, text_width
from tests.ui.output.corpus import KINDS, hostile, output

COLUMNS, ROWS = 40, 10
SGR_ONLY = re.compile(rb"\x1b\[[0-9;:]*m")


def rows_of(terminal: Terminal) -> list[bytes]:
    return [terminal.row(number) for number in range(terminal.first_row, terminal.end_row)]


def text_of(terminal: Terminal) -> list[str]:
    return [row_text(row).rstrip() for row in rows_of(terminal)]


def shown(data: bytes, columns: int = COLUMNS, rows: int = ROWS) -> list[str]:
    terminal = Terminal(columns, rows)
    terminal.feed(data)
    text = text_of(terminal)
    while text and not text[-1]:
        text.pop()
    return text


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"one\r\ntwo", ["one", "two"]),
        (b"10%\r20%\r100%", ["100%"]),
        (b"a\tb", ["a       b"]),
        (b"abc\b\bX", ["aXc"]),
        (b"abcdef\x1b[3D\x1b[K", ["abc"]),
        (b"one\r\ntwo\r\n\x1b[2Anew", ["new", "two"]),
        (b"x" * 45, ["x" * 40, "x" * 5]),
        (("漢" * 25).encode(), ["漢" * 20, "漢" * 5]),
        (b"x" * 39 + "漢".encode(), ["x" * 39, "漢"]),
        ("漢字\rx".encode(), ["x 字"]),
        (b"e\xcc\x81te\xcc\x81", ["e\u0301te\u0301"]),
        (b"\x1b(0lqk\x1b(B lqk", ["┌─┐ lqk"]),
        (b"ab\x1b[3b", ["abbbb"]),
        (b"\x1b[5;7Hhere", ["", "", "", "", "      here"]),
        (b"old\x1b[H\x1b[2Jnew", ["old", "new"]),
        (b"main\x1b[?1049hfull screen\x1b[?1049l!", ["main!"]),
        (b"abc\x1b[2D\x1b[4hX\x1b[4l", ["aXbc"]),
        (b"abcdef\x1b[4G\x1b[2P", ["abcf"]),
        (b"abc\x1b[1G\x1b[2@", ["  abc"]),
        (b"1\r\n2\r\n3\x1b[2;3r\x1b[2;1H\x1b[M\x1b[r", ["1", "3"]),
        (b"\x1b[?7lwithout wrapping " + b"x" * 40 + b"Z", ["without wrapping " + "x" * 22 + "Z"]),
        (b"a\xff\xfeb", ["a\ufffd\ufffdb"]),
        ("left\u202eright".encode(), ["left\ufffdright"]),
        ("👨\u200d👩".encode(), ["👨\u200d👩"]),
        (b"\x1b]0;title\x07text \x1bPq~~\n~~\x1b\\more", ["text more"]),
    ],
)
def test_output_is_shown_as_a_terminal_shows_it(data: bytes, rows: list[str]) -> None:
    assert shown(data) == rows


def test_styles_are_kept_and_blinking_and_concealing_are_not() -> None:
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(b"\x1b[1;4;31;48;5;20mall\x1b[22m less\x1b[0;5;8m plain\x1b[53m too")
    assert spans(terminal.row(0)) == [
        ("all", "1;4;31;48;5;20"),
        (" less", "4;31;48;5;20"),
        (" plain too", ""),
    ]


def test_a_style_goes_on_over_rows_taken_in_bulk() -> None:
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(b"\x1b[32mgreen\r\nstill\r\nto here\x1b[0m not\r\nplain\r\n")
    assert [spans(row) for row in rows_of(terminal)[:4]] == [
        [("green", "32")],
        [("still", "32")],
        [("to here", "32"), (" not", "")],
        [("plain", "")],
    ]


@pytest.mark.parametrize("kind", KINDS[:-1])
@pytest.mark.parametrize("columns", [41, 80])
@pytest.mark.parametrize("step", [7, 4096, 100_000])
def test_ordinary_output_looks_as_in_another_emulator(kind: str, columns: int, step: int) -> None:
    data = output(kind, 12_000)
    terminal, reference = Terminal(columns, ROWS), pyte.Screen(columns, ROWS)
    stream = pyte.ByteStream(reference)
    for start in range(0, len(data), step):
        terminal.feed(data[start : start + step])
        stream.feed(data[start : start + step])
    ours = text_of(terminal)[-len(terminal.screen.grid.lines) :]
    if kind == "wide" and columns == 41:
        return  # the other one breaks a wide character at the margin
    assert ours == [line.rstrip() for line in reference.display][: len(ours)]


NUMBER = st.integers(0, 12)
STEPS = st.one_of(
    st.builds(lambda n, times: f"text{n}" * times, NUMBER, st.integers(1, 4)),
    st.sampled_from(["\r\n", "\r", "\b", "\t"]),
    st.builds(lambda n, final: f"\x1b[{n}{final}", NUMBER, st.sampled_from("ABCDGPX")),
    st.builds(lambda n, column: f"\x1b[{n};{column}H", NUMBER, st.integers(0, 45)),
    st.builds(lambda n: f"\x1b[{n % 2}K", st.just(0)),
    st.builds(lambda n: f"\x1b[3{n % 8}m", NUMBER),
)


@given(st.lists(STEPS, max_size=30))
def test_movement_agrees_with_another_emulator(steps: list[str]) -> None:
    terminal, reference = Terminal(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(reference)
    for step in ["\r\n" * (ROWS - 1) + "\x1b[H", *steps]:
        if terminal.screen.x == COLUMNS and not step.startswith(("text", "\r")):
            break  # at the margin the other one leaves the screen
        terminal.feed(step.encode())
        stream.feed(step.encode())
    ours = text_of(terminal)[-len(terminal.screen.grid.lines) :]
    ours += [""] * (ROWS - len(ours))
    assert ours == [line.rstrip() for line in reference.display]


FRAGMENTS = st.one_of(
    st.sampled_from(hostile()),
    st.binary(max_size=20),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from([b"\r\n", b"\n", b"\x1b[1;1H", b"\x1b[2;5r", b"\x1b[?1049h", b"\x1b[?1049l"]),
)
OUTPUT = st.lists(FRAGMENTS, max_size=30).map(b"".join)


def is_harmless(row: bytes) -> bool:
    """Whether a row is text and SGR and nothing else."""
    text = "".join(text for text, _ in spans(row))
    return b"\x1b" not in SGR_ONLY.sub(b"", row) and not any(
        unicodedata.category(character) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(character) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI")
        for character in text
    )


@pytest.mark.parametrize("sequence", hostile())
def test_no_foreign_sequence_survives_in_a_row(sequence: bytes) -> None:
    for data in (sequence, b"before\r\n" + sequence + b"after\r\n", b"x" + sequence + b"\r\n"):
        terminal = Terminal(COLUMNS, ROWS)
        terminal.feed(data)
        assert all(map(is_harmless, rows_of(terminal)))


@given(OUTPUT, st.lists(st.integers(0, 400), max_size=10), st.integers(1, 50), st.integers(1, 12))
def test_whatever_comes_the_rows_stay_sound(
    data: bytes, cuts: list[int], columns: int, rows: int
) -> None:
    whole, pieces = Terminal(columns, rows), Terminal(columns, rows)
    whole.feed(data)
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        pieces.feed(data[start:cut])
        start = max(start, cut)
    assert [spans(row) for row in rows_of(pieces)] == [spans(row) for row in rows_of(whole)]
    assert all(map(is_harmless, rows_of(whole)))
    assert 1 <= len(whole.screen.grid.lines) <= rows
    assert 0 <= whole.screen.y < len(whole.screen.grid.lines)
    assert whole.cursor[1] < columns


@given(OUTPUT, st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), max_size=4))
def test_a_terminal_can_change_its_size_at_any_time(
    data: bytes, sizes: list[tuple[int, int]]
) -> None:
    terminal = Terminal(COLUMNS, ROWS)
    for columns, rows in sizes:
        terminal.feed(data)
        terminal.resize(columns, rows)
        assert len(terminal.screen.grid.lines) <= rows
        assert terminal.screen.y < len(terminal.screen.grid.lines)
    terminal.feed(data + b"\x1b[?1049l")
    assert all(map(is_harmless, rows_of(terminal)))


@given(OUTPUT)
def test_what_is_sealed_never_changes(data: bytes) -> None:
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(b"first run\r\nits end")
    terminal.seal()
    before = rows_of(terminal)[:2]
    terminal.feed(data.replace(b"\x1b[3J", b""))
    if terminal.first_row == 0:
        assert rows_of(terminal)[:2] == before


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_a_row_that_was_edited_reads_the_same(text: str) -> None:
    row = "".join(c for c in text if text_width(c) > 0).rstrip().encode()
    assert Cells.decode(row).encode() == row


@given(st.text(max_size=20))
def test_narrow_text_is_as_wide_as_it_is_long(text: str) -> None:
    printable = "".join(c for c in text if c.isprintable())
    if is_narrow(printable):
        assert text_width(printable) == sum(map(text_width, printable)) == len(printable)


@given(st.lists(st.integers(0, 110).map(str) | st.sampled_from(["", "4:3", "38;5;9"]), max_size=8))
def test_a_style_said_again_is_the_same(codes: list[str]) -> None:
    style = combine("", ";".join(codes))
    assert combine("", style) == style or style == ""


def test_questions_are_answered_only_while_someone_listens() -> None:
    terminal, answers = Terminal(COLUMNS, ROWS), list[bytes]()
    terminal.feed(b"ab\x1b[6n")
    terminal.set_reply(answers.append)
    terminal.feed(b"\x1b[6n\x1b[5n\x1b[c\x1b[>c")
    assert answers == [b"\x1b[1;3R", b"\x1b[0n", b"\x1b[?62;22c", b"\x1b[>0;0;0c"]


@settings(max_examples=20)
@given(st.integers(0, 3000), st.integers(1, 200))
def test_numbers_never_make_a_terminal_grow(number: int, columns: int) -> None:
    terminal = Terminal(columns, 5)
    for final in "ABCDEFGHIJKLMPSTXZ@bd":
        terminal.feed(b"x\x1b[%d%c" % (number * 1000, ord(final)))
    terminal.feed(b"y" * 10)
    assert all(len(row) <= columns * 8 for row in rows_of(terminal))
