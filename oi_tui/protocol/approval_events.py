"""The events about one proposal and its decision; part of the vocabulary of `events`."""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.protocol.items import Decider, Decision


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A proposal waits for the person. `notes`: plain facts worth a look before approving.

    `can_scan`: the person may ask for a scan (`ScanProposal`).
    """

    call_id: str
    language: str
    code: str
    digest: str
    folder: str
    interpreter: str
    notes: tuple[str, ...] = ()
    can_scan: bool = False


@dataclass(frozen=True, slots=True)
class ProposalEdited:
    """The person replaced the code of an open proposal."""

    call_id: str
    code: str
    digest: str


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """A proposal is being scanned: before it is asked about, or because the person wants it."""

    call_id: str


@dataclass(frozen=True, slots=True)
class ProposalScanned:
    """An open proposal was scanned. `notes` are about the code with this digest.

    They take the place of those that it was asked about with.
    """

    call_id: str
    digest: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalResolved:
    """A proposal was decided; it names the digest it decided about."""

    call_id: str
    decision: Decision
    digest: str
    by: Decider
    reason: str = ""
