"""The checker must be able to fail: each broken stream is told as such."""

from __future__ import annotations

import pytest

from oi_tui.engine.brackets import Brackets
from oi_tui.engine.invariants import BrokenInvariantError, check_invariants
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    Decision,
    HistoryChange,
    Role,
    RunStatus,
    TurnEnd,
    digest_of,
)

X = digest_of("x")
START = ev.TurnStarted("go")
END = ev.TurnFinished(TurnEnd.COMPLETED)
CODE: list[ev.Event] = [
    ev.CodeStarted("c", "py"),
    ev.CodeAdded("c", "x"),
    ev.CodeFinished("c", "py", "x", X, True),
]
ASKED = ev.ApprovalRequested("c", "py", "x", X, "/", "/py")
APPROVED = ev.ApprovalResolved("c", Decision.APPROVE, X, Decider.USER)
DENIED = ev.ApprovalResolved("c", Decision.REJECT, X, Decider.USER)
SCANNED = ev.ProposalScanned("c", X, ("fine",))
REPLAYED: list[ev.Event] = [
    ev.CodeStarted("r", "py"),
    ev.CodeAdded("r", "x"),
    ev.CodeFinished("r", "py", "x", X, True),
]
AGAIN = ev.ApprovalRequested("r", "py", "x", X, "/", "/py")
BY_GRANT = ev.ApprovalResolved("r", Decision.APPROVE, X, Decider.SESSION_GRANT)
BY_PERSON = ev.ApprovalResolved("r", Decision.APPROVE, X, Decider.USER)
UNDONE, REDONE = HistoryChange.UNDONE, HistoryChange.REDONE
ONE = (ChatMessage(Role.USER, "one"),)
TWO = (*ONE, ChatMessage(Role.USER, "two"))
RUN = ev.RunStarted("c", "py", X)
OUTPUT = ev.OutputAdded("c", b"1")
RAN = ev.RunFinished("c", RunStatus.OK, 0, 0.1, "/", 1)


def enveloped(*events: ev.Event) -> list[ev.Envelope]:
    return [ev.Envelope(number, 0.0, "s", 0, event) for number, event in enumerate(events, 1)]


def test_a_good_stream_passes() -> None:
    check_invariants(enveloped(START, *CODE, ASKED, APPROVED, RUN, OUTPUT, RAN, END))
    check_invariants(enveloped(START, *CODE, APPROVED), is_whole=False)
    scans = (ev.ScanStarted("c"), ASKED, ev.ScanStarted("c"), SCANNED)
    check_invariants(enveloped(START, *CODE, *scans, DENIED, END))
    undone, redone = (ev.HistoryReplaced(m, "", c) for m, c in ((ONE, UNDONE), (TWO, REDONE)))
    check_invariants(enveloped(undone, redone, START, END))
    check_invariants(enveloped(ev.SettingChanged("max_steps", "7")))
    check_invariants(enveloped(START, *REPLAYED, AGAIN, BY_PERSON, END))
    again = ev.SessionOpened("", "", "", "")
    check_invariants(enveloped(START, *CODE, ASKED, again, START, END, ev.EngineStopped(), again))


@pytest.mark.parametrize(
    "events",
    [
        [START, *REPLAYED, BY_GRANT, END],
        [START, *REPLAYED, BY_PERSON, END],
        [START, *REPLAYED, AGAIN, BY_GRANT, END],
        [ev.HistoryReplaced(TWO, "", REDONE)],
        [ev.HistoryReplaced(ONE, "", UNDONE), START, END, ev.HistoryReplaced(TWO, "", REDONE)],
        [ev.HistoryReplaced(ONE, "", UNDONE), ev.HistoryReplaced(ONE, "", REDONE)],
        [ev.HistoryReplaced(ONE, "", UNDONE), ev.HistoryReplaced(TWO, "", UNDONE)],
        [ev.HistoryReplaced(ONE, ""), ev.HistoryReplaced(TWO, "", REDONE)],
        [START, ev.HistoryReplaced((), ""), END],
        [ev.SettingChanged("theme", "x")],
        [ev.SettingChanged("max_steps", "many")],
        [START],
        [END],
        [START, START, END, END],
        [START, ev.MessageStarted("m"), END],
        [START, ev.TextAdded("m", "x"), END],
        [START, ev.MessageStarted("m"), ev.MessageFinished("m", "x", True), END],
        [ev.MessageStarted("m"), ev.MessageFinished("m", "", True)],
        [START, *CODE[:2], END],
        [START, CODE[0], CODE[2], END],
        [START, *CODE[:2], ev.CodeFinished("c", "py", "x", "wrong", True), END],
        [START, *CODE[:2], ev.CodeFinished("c", "py", "x", X, True, "problem"), END],
        [START, *CODE, *CODE, END],
        [START, *CODE, ASKED, END],
        [START, ASKED, APPROVED, END],
        [START, *CODE, RUN, OUTPUT, RAN, END],
        [START, *CODE, ASKED, DENIED, RUN, OUTPUT, RAN, END],
        [START, *CODE, ASKED, APPROVED, ev.RunStarted("c", "py", "other"), OUTPUT, RAN, END],
        [START, *CODE, ASKED, APPROVED, RUN, OUTPUT, RAN, RUN, OUTPUT, RAN, END],
        [START, *CODE, ASKED, APPROVED, APPROVED, RUN, OUTPUT, RAN, END],
        [START, *CODE, ASKED, ev.ProposalEdited("c", "y", digest_of("y")), APPROVED, END],
        [START, *CODE, ASKED, APPROVED, RUN, RAN, END],
        [START, *CODE, ASKED, APPROVED, RUN, OUTPUT, END],
        [START, *CODE, SCANNED, ASKED, DENIED, END],
        [START, *CODE, ASKED, DENIED, SCANNED, END],
        [START, *CODE, ASKED, ev.ProposalScanned("c", "other", ()), DENIED, END],
        [START, ev.ScanStarted("c"), END],
        [START, OUTPUT, END],
        [START, *CODE, APPROVED, END, START, RUN, OUTPUT, RAN, END],
        [ev.EngineStopped(), ev.EngineStopped()],
    ],
)
def test_a_broken_stream_does_not(events: list[ev.Event]) -> None:
    with pytest.raises(BrokenInvariantError):
        check_invariants(enveloped(*events))


@pytest.mark.parametrize("numbers", [(1, 3), (2, 1), (1, 1)])
def test_numbers_have_no_gaps_and_no_doubles(numbers: tuple[int, int]) -> None:
    warned = [ev.Envelope(n, 0.0, "s", 0, ev.RequestSent("m")) for n in numbers]
    with pytest.raises(BrokenInvariantError):
        check_invariants(warned)


def test_brackets_close_whatever_is_open() -> None:
    events: list[ev.Event] = [
        START,
        ev.MessageStarted("m"),
        ev.TextAdded("m", "half"),
        ev.CodeStarted("d", "py"),
        ev.CodeAdded("d", "pri"),
        *CODE,
        APPROVED,
        RUN,
        OUTPUT,
    ]
    brackets = Brackets()
    for envelope in enveloped(*events):
        brackets.apply(envelope)
    assert brackets.is_turn_open
    closing = brackets.closing()
    check_invariants(enveloped(*events, *closing, END))
    for envelope in enveloped(*closing, END):
        brackets.apply(envelope)
    assert not brackets.closing()
    assert not brackets.is_turn_open
