"""One turn as a generator of events: ask the model, offer its code, run it, go on.

Everything it needs is handed in, and it never emits by itself: whoever drives it sends back, for
each event, whether it was recorded. Owns the order of things and the bounds of a turn. Knows no
thread, no queue and no journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from itertools import count

from oi_tui.engine import problems
from oi_tui.engine.approvals import Edited, Mismatched, Resolved
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.exchange import Exchange, ReplyOutcome
from oi_tui.engine.ids import Ids
from oi_tui.engine.notes import risk_notes
from oi_tui.engine.reply import Proposal
from oi_tui.engine.running import run_events
from oi_tui.engine.workbench import Workbench
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    APPROVING,
    Decider,
    Decision,
    EngineState,
    ErrorKind,
    Limit,
    Origin,
    TurnEnd,
    digest_of,
)
from oi_tui.shells.base import ShellError
from oi_tui.text.translation import tr

REPAIRS = 1  # requests that only tell the model that its calls could not be read
SAME_PROPOSALS = 3  # the same code so often in one turn: the model goes in circles

Steps = Generator[ev.Event, bool, None]
Ending = Generator[ev.Event, bool, ev.TurnFinished]
MaybeEnding = Generator[ev.Event, bool, ev.TurnFinished | None]


class Turn:
    """One turn. Each public generator is driven to its end once and returns how the turn ended."""

    def __init__(self, bench: Workbench, token: CancelToken, ids: Ids) -> None:
        self._bench, self._token, self._ids = bench, token, ids
        self._seen: Counter[str] = Counter()
        self._unasked = 0

    # -- the three kinds of turns ---------------------------------------------------------------
    def converse(self) -> Ending:
        """Let the model answer and run what is approved, until it has no more code."""
        in_vain = 0
        for step in count():
            if self._token.is_set:
                return _interrupted()
            if (limit := self._limit(step)) is not None:
                return ev.TurnFinished(TurnEnd.LIMIT, limit=limit)
            reply = yield from Exchange(self._bench, self._token, self._ids).events()
            end = yield from self._offer_all(reply)
            if end is not None:
                return end
            in_vain = in_vain + 1 if reply.is_in_vain else 0
            if in_vain > REPAIRS:
                problem = reply.proposals[-1].problem
                return ev.TurnFinished(TurnEnd.FAILED, problems.unreadable(problem))
            if not reply.goes_on:
                return ev.TurnFinished(TurnEnd.COMPLETED)
        raise AssertionError("unreachable")

    def run_own(self, language: str, code: str) -> Ending:
        """Run the person's own code: that they typed it is the approval."""
        proposal = yield from self._put_up(language, code)
        if proposal is None:
            return ev.TurnFinished(TurnEnd.FAILED, problems.no_shell(language))
        resolved = Resolved(Decision.APPROVE, Decider.USER, proposal.digest)
        end = yield from self._carry_out(proposal, proposal.code, resolved)
        return end or ev.TurnFinished(TurnEnd.COMPLETED)

    def propose_own(self, language: str, code: str) -> Ending:
        """Put code up for approval as if the model had proposed it."""
        proposal = yield from self._put_up(language, code)
        if proposal is None:
            return ev.TurnFinished(TurnEnd.FAILED, problems.no_shell(language))
        end = yield from self._offer(proposal, asks_always=True)
        return end or ev.TurnFinished(TurnEnd.COMPLETED)

    # -- bounds ---------------------------------------------------------------------------------
    def _limit(self, step: int) -> Limit | None:
        settings, cost = self._bench.settings(), self._bench.ledger.used.cost
        if settings.max_budget is not None and cost is not None and cost >= settings.max_budget:
            return Limit.BUDGET
        return Limit.STEPS if step >= settings.max_steps else None

    # -- proposals ------------------------------------------------------------------------------
    def _put_up(self, language: str, code: str) -> Generator[ev.Event, bool, Proposal | None]:
        name = self._bench.runnable(language)
        call_id, digest = self._ids.call(Origin.PERSON), digest_of(code)
        problem = "" if name else problems.no_shell(language).title
        yield ev.CodeStarted(call_id, name or language)
        yield ev.CodeAdded(call_id, code)
        yield ev.CodeFinished(call_id, name or language, code, digest, not problem, problem)
        return Proposal(call_id, Origin.PERSON, name, code, digest) if name else None

    def _offer_all(self, reply: ReplyOutcome) -> MaybeEnding:
        """Offer the proposals of a reply in order; deny the rest if the turn ends before them."""
        end = reply.end
        waiting = [proposal for proposal in reply.proposals if not proposal.problem]
        while waiting and end is None:
            self._seen[waiting[0].digest] += 1
            if self._token.is_set:
                end = _interrupted()
            elif self._seen[waiting[0].digest] >= SAME_PROPOSALS:
                end = ev.TurnFinished(TurnEnd.LIMIT, limit=Limit.REPETITION)
            else:
                end = yield from self._offer(waiting.pop(0))
        for proposal in waiting:
            by = self._token.by if self._token.is_set else Decider.ENGINE
            reason = tr("The turn ended before it was decided.")
            yield ev.ApprovalResolved(proposal.call_id, Decision.STOP, proposal.digest, by, reason)
        return end

    def _offer(self, proposal: Proposal, *, asks_always: bool = False) -> MaybeEnding:
        decider = self._bench.policy.decider(proposal.language, self._unasked)
        if decider is None or asks_always:
            code, resolved = yield from self._ask(proposal)
        else:
            self._unasked += 1
            code = proposal.code
            resolved = Resolved(Decision.APPROVE, decider, proposal.digest)
        return (yield from self._carry_out(proposal, code, resolved))

    def _ask(self, proposal: Proposal) -> Generator[ev.Event, bool, tuple[str, Resolved]]:
        """Wait for the person; return the code that was in the box when it closed."""
        box, token, code = self._bench.box, self._token, proposal.code
        box.open(proposal.call_id, proposal.digest)
        try:
            with token.ending(lambda: box.deny(token.by)):
                yield ev.StateChanged(EngineState.ASKING)
                yield self._request(proposal)
                while True:
                    match box.wait():
                        case Edited(edited, digest):
                            code = edited
                            yield ev.ProposalEdited(proposal.call_id, code, digest)
                        case Mismatched():
                            yield ev.Warned(ErrorKind.INTERNAL, _mismatch())
                        case Resolved() as resolved:
                            return code, resolved
        finally:
            box.deny(Decider.ENGINE)

    def _request(self, proposal: Proposal) -> ev.ApprovalRequested:
        shells, language = self._bench.shells, proposal.language
        try:
            interpreter = shells.interpreter(language)
        except ShellError:
            interpreter = ""  # it went away since; the run will say so
        return ev.ApprovalRequested(
            proposal.call_id,
            language,
            proposal.code,
            proposal.digest,
            shells.folder(language),
            interpreter,
            risk_notes(proposal.code, language),
        )

    def _carry_out(self, proposal: Proposal, code: str, resolved: Resolved) -> MaybeEnding:
        """Tell the decision and, if it approves and was recorded, run exactly that code."""
        recorded = yield ev.ApprovalResolved(
            proposal.call_id, resolved.decision, resolved.digest, resolved.by, resolved.reason
        )
        if resolved.decision not in APPROVING:
            return self._end_of(resolved)
        if not recorded or digest_of(code) != resolved.digest:
            return ev.TurnFinished(TurnEnd.FAILED, problems.not_recorded())
        if resolved.decision is Decision.APPROVE_SESSION:
            self._bench.policy.grant(proposal.language)
        yield from self._run(proposal, code)
        return _interrupted() if self._token.is_set else None

    def _run(self, proposal: Proposal, code: str) -> Steps:
        shells, token = self._bench.shells, self._token
        with token.ending(shells.interrupt):
            yield ev.StateChanged(EngineState.RUNNING)
            yield from run_events(
                shells, proposal.call_id, proposal.language, code, lambda: token.is_set
            )

    @staticmethod
    def _end_of(resolved: Resolved) -> ev.TurnFinished | None:
        if resolved.by in (Decider.INTERRUPT, Decider.SHUTDOWN):
            return _interrupted()
        is_stop = resolved.decision is Decision.STOP
        return ev.TurnFinished(TurnEnd.STOPPED) if is_stop else None


def _interrupted() -> ev.TurnFinished:
    return ev.TurnFinished(TurnEnd.INTERRUPTED)


def _mismatch() -> str:
    return tr("The code changed since it was shown to you. Look at it again, then decide.")
