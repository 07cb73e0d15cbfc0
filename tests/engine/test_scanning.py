"""Safe mode: when proposals are scanned, what is told, and that nothing runs because of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from oi_tui.config.schema import SafeMode, Settings
from oi_tui.models.scripted import Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import Decider, TurnEnd, digest_of
from oi_tui.shells.scanning import Scan
from tests.engine.harness import APPROVE, SESSION, STOP, staged
from tests.support.waiting import wait_until

CODE = "print(1)"
REPLY = Reply([Proposal("python", CODE)])
ASK = Settings(model="scripted", safe_mode=SafeMode.ASK)
AUTO = Settings(model="scripted", safe_mode=SafeMode.AUTO)
FINDINGS = Scan(("Line 1: no",), has_findings=True)
NOTHING = Scan(("Nothing found",))
NOT_SCANNED = Scan(("Not scanned: no semgrep",), problem="no semgrep")


class FakeScanner:
    """Says what it was told to; can be held until it is cancelled."""

    def __init__(self, scan: Scan, *, holds: bool = False) -> None:
        self.result, self.holds = scan, holds
        self.scanned: list[tuple[str, str]] = []
        self.was_cancelled = threading.Event()

    def scan(self, code: str, language: str, is_cancelled: Callable[[], bool]) -> Scan:
        self.scanned.append((code, language))
        if self.holds:
            wait_until(is_cancelled, "the end of the scan")
            self.was_cancelled.set()
        return self.result


def test_every_proposal_is_scanned_before_it_is_offered() -> None:
    scanner = FakeScanner(FINDINGS)
    with staged(REPLY, "Done.", settings=AUTO, scanner=scanner) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        assert asked.notes == ("Line 1: no",)
        assert not asked.can_scan
        stage.decide(APPROVE)
        stage.wait_for_turn()
        kinds = [type(event) for event in stage.events]
        assert kinds.index(ev.ScanStarted) < kinds.index(ev.ApprovalRequested)
    assert scanner.scanned == [(CODE, "python")]


def test_what_the_person_made_of_it_is_scanned_again() -> None:
    scanner = FakeScanner(NOTHING)
    with staged(REPLY, "Done.", settings=AUTO, scanner=scanner) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.EditProposal(asked.call_id, "rm -r x"))
        scanned = stage.wait_for(ev.ProposalScanned)
        assert scanned.digest == digest_of("rm -r x")
        assert scanned.notes == ("May delete or overwrite files", "Nothing found")
        stage.decide(STOP)
        stage.wait_for_turn()


def test_the_person_starts_the_scan_where_they_are_to() -> None:
    scanner = FakeScanner(FINDINGS)
    with staged(REPLY, "Done.", settings=ASK, scanner=scanner) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        assert asked.can_scan
        assert scanner.scanned == []
        stage.engine.submit(ops.ScanProposal("of something else"))
        stage.engine.submit(ops.ScanProposal(asked.call_id))
        assert stage.wait_for(ev.ProposalScanned).notes == ("Line 1: no",)
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
    assert len(scanner.scanned) == 1


def test_a_decision_ends_the_scan() -> None:
    scanner = FakeScanner(NOTHING, holds=True)
    with staged(REPLY, "Done.", settings=ASK, scanner=scanner) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.ScanProposal(asked.call_id))
        stage.wait_for(ev.ScanStarted)
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert len(stage.of(ev.RunStarted)) == 1
    assert scanner.was_cancelled.is_set()


def test_an_interrupt_ends_the_scan_and_nothing_runs() -> None:
    scanner = FakeScanner(NOT_SCANNED, holds=True)
    with staged(REPLY, settings=AUTO, scanner=scanner) as stage:
        stage.prompt()
        stage.wait_for(ev.ScanStarted)
        stage.engine.interrupt()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert stage.of(ev.RunStarted) == []


def test_findings_ask_again_whatever_was_allowed_for_the_session() -> None:
    for result, asks in ((FINDINGS, 2), (NOT_SCANNED, 2), (NOTHING, 1)):
        scanner = FakeScanner(result)
        other = Reply([Proposal("python", "print(2)")])
        with staged(REPLY, other, "Done.", settings=AUTO, scanner=scanner) as stage:
            stage.prompt()
            stage.decide(SESSION)
            if asks == 2:
                stage.decide(STOP, count=2)
            stage.wait_for_turn()
            assert len(stage.of(ev.ApprovalRequested)) == asks
            assert stage.of(ev.ApprovalResolved)[-1].by in (Decider.USER, Decider.SESSION_GRANT)


def test_without_safe_mode_nothing_is_scanned() -> None:
    scanner = FakeScanner(FINDINGS)
    with staged(REPLY, "Done.", scanner=scanner) as stage:
        stage.prompt()
        assert not stage.wait_for(ev.ApprovalRequested).can_scan
        stage.decide(APPROVE)
        stage.wait_for_turn()
    assert scanner.scanned == []


def test_auto_run_cannot_be_switched_on_in_safe_mode() -> None:
    with staged(REPLY, settings=ASK, scanner=FakeScanner(NOTHING)) as stage:
        stage.engine.submit(ops.SetAutoRun(on=True))
        assert "auto-run stays off" in stage.wait_for(ev.Warned).text
        stage.prompt()
        stage.decide(STOP)
        stage.wait_for_turn()
        assert stage.of(ev.AutoRunChanged) == []
