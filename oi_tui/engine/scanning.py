"""When proposals are scanned, as safe mode says, and what is told of it.

Owns that a scan ends as soon as the person decides. It never says that code is safe; findings, or
no scan at all, only make sure that a person is asked. Knows no scanner.
"""

from __future__ import annotations

from collections.abc import Generator

from oi_tui.config.schema import SafeMode
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.notes import risk_notes
from oi_tui.engine.reply import Proposal
from oi_tui.engine.workbench import Workbench
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import digest_of
from oi_tui.shells.scanning import Scan

NOT_NEEDED = Scan()


def can_scan(bench: Workbench) -> bool:
    """Whether the person may start a scan."""
    return bench.scanner is not None and bench.settings().safe_mode is SafeMode.ASK


def first_scan(
    bench: Workbench, proposal: Proposal, token: CancelToken
) -> Generator[ev.Event, bool, Scan]:
    """Scan a proposal before it is offered, where safe mode wants every one scanned."""
    if bench.scanner is None or bench.settings().safe_mode is not SafeMode.AUTO:
        return NOT_NEEDED
    yield ev.ScanStarted(proposal.call_id)
    return bench.scanner.scan(proposal.code, proposal.language, lambda: token.is_set)


def must_ask(scan: Scan) -> bool:
    """Whether what came of a scan is a reason to ask, whatever was allowed before."""
    return scan.has_findings or bool(scan.problem)


def scan_edited(bench: Workbench, proposal: Proposal, code: str) -> Generator[ev.Event, bool, None]:
    """Scan what the person made of a proposal, where every one is scanned."""
    if bench.settings().safe_mode is SafeMode.AUTO:
        yield from scan_open(bench, proposal, code)


def scan_open(bench: Workbench, proposal: Proposal, code: str) -> Generator[ev.Event, bool, None]:
    """Scan the open proposal; its notes are all that is worth a look about this code."""
    if bench.scanner is None:
        return
    yield ev.ScanStarted(proposal.call_id)
    scan = bench.scanner.scan(code, proposal.language, lambda: bench.box.has_answer)
    notes = (*risk_notes(code, proposal.language), *scan.notes)
    yield ev.ProposalScanned(proposal.call_id, digest_of(code), notes)
