"""The proposals that wait, as the panel knows them, and what a person should know of one.

Pure. Owns the queue and the sentences of the panel's head. Knows no widget and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import unified_diff

from oi_tui.engine.notes import risk_notes
from oi_tui.protocol.events import ApprovalRequested, ProposalScanned, ScanStarted
from oi_tui.protocol.items import Origin, origin_of
from oi_tui.text.sanitize import hidden_count, one_line
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import CodeBlock, CodeState


@dataclass(slots=True)
class Proposal:
    """One proposal: what the model wrote (`original`) and what would run (`code`, `digest`)."""

    call_id: str
    language: str = ""
    code: str = ""
    digest: str = ""
    original: str = ""
    asked: bool = False
    folder: str = ""
    interpreter: str = ""
    notes: tuple[str, ...] = ()
    hidden: int = field(default=0)
    can_scan: bool = False
    scans: bool = False  # it is being scanned now

    @property
    def edited(self) -> bool:
        """Whether the person changed it."""
        return self.asked and self.code != self.original

    def difference(self) -> str:
        """Return the change as a unified diff."""
        before, after = self.original.splitlines(), self.code.splitlines()
        return "\n".join(
            unified_diff(before, after, tr("proposed"), tr("edited"), lineterm="", n=3)
        )


class Proposals:
    """All proposals that are being written or wait, in order; one of them is looked at."""

    def __init__(self) -> None:
        self._all: dict[str, Proposal] = {}
        self._current = ""
        self._reruns = 0  # pieces of earlier code that are put up one after another
        self._seen: dict[str, int] = {}  # those of them so far, and which one each is

    @property
    def current(self) -> Proposal | None:
        """The one on screen."""
        return self._all.get(self._current)

    def position(self) -> tuple[int, int]:
        """Return the place of the one on screen (from 1) and how many there are."""
        if self._reruns and self._current in self._seen:
            return self._seen[self._current], self._reruns
        ids = list(self._all)
        return (ids.index(self._current) + 1 if self._current in ids else 0, len(ids))

    def expect_reruns(self, count: int) -> None:
        """So many pieces of earlier code will be put up, one after another."""
        self._reruns = count
        self._seen.clear()

    def update(self, block: CodeBlock) -> Proposal | None:
        """Take over a block's state; return its proposal while it is one."""
        if origin_of(block.block_id) is Origin.REPLAY:
            self._seen.setdefault(block.block_id, len(self._seen) + 1)
        if block.state not in (CodeState.STREAMING, CodeState.WAITING):
            self._drop(block.block_id)
            return None
        proposal = self._all.get(block.block_id)
        if proposal is None:
            proposal = self._all[block.block_id] = Proposal(block.block_id)
            self._current = self._current or block.block_id
        if proposal.asked and proposal.digest != block.digest:
            proposal.notes = risk_notes(
                block.code, block.language
            )  # the others were about other code
        proposal.language = block.language
        proposal.code, proposal.digest = block.code, block.digest
        if not block.edited:
            proposal.original = block.code
        if block.state is CodeState.WAITING:
            proposal.hidden = hidden_count(block.code)
        return proposal

    def ask(self, event: ApprovalRequested) -> Proposal:
        """A proposal waits for its decision now: it comes on screen."""
        proposal = self._all.setdefault(event.call_id, Proposal(event.call_id))
        proposal.language, proposal.code, proposal.digest = (
            event.language,
            event.code,
            event.digest,
        )
        proposal.original = proposal.original or event.code
        proposal.asked, proposal.folder = True, event.folder
        proposal.interpreter, proposal.notes = event.interpreter, event.notes
        proposal.hidden = hidden_count(event.code)
        proposal.can_scan, proposal.scans = event.can_scan, False
        self._current = event.call_id
        return proposal

    def scan(self, event: ScanStarted | ProposalScanned) -> None:
        """A proposal is being scanned; or it was, and these are its notes now."""
        proposal = self._all.get(event.call_id)
        if proposal is None:
            return
        proposal.scans = isinstance(event, ScanStarted)
        if isinstance(event, ProposalScanned) and event.digest == proposal.digest:
            proposal.notes = event.notes

    def look_at(self, step: int) -> None:
        """Look at the next or previous one."""
        ids = list(self._all)
        if self._current in ids:
            self._current = ids[(ids.index(self._current) + step) % len(ids)]

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()
        self._current = ""
        self.expect_reruns(0)

    def _drop(self, call_id: str) -> None:
        self._all.pop(call_id, None)
        if self._current == call_id:
            asked = [proposal.call_id for proposal in self._all.values() if proposal.asked]
            self._current = (asked or list(self._all) or [""])[0]


def heading(proposal: Proposal, position: tuple[int, int]) -> str:
    """Return the head line: language, edited or not, place in the queue."""
    words = [proposal.language or tr("code")]
    if proposal.edited:
        words.append(tr("edited"))
    if position[1] > 1:
        words.append(tr("{number} of {count}", number=position[0], count=position[1]))
    return "  ".join(words)


def place(proposal: Proposal) -> str:
    """Return where it would run."""
    return one_line(f"{proposal.interpreter}  {proposal.folder}".strip(), 200)


def caution(proposal: Proposal, unseen: int) -> str:
    """Return what keeps a plain key from running it, or nothing."""
    reasons = []
    if proposal.hidden:
        reasons.append(
            trn("{count} hidden character", "{count} hidden characters", proposal.hidden)
        )
    if unseen:
        reasons.append(trn("{count} line not seen", "{count} lines not seen", unseen))
    return "  ".join(reasons)
