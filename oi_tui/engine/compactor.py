"""Makes the history of one session shorter: announces it, asks the model, tells what came of it.

Owns when a context counts as full, and that a failure changes nothing. Works between turns, in the
thread that calls it. What is summed up is `compaction`'s affair. Knows no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oi_tui.config.schema import Compaction
from oi_tui.engine import compaction, problems
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.compaction import CompactionPlan
from oi_tui.engine.limits import limit_before
from oi_tui.engine.requests import Prepared
from oi_tui.engine.wording import limit_text
from oi_tui.engine.workbench import Workbench
from oi_tui.models.base import (
    Loading,
    ModelError,
    Reading,
    ReplyFinished,
    ReplyPart,
    RetryScheduled,
    StopReason,
    TextDelta,
)
from oi_tui.models.estimate import estimate_text, estimate_tokens
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, ErrorKind, HistoryChange, Role, Usage
from oi_tui.protocol.reports import summary_message
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr

_LOOK = 400  # characters between two looks at how long a summary is
_STEPS = (compaction.FULL, compaction.NEARING)


class _NoSummaryError(Exception):
    """There is no summary; the text says why, to a person."""


@dataclass(frozen=True, slots=True)
class _Summary:
    text: str
    left_out: int  # messages that did not fit into the request
    usage: Usage


class Compactor:
    """Serves one session; give it every event in order."""

    def __init__(self, bench: Workbench, emit: Callable[[ev.Event], object]) -> None:
        self._bench, self._emit = bench, emit
        self._tokens = 0  # of the context, as last reported
        self._announced = 0.0  # the share that was told last

    def note(self, event: ev.Event) -> None:
        """Take note of an event."""
        match event:
            case ev.UsageReported(context_tokens=tokens):
                self._tokens = tokens
            case ev.HistoryReplaced():
                self._tokens, self._announced = 0, 0.0
            case ev.ModelChanged() | ev.SettingChanged("context_window" | "compaction"):
                self._announced = 0.0
            case _:
                pass

    def plan(self) -> CompactionPlan | None:
        """Return what a compaction would replace now; None: nothing was said. May block."""
        settings, requests = self._bench.settings(), self._bench.requests
        window, room = requests.room(settings)
        messages = self._bench.history.messages
        return compaction.planned(
            messages, room, window, lambda part: requests.count(settings, part)
        )

    # -- when the context gets full ---------------------------------------------------------------
    def announce(self) -> None:
        """Say after a turn that the context gets full, each step once."""
        mode, share = self._bench.settings().compaction, self._share("")
        step = next((step for step in _STEPS if share >= step), 0.0)
        if mode is Compaction.OFF or step <= self._announced:
            return
        plan = self.plan()
        if plan is None:
            return
        self._announced = step
        is_automatic = mode is Compaction.AUTO
        tokens, window = self._context(), plan.window
        text = compaction.announcement(plan, tokens / max(window, 1), is_automatic=is_automatic)
        self._emit(ev.CompactionAnnounced(text, tokens, window))

    def is_due(self, prompt: str) -> bool:
        """Whether room has to be made before a turn, and the person lets that happen by itself."""
        is_automatic = self._bench.settings().compaction is Compaction.AUTO
        return is_automatic and self._share(prompt) >= compaction.FULL

    def make_room(self, token: CancelToken) -> None:
        """Sum up older turns, if there are any."""
        plan = self.plan()
        if plan is not None:
            self._sum_up(plan, "", token)

    def _share(self, prompt: str) -> float:
        """Return how full the context is, with one more prompt; 0: nobody knows."""
        _, room = self._bench.requests.room(self._bench.settings())
        if not room:
            return 0.0
        return (self._context() + estimate_tokens((ChatMessage(Role.USER, prompt),))) / room

    def _context(self) -> int:
        """Return the tokens of the context: as they were counted, or else a guess."""
        return self._tokens or estimate_tokens(self._bench.history.messages)

    # -- what a person asks for -------------------------------------------------------------------
    def compact(self, hint: str, *, cut: bool, token: CancelToken) -> None:
        """Sum up the older turns, or cut them."""
        plan = self.plan()
        if plan is None:
            self._warn(tr("There is nothing to sum up yet."))
        elif cut:
            self._replace(plan, "", 0, Usage())
        else:
            self._sum_up(plan, hint, token)

    def restore(self) -> None:
        """Put back what the last compaction replaced."""
        restored = self._bench.history.restored
        if not restored:
            self._warn(tr("No older turns were summed up or cut."))
            return
        reason = tr("The older turns are back, word for word.")
        self._emit(ev.HistoryReplaced(restored, reason, HistoryChange.RESTORED))
        self._tell_context(Usage())

    # -- the summary ------------------------------------------------------------------------------
    def _sum_up(self, plan: CompactionPlan, hint: str, token: CancelToken) -> None:
        self._emit(ev.CompactionStarted(plan.turns, plan.tokens))
        try:
            summary = self._ask(plan, hint, token)
            self._replace(plan, summary.text, summary.left_out, summary.usage)
        except _NoSummaryError as why:
            said = tr(
                "The older turns were not summed up: {why} Nothing changed. %compact can also cut "
                "them, or choose another model first.",
                why=why,
            )
            self._emit(ev.CompactionFinished(said))
        except Exception as error:  # a mistake of ours must leave no compaction open
            self._emit(ev.CompactionFinished(problems.internal(error).title))
        else:
            self._emit(ev.CompactionFinished())

    def _ask(self, plan: CompactionPlan, hint: str, token: CancelToken) -> _Summary:
        settings = self._bench.settings()
        messages = (*plan.older, compaction.question(hint))
        prepared = self._bench.requests.build(settings, messages)
        if not prepared.fit.fits:
            _, room = self._bench.requests.room(settings)
            raise _NoSummaryError(problems.context_too_long(prepared, room).title)
        limit = limit_before(self._bench, settings, prepared.request)
        if limit is not None:
            raise _NoSummaryError(limit_text(limit))
        text, finished = self._read(prepared, token, estimate_tokens(plan.older))
        usage = self._used(prepared, text, finished)
        try:
            self._check(plan, text, finished, token)
        except _NoSummaryError:
            self._tell_context(usage)  # it cost something all the same
            raise
        return _Summary(redactor.redact(plain(text)).strip(), prepared.fit.left_out, usage)

    def _read(
        self, prepared: Prepared, token: CancelToken, most: int
    ) -> tuple[str, ReplyFinished | None]:
        """Read the summary; one of `most` tokens is of no use, so its end is not waited for."""
        pieces: list[str] = []
        size, looked_at = 0, 0
        stream = self._bench.model.stream(prepared.request)
        try:
            with token.ending(stream.close):
                for part in stream:
                    match part:
                        case TextDelta(text):
                            pieces.append(text)
                            size += len(text)
                        case ReplyFinished():
                            return "".join(pieces), part
                        case _:
                            for event in self._progress(part):
                                self._emit(event)
                    if token.is_set or size > compaction.LONGEST_SUMMARY:
                        break
                    if size >= looked_at + _LOOK:
                        looked_at = size
                        if estimate_text("".join(pieces)) >= most:
                            break
        except ModelError as error:
            told = (error.info.title, error.info.detail)
            raise _NoSummaryError(" ".join(part for part in told if part)) from None
        finally:
            stream.close()
        return "".join(pieces), None

    def _progress(self, part: ReplyPart) -> Iterator[ev.Event]:
        model = self._bench.settings().model
        match part:
            case RetryScheduled(kind, attempt, attempts, wait, detail):
                yield ev.Retrying(kind, attempt, attempts, wait, detail)
            case Loading(fraction, detail):
                yield ev.ModelLoading(model, fraction, detail)
            case Reading(fraction):
                yield ev.PromptReading(model, fraction)
            case _:
                pass

    @staticmethod
    def _check(
        plan: CompactionPlan, text: str, finished: ReplyFinished | None, token: CancelToken
    ) -> None:
        """Raise `_NoSummaryError` unless the text is whole, and shorter than what it sums up."""
        if token.is_set:
            raise _NoSummaryError(tr("you stopped it."))
        if len(text) > compaction.LONGEST_SUMMARY:
            raise _NoSummaryError(tr("the summary grew too long."))
        most = estimate_tokens(plan.older)
        if finished is None and estimate_text(text) >= most:
            raise _NoSummaryError(tr("the summary was not shorter."))
        if finished is None or finished.reason not in (StopReason.STOP, StopReason.TOOL_CALLS):
            raise _NoSummaryError(problems.cut_off(finished).detail)
        if not text.strip():
            raise _NoSummaryError(problems.empty_reply().title)
        if estimate_tokens((summary_message(text),)) >= most:
            raise _NoSummaryError(tr("the summary was not shorter."))

    def _used(self, prepared: Prepared, text: str, finished: ReplyFinished | None) -> Usage:
        bench, settings = self._bench, self._bench.settings()
        usage = finished.usage if finished is not None else None
        if usage is None:
            reply = (ChatMessage(Role.ASSISTANT, text),)
            written = bench.model.count_tokens(settings.model, reply)
            usage = Usage(prepared.fit.tokens, written)
        return bench.ledger.add(settings.model, settings.api_base, usage)

    # -- telling it -------------------------------------------------------------------------------
    def _replace(self, plan: CompactionPlan, summary: str, left_out: int, usage: Usage) -> None:
        first = summary_message(summary)
        after = self._bench.requests.count(self._bench.settings(), (first,))
        reason = compaction.result(plan, after, left_out, cut=not summary)
        now = (first, *plan.kept)
        self._emit(ev.HistoryReplaced(now, reason, HistoryChange.COMPACTED))
        self._tell_context(usage)

    def _tell_context(self, usage: Usage) -> None:
        """Tell what was used, and what the context weighs now."""
        bench = self._bench
        prepared = bench.requests.build(bench.settings(), bench.history.messages)
        tokens, window = prepared.fit.tokens, prepared.window
        self._emit(ev.UsageReported(usage, bench.ledger.used, tokens, window))

    def _warn(self, text: str) -> None:
        self._emit(ev.Warned(ErrorKind.BAD_REQUEST, text))
