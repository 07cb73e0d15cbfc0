from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.ui.emulator.history import BLOCK_ROWS, History

ROWS = st.lists(
    st.lists(st.binary(max_size=5).map(lambda row: row.replace(b"\n", b"")), max_size=90)
)


@given(ROWS, st.booleans())
def test_rows_come_back_under_their_numbers(batches: list[list[bytes]], compress: bool) -> None:
    history, rows = History(), list[bytes]()
    for batch in batches:
        if len(batch) % 2 and batch:
            history.extend(batch, b"\n".join(batch))
        else:
            for row in batch:
                history.append(row)
        rows += batch
    while compress and history.compress():
        pass
    assert [history.row(number) for number in range(history.first, history.end)] == rows


def test_the_oldest_rows_fall_out_beyond_the_row_limit() -> None:
    history = History(max_rows=10_000)
    for number in range(50_000):
        history.append(b"%d" % number)
    assert history.end == 50_000
    assert 10_000 <= history.end - history.first <= 10_000 + BLOCK_ROWS
    assert history.row(history.first) == b"%d" % history.first


def test_the_oldest_rows_fall_out_beyond_the_byte_limit() -> None:
    history = History(max_bytes=1 << 20)
    for _ in range(40):
        rows = [b"x" * 999] * 100
        history.extend(rows, b"\n".join(rows))
    assert history.first > 0
    assert history.bytes <= 1 << 20


def test_compressed_rows_take_less_and_stay_readable() -> None:
    history = History()
    rows = [b"the same words again and again"] * 1000
    for _ in range(40):
        history.extend(rows, b"\n".join(rows))
    before = history.bytes
    while history.compress():
        pass
    assert history.bytes < before / 2
    assert {history.row(number) for number in range(0, history.end, 997)} == {rows[0]}


def test_numbers_go_on_after_clearing() -> None:
    history = History()
    history.append(b"old")
    history.clear()
    history.append(b"new")
    assert (history.first, history.end, history.row(1)) == (1, 2, b"new")
