"""Damaged journals: every sound record is read, nothing raises, no damaged file is edited."""

from __future__ import annotations

import io
import os
import random
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.protocol import events as ev
from oi_tui.store.reader import JournalContent, read_journal, scan
from oi_tui.store.records import MOST_BYTES, MOST_DEPTH, decode_record, encode_record
from oi_tui.store.sessions import SessionStore
from tests.store.script import envelopes, opened, session, turn, write_session

SESSION = session(2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_session(tmp_path_factory.mktemp("whole"), SESSION).read_bytes()


def read(root: Path, data: bytes) -> JournalContent:
    path = root / "x.journal"
    path.write_bytes(data)
    path.chmod(0o600)
    return read_journal(path)


def lines_of(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def untouched(before: bytes, after: bytes) -> set[bytes]:
    """The lines that are still in the damaged bytes as they were."""
    return {line for line in lines_of(before) if line.rstrip(b"\n") in after}


def bodies(data: bytes) -> set[bytes]:
    return {record.line for record in scan(io.BytesIO(data)) if record}


# -- the named kinds of damage -----------------------------------------------------------------
def test_a_torn_tail_costs_the_last_record(tmp_path: Path, whole: bytes) -> None:
    content = read(tmp_path, whole[:-10])
    assert list(content.envelopes) == SESSION[:-1]
    assert content.damaged == 1


def test_a_tail_without_its_line_feed_is_read_and_counts_as_damage(
    tmp_path: Path, whole: bytes
) -> None:
    content = read(tmp_path, whole[:-1])
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


def test_a_tail_of_nul_costs_nothing(tmp_path: Path, whole: bytes) -> None:
    content = read(tmp_path, whole + bytes(4096))
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


def test_a_write_that_was_cut_and_tried_again_on_the_same_line(
    tmp_path: Path, whole: bytes
) -> None:
    lines = lines_of(whole)
    content = read(tmp_path, b"".join([*lines[:5], lines[5][:40], *lines[5:]]))
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


def test_a_lost_line_feed_costs_nothing(tmp_path: Path, whole: bytes) -> None:
    lines = lines_of(whole)
    lines[4] = lines[4].rstrip(b"\n") + b"X"
    content = read(tmp_path, b"".join(lines))
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


def test_a_flipped_bit_costs_its_record(tmp_path: Path, whole: bytes) -> None:
    lines = lines_of(whole)
    spot = bytearray(lines[7])
    spot[30] ^= 4
    lines[7] = bytes(spot)
    content = read(tmp_path, b"".join(lines))
    assert list(content.envelopes) == SESSION[:6] + SESSION[7:]
    assert content.damaged == 1


def test_garbage_between_records(tmp_path: Path, whole: bytes) -> None:
    lines = lines_of(whole)
    noise = random.Random(7).randbytes(3000)
    content = read(tmp_path, b"".join([*lines[:3], noise, *lines[3:]]))
    assert list(content.envelopes) == SESSION
    assert content.damaged > 0


def test_a_record_that_is_there_twice_counts_once(tmp_path: Path, whole: bytes) -> None:
    lines = lines_of(whole)
    content = read(tmp_path, b"".join([*lines[:9], *lines[5:]]))
    assert list(content.envelopes) == SESSION
    assert content.damaged == 0


def test_a_lost_header_is_damage(tmp_path: Path, whole: bytes) -> None:
    content = read(tmp_path, b"".join(lines_of(whole)[1:]))
    assert list(content.envelopes) == SESSION
    assert content.header is None
    assert content.damaged == 1


@pytest.mark.parametrize("data", [b"", b"\n\n\n", bytes(100), b"not a journal\n", b"00000000 {"])
def test_files_that_are_no_journals(tmp_path: Path, data: bytes) -> None:
    content = read(tmp_path, data)
    assert content.envelopes == ()
    assert content.damaged > 0


# -- hostile files -----------------------------------------------------------------------------
def test_a_line_beyond_the_limit_is_passed_over(tmp_path: Path, whole: bytes) -> None:
    content = read(tmp_path, b"x" * (2 * MOST_BYTES + 5) + b"\n" + whole)
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


@pytest.mark.parametrize("depth", [MOST_DEPTH + 5, 100_000])
def test_deep_nesting_is_damage(tmp_path: Path, whole: bytes, depth: int) -> None:
    text = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    line = b"%08x %b\n" % (zlib.crc32(text), text)
    content = read(tmp_path, whole + line)
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


@pytest.mark.parametrize("text", [b'{"a":NaN}', b'{"a":-Infinity}', b"[1]", b"3", b'{"a":1}\xff'])
def test_what_is_no_record_is_damage(tmp_path: Path, whole: bytes, text: bytes) -> None:
    content = read(tmp_path, whole + b"%08x %b\n" % (zlib.crc32(text), text))
    assert list(content.envelopes) == SESSION
    assert content.damaged == 1


@pytest.mark.parametrize("at", ["1e999", "-5", "99999999999999"])
def test_an_impossible_time_is_no_time(tmp_path: Path, at: str) -> None:
    event = '{"type":"TurnStarted","prompt":"hi"}'
    text = f'{{"seq":1,"at":{at},"session_id":"s","turn":1,"event":{event}}}'.encode()
    line = b"%08x %b\n" % (zlib.crc32(text), text)
    assert [one.at for one in read(tmp_path, line).envelopes] == [0.0]
    (summary,) = SessionStore(tmp_path).list()
    assert (summary.started, summary.changed, summary.title) == (0.0, 0.0, "hi")


def test_many_brackets_inside_a_text_are_no_depth() -> None:
    line = encode_record({"text": "[{" * 1000})
    assert decode_record(line) is not None


def test_a_line_full_of_false_beginnings_is_read_in_time(tmp_path: Path, whole: bytes) -> None:
    content = read(tmp_path, b"00000000 {" * 100_000 + b"\n" + whole)
    assert list(content.envelopes) == SESSION


@pytest.mark.parametrize(
    "body",
    [
        {"seq": 1, "at": 0.5, "session_id": "s", "turn": 1, "event": {"type": "FromTheFuture"}},
        {"seq": "1"},
        {"header": {"format": 99}},
        {"note": [1, 2, {"a": None}]},
    ],
)
def test_unknown_records_are_passed_over_and_kept(
    tmp_path: Path, whole: bytes, body: dict[str, object]
) -> None:
    line = encode_record(body)
    content = read(tmp_path, whole + line)
    assert list(content.envelopes) == SESSION
    assert (content.damaged, content.unknown) == (0, 1)


# -- property: any damage at all ---------------------------------------------------------------
Damage = tuple[str, float, int, bytes]
damages = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "nul", "insert", "truncate"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 600),
        st.binary(min_size=1, max_size=60),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, todo: list[Damage]) -> bytes:
    for kind, where, length, noise in todo:
        at = int(where * len(data))
        if kind == "flip":
            data = data[:at] + bytes([data[at] ^ (1 << length % 8)]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at] + data[at + length :]
        elif kind == "nul":
            data = data[:at] + bytes(length) + data[at + length :]
        elif kind == "insert":
            data = data[:at] + noise + data[at:]
        else:
            data = data[: max(at, 1)]
        if not data:
            return b"\n"
    return data


@settings(max_examples=500, deadline=None)
@given(todo=damages)
def test_every_record_that_was_not_hit_is_read(todo: list[Damage], whole: bytes) -> None:
    after = damaged(whole, todo)
    assert bodies(after) >= untouched(whole, after)
    assert bodies(after) <= set(lines_of(whole))


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=3000))
def test_noise_never_raises(data: bytes) -> None:
    assert not [record for record in scan(io.BytesIO(data)) if record]


# -- going on with a damaged session -----------------------------------------------------------
def test_going_on_leaves_the_damaged_file_as_it_was(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "s1.journal"
    broken = whole[:700] + b"\x00\xff" * 20 + whole[700:] + b"torn"
    path.write_bytes(broken)
    store = SessionStore(tmp_path)
    session_ = store.open("s1")
    assert session_.notices
    assert session_.journal
    assert path.read_bytes() == broken, "opening must not edit"
    more = list(envelopes([opened(), *turn(3, "on")], first=SESSION[-1].seq + 1))
    for envelope in more:
        assert session_.journal.record(envelope) is None
    session_.journal.close()
    (kept,) = tmp_path.glob("s1.journal.damaged-*")
    assert kept.read_bytes() == broken
    content = read_journal(path)
    assert content.damaged == 0
    assert list(content.envelopes) == [*session_.envelopes, *more]
    assert kept.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o600


def test_a_cleaned_copy_keeps_records_of_unknown_kinds(tmp_path: Path, whole: bytes) -> None:
    strange = encode_record({"from": "the future"})
    (tmp_path / "s1.journal").write_bytes(whole + strange + b"torn")
    one = SessionStore(tmp_path).open("s1")
    assert one.journal
    one.journal.record(ev.Envelope(99, 1.0, "s1", 3, ev.TurnStarted("on")))
    one.journal.close()
    data = (tmp_path / "s1.journal").read_bytes()
    assert strange in data
    assert b"torn" not in data


def test_a_cleaned_copy_of_a_file_without_header_gets_one(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "s1.journal").write_bytes(b"".join(lines_of(whole)[1:]))
    one = SessionStore(tmp_path).open("s1")
    assert one.journal
    one.journal.record(ev.Envelope(99, 1.0, "s1", 3, ev.TurnStarted("on")))
    one.journal.close()
    content = read_journal(tmp_path / "s1.journal")
    assert content.header
    assert content.damaged == 0


def test_a_fresh_descriptor_table(tmp_path: Path, whole: bytes) -> None:
    before = len(os.listdir("/dev/fd"))
    read(tmp_path, whole[:-3])
    assert len(os.listdir("/dev/fd")) == before
