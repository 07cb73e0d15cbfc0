"""What a program may answer to a proposal, and what the engine is told then.

An approval always names the bytes that were decided about. Anything that is no clear answer is an
error, and an error lets nothing run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decision, digest_of
from oi_tui.protocol.ops import Decide, EditProposal
from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class Proposal:
    """Code that the model wants to run. `digest` is the SHA-256 of its bytes.

    `folder` and `interpreter` say where and by what it would run; `notes` are plain facts worth a
    look before approving, such as that it deletes files.
    """

    language: str
    code: str
    digest: str
    folder: str = ""
    interpreter: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Don't run it, tell the model (and why), and let it go on."""

    reason: str = ""


Answer = bool | str | Reject
Approver = Callable[[Proposal], Answer | Awaitable[Answer]]
Decisions = tuple[Decide | EditProposal, ...]


def proposal_of(asked: ev.ApprovalRequested) -> Proposal:
    """Return what is asked about, as a program sees it."""
    return Proposal(
        asked.language, asked.code, asked.digest, asked.folder, asked.interpreter, asked.notes
    )


def decisions(asked: ev.ApprovalRequested, answer: object) -> Decisions:
    """Return what the engine is told.

    Raises:
        TypeError: it is no answer; nothing may run then.
    """
    match answer:
        case True:
            return (Decide(asked.call_id, Decision.APPROVE, asked.digest),)
        case False:
            return (refusal(asked),)
        case str() if answer.strip():
            return approve_edited(asked, answer)
        case Reject(reason=reason):
            return (Decide(asked.call_id, Decision.REJECT, asked.digest, reason),)
    raise TypeError(
        tr(
            "approve is to return True, False, the edited code or Reject(reason), not {answer}.",
            answer=repr(answer)[:80],
        )
    )


def approve_edited(asked: ev.ApprovalRequested, code: str) -> Decisions:
    """Return the approval of other code, or of the same if nothing was changed."""
    if code == asked.code:
        return (Decide(asked.call_id, Decision.APPROVE, asked.digest),)
    edit = EditProposal(asked.call_id, code)
    return (edit, Decide(asked.call_id, Decision.APPROVE, digest_of(code)))


def refusal(asked: ev.ApprovalRequested, reason: str = "") -> Decide:
    """Return the answer that runs nothing and ends the turn."""
    return Decide(asked.call_id, Decision.STOP, asked.digest, reason)
