"""The journal in good times: what is recorded is read, and when files come into being."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import digest_of
from oi_tui.store.reader import read_journal
from oi_tui.store.records import MOST_BYTES
from oi_tui.transcript import CodeBlock, Transcript
from tests.store.script import CODE, envelopes, journal, opened, session, turn, write_session


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    told = session(3)
    path = write_session(tmp_path, told)
    content = read_journal(path)
    assert list(content.envelopes) == told
    assert (content.damaged, content.unknown) == (0, 0)
    assert content.header is not None
    assert content.header.session_id == "s1"
    assert content.size == path.stat().st_size


def test_a_reopened_session_folds_to_the_same_blocks(tmp_path: Path) -> None:
    told = session(3)
    live, again = Transcript(), Transcript()
    live.replay(told)
    again.replay(read_journal(write_session(tmp_path, told)).envelopes)
    assert again.blocks == live.blocks
    codes = [block for block in again.blocks if isinstance(block, CodeBlock)]
    assert all(digest_of(block.code) == block.digest for block in codes)
    assert bytes(codes[0].output.head) == b"clean text\r\n\xff\x00 bytes"


def test_a_session_without_a_prompt_leaves_no_file(tmp_path: Path) -> None:
    one = journal(tmp_path)
    for envelope in envelopes([opened(), (0, ev.ModelChanged("other")), (0, ev.EngineStopped())]):
        assert one.record(envelope) is None
    assert one.close() is None
    assert not list(tmp_path.iterdir())


def test_looking_at_a_session_does_not_change_it(tmp_path: Path) -> None:
    path = write_session(tmp_path, session())
    before = path.read_bytes(), path.stat().st_mtime_ns
    again = journal(tmp_path)
    assert again.record(next(envelopes([opened()], first=100))) is None
    again.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_going_on_appends_the_opening_too(tmp_path: Path) -> None:
    told = session()
    write_session(tmp_path, told)
    more = list(envelopes([opened(), *turn(2, "more")], first=len(told) + 1))
    path = write_session(tmp_path, more)
    assert list(read_journal(path).envelopes) == told + more


def test_a_record_is_in_the_file_when_record_returns(tmp_path: Path) -> None:
    one = journal(tmp_path)
    for count, envelope in enumerate(session(), 1):
        one.record(envelope)
        if count > 1:
            assert len(read_journal(tmp_path / "s1.journal").envelopes) == count
    one.close()


def test_acknowledgements_are_synced_and_deltas_are_not(tmp_path: Path) -> None:
    calls = CountingCalls()
    one = journal(tmp_path, calls=calls)
    text = [(1, ev.TextAdded("m1", "word ")) for _ in range(50)]
    told = list(envelopes([opened(), (1, ev.TurnStarted("hi")), *text]))
    for envelope in told:
        one.record(envelope)
    assert calls.syncs == 1
    one.record(next(envelopes([(1, ev.MessageFinished("m1", "word " * 50, True))], first=60)))
    assert calls.syncs == 2
    one.close()
    assert calls.syncs == 2, "there was nothing left to sync"


def test_an_event_beyond_the_limit_is_replaced_by_a_word_about_it(tmp_path: Path) -> None:
    one = journal(tmp_path)
    huge = ev.DisplayAdded("c1", "image/png", b"\xff" * MOST_BYTES)
    told = session()
    after = list(envelopes(turn(2, "next"), first=91))
    for envelope in [*told, next(envelopes([(1, huge)], first=90)), *after]:
        assert one.record(envelope) is None
    one.close()
    found = list(read_journal(tmp_path / "s1.journal").envelopes)
    warning = found.pop(len(told))
    assert found == told + after
    assert isinstance(warning.event, ev.Warned)
    assert "16 MiB" in warning.event.text


def test_recording_after_closing_is_refused(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.close()
    assert one.record(session()[0]) is not None
    assert one.close() is None


def test_closing_gives_back_every_descriptor(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    write_session(tmp_path, session())
    assert len(os.listdir("/dev/fd")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["s1.journal"]


@pytest.mark.parametrize("text", ["\ud800 lone", "\x00", "\u2028", "𝕏" * 1000, '"}\n{', ""])
def test_any_text_survives(tmp_path: Path, text: str) -> None:
    told = list(envelopes([opened(), (1, ev.TurnStarted(text + "!"))]))
    content = read_journal(write_session(tmp_path, told))
    prompt = content.envelopes[-1].event
    assert isinstance(prompt, ev.TurnStarted)
    assert prompt.prompt == text.replace("\ud800", "\ufffd") + "!"


def test_code_is_kept_to_the_byte(tmp_path: Path) -> None:
    content = read_journal(write_session(tmp_path, session()))
    codes = [one.event for one in content.envelopes if isinstance(one.event, ev.CodeFinished)]
    assert [code.code for code in codes] == [CODE]


class CountingCalls:
    """Real writes; syncs are counted."""

    def __init__(self) -> None:
        self.syncs = 0

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
