from __future__ import annotations

import hashlib
import random
import threading

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.ui.widgets.output_spool import HIGH, LOW, OutputSpools, Spool
from tests.support.waiting import wait_until


@given(st.lists(st.binary(min_size=1, max_size=50)), st.integers(1, 60))
def test_bytes_come_out_in_order_whatever_is_taken_at_once(pieces: list[bytes], limit: int) -> None:
    spool, taken = Spool(), b""
    for piece in pieces:
        spool.put(piece)
    while (piece_out := spool.take(limit)[0]) is not None:
        assert isinstance(piece_out, bytes)
        assert len(piece_out) <= limit
        taken += piece_out
    assert taken == b"".join(pieces)
    assert spool.size == 0


def test_an_action_keeps_its_place_between_the_bytes() -> None:
    spool, order = Spool(), list[str]()
    spool.put(b"before")
    spool.put(lambda: order.append("acted"))
    spool.put(b"after")
    while (piece := spool.take(1000)[0]) is not None:
        if isinstance(piece, bytes):
            order.append(piece.decode())
        else:
            piece()
    assert order == ["before", "acted", "after"]


def test_only_a_sleeping_reader_is_woken() -> None:
    spool = Spool()
    assert spool.put(b"a")
    assert not spool.put(b"b")
    assert spool.take(10)[0] == b"ab"
    assert not spool.put(b"c")  # the reader will look again before it sleeps
    assert spool.take(10)[0] == b"c"
    assert spool.take(10)[0] is None
    assert spool.put(b"d")


def test_reading_stops_above_the_high_mark_and_goes_on_below_the_low_one() -> None:
    spools, resumed = OutputSpools(), list[str]()
    spools.bind_resume(resumed.append)
    spools.output("python", b"x" * HIGH)
    assert not spools.wants_output("python")
    assert spools.wants_output("bash")
    while spools.spool("python").size > LOW:
        assert not spools.wants_output("python")
        assert not resumed
        spools.take("python", 100_000)
    assert spools.wants_output("python")
    assert resumed == ["python"]


def test_a_slow_reader_loses_no_byte_and_nothing_grows() -> None:
    spools, go_on = OutputSpools(), threading.Event()
    spools.bind_resume(lambda language: go_on.set())
    sent, received = hashlib.sha256(), hashlib.sha256()
    total, largest = 20 << 20, 0
    finished = threading.Event()

    def program() -> None:
        rng, left = random.Random(3), total
        block = rng.randbytes(1 << 16)
        while left:
            while not spools.wants_output("bash"):
                go_on.wait()
                go_on.clear()
            piece = block[: min(left, rng.randrange(1, 1 << 16))]
            sent.update(piece)
            left -= len(piece)
            spools.output("bash", piece)
        finished.set()

    threading.Thread(target=program, daemon=True).start()
    count = 0
    while count < total:
        largest = max(largest, spools.spool("bash").size)
        piece = spools.take("bash", 30_011)
        if isinstance(piece, bytes):
            received.update(piece)
            count += len(piece)
    wait_until(finished.is_set, "the program to end")
    assert received.digest() == sent.digest()
    assert largest < HIGH + (1 << 16)


def test_nobody_waits_for_a_screen_that_is_gone() -> None:
    spools, resumed = OutputSpools(), list[str]()
    spools.bind_resume(resumed.append)
    spools.output("python", b"x" * HIGH)
    spools.close()
    assert resumed == ["python"]
    assert spools.wants_output("python")
    spools.output("python", b"more")
    assert spools.spool("python").size == HIGH


def test_what_came_before_someone_listened_wakes_the_listener() -> None:
    spools, woken = OutputSpools(), list[str]()
    spools.output("bash", b"early")
    spools.bind_wake(woken.append)
    assert woken == ["bash"]
