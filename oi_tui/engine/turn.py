"""One turn as a generator of events: ask the model, offer its code, run it, go on.

Everything it needs is handed in, and it never emits by itself: whoever drives it sends back, for
each event, whether it was recorded. Owns the order of things and the bounds of a turn. Knows no
thread, no queue and no journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from itertools import count

from oi_tui.engine import problems, scanning
from oi_tui.engine.approvals import Edited, Mismatched, Resolved, ScanAsked
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.exchange import Exchange, ReplyOutcome
from oi_tui.engine.ids import Ids
from oi_tui.engine.limits import cut_short
from oi_tui.engine.notes import risk_notes
from oi_tui.engine.reply import Proposal
from oi_tui.engine.running import run_events
from oi_tui.engine.time_limit import TimeLimit
from oi_tui.engine.workbench import Workbench
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    APPROVING,
    Decider,
    Decision,
    EngineState,
    ErrorKind,
    Limit,
    Origin,
    RunStatus,
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
        self._time = TimeLimit(None, self._time_over)
        self._seen: Counter[str] = Counter()
        self._unasked = 0
        self._last_run: RunStatus | None = None

    # -- the kinds of turns ---------------------------------------------------------------------
    def converse(self) -> Ending:
        """Let the model answer and run what is approved, until it has no more code."""
        self._time = TimeLimit(self._bench.settings().max_time, self._time_over)
        with self._time.running():
            return (yield from self._converse())

    def _converse(self) -> Ending:
        in_vain = 0
        for step in count():
            if self._token.is_set:
                return cut_short(self._token)
            if step >= self._bench.settings().max_steps:
                return ev.TurnFinished(TurnEnd.LIMIT, limit=Limit.STEPS)
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

    def replay(self, blocks: Sequence[ops.Rerun]) -> Ending:
        """Put earlier code up for approval again, one piece after another.

        What is rejected, cannot run here or fails is passed over.
        """
        for block in blocks:
            if self._token.is_set:
                return cut_short(self._token)
            proposal = yield from self._put_up(block.language, block.code, Origin.REPLAY)
            if proposal is None:
                continue  # its card says why
            self._last_run = None
            end = yield from self._offer(proposal, asks_always=True)
            if end is not None:
                return end
            if self._ran_badly():
                yield ev.Warned(ErrorKind.BAD_REQUEST, _failed_again())
        return ev.TurnFinished(TurnEnd.COMPLETED)

    def _ran_badly(self) -> bool:
        return self._last_run not in (RunStatus.OK, None)

    def _time_over(self, level: int) -> None:
        """In the thread of the clock: end the reply or the run, and harder if it does not end."""
        if level == 1:
            self._token.set(Decider.ENGINE)
        else:
            self._bench.shells.interrupt(level)

    # -- proposals ------------------------------------------------------------------------------
    def _put_up(
        self, language: str, code: str, origin: Origin = Origin.PERSON
    ) -> Generator[ev.Event, bool, Proposal | None]:
        name = self._bench.runnable(language)
        call_id, digest = self._ids.call(origin), digest_of(code)
        problem = "" if name else problems.no_shell(language).title
        yield ev.CodeStarted(call_id, name or language)
        yield ev.CodeAdded(call_id, code)
        yield ev.CodeFinished(call_id, name or language, code, digest, not problem, problem)
        return Proposal(call_id, origin, name, code, digest) if name else None

    def _offer_all(self, reply: ReplyOutcome) -> MaybeEnding:
        """Offer the proposals of a reply in order; deny the rest if the turn ends before them."""
        end = reply.end
        waiting = [proposal for proposal in reply.proposals if not proposal.problem]
        while waiting and end is None:
            self._seen[waiting[0].digest] += 1
            if self._token.is_set:
                end = cut_short(self._token)
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
        scan = yield from scanning.first_scan(self._bench, proposal, self._token)
        decider = self._bench.policy.decider(proposal.language, self._unasked)
        if decider is None or asks_always or scanning.must_ask(scan):
            code, resolved = yield from self._ask(proposal, scan.notes)
        else:
            self._unasked += 1
            code = proposal.code
            resolved = Resolved(Decision.APPROVE, decider, proposal.digest)
        return (yield from self._carry_out(proposal, code, resolved))

    def _ask(
        self, proposal: Proposal, notes: Sequence[str] = ()
    ) -> Generator[ev.Event, bool, tuple[str, Resolved]]:
        """Wait for the person; return the code that was in the box when it closed."""
        box, token, code = self._bench.box, self._token, proposal.code
        box.open(proposal.call_id, proposal.digest)
        try:
            with self._time.paused(), token.ending(lambda: box.deny(token.by)):
                yield ev.StateChanged(EngineState.ASKING)
                yield self._request(proposal, notes)
                while True:
                    match box.wait():
                        case Edited(edited, digest):
                            code = edited
                            yield ev.ProposalEdited(proposal.call_id, code, digest)
                            yield from scanning.scan_edited(self._bench, proposal, code)
                        case ScanAsked():
                            yield from scanning.scan_open(self._bench, proposal, code)
                        case Mismatched():
                            yield ev.Warned(ErrorKind.INTERNAL, _mismatch())
                        case Resolved() as resolved:
                            return code, resolved
        finally:
            box.deny(Decider.ENGINE)

    def _request(self, proposal: Proposal, notes: Sequence[str]) -> ev.ApprovalRequested:
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
            (*risk_notes(proposal.code, language), *notes),
            scanning.can_scan(self._bench),
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
        return cut_short(self._token) if self._token.is_set else None

    def _run(self, proposal: Proposal, code: str) -> Steps:
        shells, token = self._bench.shells, self._token
        with token.ending(shells.interrupt):
            yield ev.StateChanged(EngineState.RUNNING)
            for event in run_events(
                shells, proposal.call_id, proposal.language, code, lambda: token.is_set
            ):
                self._watch(event)
                yield event

    def _watch(self, event: ev.Event) -> None:
        match event:
            case ev.InputAwaited(waiting=True):
                self._time.pause()  # the person types
            case ev.InputAwaited(waiting=False):
                self._time.resume()
            case ev.RunFinished(status=status):
                self._time.resume()
                self._last_run = status
            case _:
                pass

    def _end_of(self, resolved: Resolved) -> ev.TurnFinished | None:
        if self._token.is_set and resolved.by is self._token.by:
            return cut_short(self._token)
        is_stop = resolved.decision is Decision.STOP
        return ev.TurnFinished(TurnEnd.STOPPED) if is_stop else None


def _mismatch() -> str:
    return tr("The code changed since it was shown to you. Look at it again, then decide.")


def _failed_again() -> str:
    return tr("That did not run well this time; what comes next may need what it would have made.")
