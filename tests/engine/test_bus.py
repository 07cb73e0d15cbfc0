from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.engine.bus import Bus
from oi_tui.engine.mailbox import Mailbox
from oi_tui.engine.merger import Merger
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, ErrorInfo, ErrorKind

APPROVED = ev.ApprovalResolved("c", Decision.APPROVE, "d", Decider.USER)
DENIED = ev.ApprovalResolved("c", Decision.REJECT, "d", Decider.ENGINE)


class FakeRecorder:
    def __init__(self) -> None:
        self.records: list[ev.Envelope] = []
        self.is_full = False

    def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        if self.is_full:
            return ErrorInfo(ErrorKind.STORE, "The disk is full.")
        self.records.append(envelope)
        return None


def _events(envelopes: list[ev.Envelope]) -> list[ev.Event]:
    return [envelope.event for envelope in envelopes]


some_events = st.lists(
    st.builds(ev.TextAdded, st.sampled_from("ab"), st.text(max_size=3))
    | st.builds(ev.CodeAdded, st.sampled_from("ab"), st.text(max_size=3))
    | st.builds(ev.OutputAdded, st.sampled_from("ab"), st.binary(max_size=3))
    | st.builds(ev.TurnStarted, st.text(max_size=3)),
    max_size=30,
)


def _added(envelopes: list[ev.Envelope]) -> list[tuple[str, str, str]]:
    """What each stretch adds up to, however it was cut."""
    folded: list[tuple[str, str, str]] = []
    for event in _events(envelopes):
        match event:
            case ev.TextAdded(name, text) | ev.CodeAdded(name, text):
                key, added = (type(event).__name__, name), text
            case ev.OutputAdded(name, data):
                key, added = (type(event).__name__, name), data.decode("latin-1")
            case _:
                folded.append(("other", "", repr(event)))
                continue
        if folded and folded[-1][:2] == key:
            folded[-1] = (*key, folded[-1][2] + added)
        else:
            folded.append((*key, added))
    return folded


@given(some_events, st.integers(1, 5))
def test_all_readers_see_the_same_without_gaps(events: list[ev.Event], limit: int) -> None:
    recorder = FakeRecorder()
    live: list[ev.Envelope] = []
    mailbox = Mailbox(lambda: None, limit)
    bus = Bus("s", recorder, first_seq=5)
    bus.subscribe(live.append)
    bus.subscribe(mailbox.put)
    for event in events:
        assert bus.emit(event)
    bus.emit(ev.EngineStopped())
    mailed: list[ev.Envelope] = []
    while batch := mailbox.drain():
        assert len(batch) <= limit
        mailed += batch
    assert _added(live) == _added(recorder.records) == _added(mailed)
    seqs = [envelope.seq for envelope in recorder.records]
    assert seqs == list(range(5, 5 + len(seqs)))
    assert sorted({e.seq for e in live}) == sorted({e.seq for e in mailed}) == seqs
    starts = [e.turn for e in recorder.records if isinstance(e.event, ev.TurnStarted)]
    assert starts == list(range(1, 1 + len(starts)))


def test_a_delta_is_told_at_once_and_recorded_joined() -> None:
    recorder = FakeRecorder()
    live: list[ev.Envelope] = []
    bus = Bus("s", recorder)
    bus.subscribe(live.append)
    bus.emit(ev.TextAdded("m", "a"))
    bus.emit(ev.TextAdded("m", "b"))
    assert _events(live) == [ev.TextAdded("m", "a"), ev.TextAdded("m", "b")]
    assert not recorder.records
    bus.emit(ev.MessageFinished("m", "ab", True))
    assert _events(recorder.records) == [
        ev.TextAdded("m", "ab"),
        ev.MessageFinished("m", "ab", True),
    ]


def test_what_is_held_is_recorded_when_its_time_has_come() -> None:
    merger = Merger(seconds=1.0)
    merger.hold(ev.Envelope(1, 100.0, "s", 1, ev.TextAdded("m", "a")))
    assert not merger.is_due(100.9)
    assert merger.is_due(101.0)
    assert merger.continues(ev.TextAdded("m", "b"), 100.9)
    assert not merger.continues(ev.TextAdded("m", "b"), 101.1)
    assert not merger.continues(ev.TextAdded("other", "b"), 100.1)


def test_a_full_disk_loses_nothing_once_there_is_room_again() -> None:
    recorder = FakeRecorder()
    live: list[ev.Envelope] = []
    bus = Bus("s", recorder)
    bus.subscribe(live.append)
    recorder.is_full = True
    assert not bus.emit(ev.TurnStarted("one"))
    assert not bus.emit(ev.TurnStarted("two"))
    recorder.is_full = False
    assert bus.emit(ev.TurnStarted("three"))
    assert [type(e).__name__ for e in _events(live)] == [
        "TurnStarted",
        "Warned",
        "TurnStarted",
        "TurnStarted",
    ]
    assert recorder.records == live


def test_an_approval_that_cannot_be_recorded_is_never_told() -> None:
    recorder = FakeRecorder()
    live: list[ev.Envelope] = []
    bus = Bus("s", recorder)
    bus.subscribe(live.append)
    assert bus.emit_if_recorded(APPROVED, DENIED)
    recorder.is_full = True
    assert not bus.emit_if_recorded(APPROVED, DENIED)
    assert not bus.emit_if_recorded(APPROVED, DENIED)
    assert [e for e in _events(live) if e == APPROVED] == [APPROVED]
    assert _events(live).count(DENIED) == 2
    recorder.is_full = False
    assert bus.emit_if_recorded(APPROVED, DENIED)
    assert recorder.records == live
    assert [e.seq for e in live] == list(range(1, 1 + len(live)))


def test_nothing_comes_after_the_stop() -> None:
    live: list[ev.Envelope] = []
    bus = Bus("s")
    bus.subscribe(live.append)
    assert bus.emit(ev.EngineStopped())
    assert not bus.emit(ev.TurnStarted("late"))
    assert not bus.emit_if_recorded(APPROVED, DENIED)
    assert _events(live) == [ev.EngineStopped()]


def test_many_threads_make_one_order() -> None:
    recorder = FakeRecorder()
    live: list[ev.Envelope] = []
    bus = Bus("s", recorder)
    bus.subscribe(live.append)
    threads = [
        threading.Thread(target=lambda: [bus.emit(ev.TurnStarted("x")) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in live] == list(range(1, 201))
    assert recorder.records == live


def test_the_mailbox_wakes_once_until_it_is_drained() -> None:
    wakes: list[int] = []
    mailbox = Mailbox(lambda: wakes.append(1), limit=2)
    bus = Bus("s")
    bus.subscribe(mailbox.put)
    for _ in range(3):
        bus.emit(ev.TurnStarted("x"))
    assert len(wakes) == 1
    assert len(mailbox.drain()) == 2
    assert len(wakes) == 2  # more is left
    assert len(mailbox.drain()) == 1
    assert len(wakes) == 2
    bus.emit(ev.TurnStarted("x"))
    assert len(wakes) == 3


def test_a_recorder_that_raises_counts_as_a_failure() -> None:
    class FakeBrokenRecorder:
        def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
            raise OSError("gone")

    live: list[ev.Envelope] = []
    bus = Bus("s", FakeBrokenRecorder())
    bus.subscribe(live.append)
    assert not bus.emit_if_recorded(APPROVED, DENIED)
    assert not bus.emit(ev.TurnStarted("x"))
    assert [type(e).__name__ for e in _events(live)] == [
        "ApprovalResolved",
        "Warned",
        "TurnStarted",
    ]


def test_a_listener_that_raises_is_told_of_and_harms_nobody() -> None:
    live: list[ev.Envelope] = []

    def broken(envelope: ev.Envelope) -> None:
        raise ValueError("oops")

    bus = Bus("s")
    bus.subscribe(broken)
    bus.subscribe(live.append)
    assert bus.emit(ev.TurnStarted("x"))
    assert bus.emit(ev.EngineStopped())
    kinds = [type(e).__name__ for e in _events(live)]
    assert kinds == ["TurnStarted", "Warned", "EngineStopped"]
