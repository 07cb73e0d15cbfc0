"""The journal behind the real bus: what the engine relies on when the disk fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oi_tui.engine.bus import Bus
from oi_tui.engine.invariants import check_invariants
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision
from oi_tui.store.reader import read_journal
from tests.store.script import journal, session
from tests.store.test_failing_disk import FailingCalls


def events() -> list[ev.Event]:
    return [envelope.event for envelope in session(2)]


def test_what_the_bus_tells_is_what_is_read_again(tmp_path: Path) -> None:
    one = journal(tmp_path)
    bus = Bus("s1", one)
    assert all(bus.emit(event) for event in events())
    bus.emit(ev.EngineStopped())
    one.close()
    found = read_journal(tmp_path / "s1.journal").envelopes
    check_invariants(found)
    assert [envelope.seq for envelope in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("failure", ["ENOSPC", "EIO", "short", "sync"])
def test_a_failing_disk_delays_but_loses_nothing(tmp_path: Path, failure: str) -> None:
    told_of = 0
    for at in range(2, 40):
        name = f"s{at}"
        one = journal(tmp_path, name, FailingCalls(at, failure, times=4))
        bus = Bus(name, one)
        live: list[ev.Event] = []
        bus.subscribe(keeper(live))
        recorded = [bus.emit(event) for event in events()]
        bus.emit(ev.EngineStopped())
        one.close()
        told_of += not all(recorded)
        found = [envelope.event for envelope in read_journal(one_path(tmp_path, name)).envelopes]
        assert joined(found) == joined(live)
        assert all(recorded) or any(isinstance(event, ev.Warned) for event in live)
    assert told_of > 3


def test_a_refused_approval_stays_refused(tmp_path: Path) -> None:
    told = events()
    place = next(i for i, one in enumerate(told) if isinstance(one, ev.ApprovalResolved))
    approval = told[place]
    assert isinstance(approval, ev.ApprovalResolved)
    refusal = ev.ApprovalResolved(approval.call_id, Decision.STOP, approval.digest, Decider.ENGINE)
    calls = FailingCalls(10**9, "ENOSPC")
    one = journal(tmp_path, calls=calls)
    bus = Bus("s1", one)
    for event in told[:place]:
        bus.emit(event)
    calls.left = range(calls.count, calls.count + 1)
    assert not bus.emit_if_recorded(approval, refusal)
    bus.emit(ev.EngineStopped())
    one.close()
    found = [envelope.event for envelope in read_journal(tmp_path / "s1.journal").envelopes]
    assert approval not in found
    assert refusal in found


def keeper(live: list[ev.Event]) -> Callable[[ev.Envelope], None]:
    return lambda envelope: live.append(envelope.event)


def one_path(root: Path, name: str) -> Path:
    return root / f"{name}.journal"


def joined(told: list[ev.Event]) -> list[object]:
    """Events with neighbouring deltas joined, as they may differ in their cuts only."""
    found: list[object] = []
    for event in told:
        last = found[-1] if found else None
        if isinstance(event, ev.TextAdded) and isinstance(last, ev.TextAdded):
            found[-1] = ev.TextAdded(event.message_id, last.text + event.text)
        elif isinstance(event, ev.OutputAdded) and isinstance(last, ev.OutputAdded):
            found[-1] = ev.OutputAdded(event.call_id, last.data + event.data)
        else:
            found.append(event)
    return found
