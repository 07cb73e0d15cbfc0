from __future__ import annotations

import threading

import pytest

from oi_tui.engine.approvals import (
    AUTO_RUNS,
    ApprovalBox,
    Edited,
    Mismatched,
    Policy,
    Resolved,
)
from oi_tui.engine.cancel import CancelToken
from oi_tui.protocol.items import Decider, Decision, digest_of
from tests.engine.harness import APPROVE, REJECT, STOP

CODE = digest_of("print(1)")


def test_the_policy_asks_unless_the_person_said_otherwise() -> None:
    policy = Policy()
    assert policy.decider("python", 0) is None
    policy.grant("python")
    assert policy.decider("python", 0) is Decider.SESSION_GRANT
    assert policy.decider("bash", 0) is None
    policy.forget()
    assert policy.decider("python", 0) is None
    policy.auto_run = True
    assert policy.decider("bash", AUTO_RUNS - 1) is Decider.AUTO_RUN
    assert policy.decider("bash", AUTO_RUNS) is None


def test_the_first_answer_wins() -> None:
    box = ApprovalBox()
    box.open("c1", CODE)
    assert box.decide("c1", REJECT, CODE, "no")
    assert not box.decide("c1", APPROVE, CODE)
    box.deny(Decider.INTERRUPT)
    assert box.wait() == Resolved(REJECT, Decider.USER, CODE, "no")


def test_exactly_one_of_many_threads_wins() -> None:
    for _ in range(50):
        box = ApprovalBox()
        box.open("c1", CODE)
        start = threading.Barrier(5)
        won: list[bool] = []

        def answer(box: ApprovalBox, start: threading.Barrier, won: list[bool]) -> None:
            start.wait()
            won.append(box.decide("c1", APPROVE, CODE))

        threads = [threading.Thread(target=answer, args=(box, start, won)) for _ in range(4)]
        for thread in threads:
            thread.start()
        start.wait()
        box.deny(Decider.INTERRUPT)
        for thread in threads:
            thread.join()
        resolved = box.wait()
        assert isinstance(resolved, Resolved)
        assert sum(won) == (resolved.decision is APPROVE)


def test_an_approval_counts_only_for_the_code_in_the_box() -> None:
    box = ApprovalBox()
    box.open("c1", CODE)
    assert box.edit("c1", "print(2)")
    edited = digest_of("print(2)")
    assert not box.decide("c1", APPROVE, CODE)
    assert not box.decide("c1", Decision.APPROVE_SESSION, "")
    assert box.decide("c1", APPROVE, edited)
    assert box.wait() == Edited("print(2)", edited)
    assert box.wait() == Mismatched()
    assert box.wait() == Mismatched()
    assert box.wait() == Resolved(APPROVE, Decider.USER, edited)


@pytest.mark.parametrize("decision", [REJECT, STOP])
def test_denying_needs_no_digest(decision: Decision) -> None:
    box = ApprovalBox()
    box.open("c1", CODE)
    assert box.decide("c1", decision, "")
    assert box.wait() == Resolved(decision, Decider.USER, CODE)


@pytest.mark.parametrize("call_id", ["", "c2"])
def test_what_is_not_open_cannot_be_decided(call_id: str) -> None:
    box = ApprovalBox()
    assert not box.decide(call_id, APPROVE, "")
    box.open("c1", CODE)
    assert not box.decide(call_id, APPROVE, CODE)
    assert not box.edit(call_id, "print(2)")
    box.deny(Decider.SHUTDOWN)
    assert not box.edit("c1", "print(2)")
    assert box.wait() == Resolved(STOP, Decider.SHUTDOWN, CODE)


def test_a_box_opened_again_forgets_the_answers_before() -> None:
    box = ApprovalBox()
    box.open("c1", CODE)
    box.decide("c1", APPROVE, CODE)
    box.open("c2", CODE)
    box.deny(Decider.INTERRUPT)
    assert box.wait() == Resolved(STOP, Decider.INTERRUPT, CODE)


def test_a_cancel_token_calls_what_was_handed_in_once_also_when_late() -> None:
    token, calls = CancelToken(), list[str]()
    with token.ending(lambda: calls.append("over")):
        pass
    with token.ending(lambda: calls.append("early")):
        token.set(Decider.SHUTDOWN)
        token.set(Decider.INTERRUPT)
    with token.ending(lambda: calls.append("late")):
        pass
    assert calls == ["early", "late"]
    assert token.by is Decider.SHUTDOWN
