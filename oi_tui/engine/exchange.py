"""One request to the model and its reply, as events.

Owns what a reply's end means: whole, cut off, too long, empty, interrupted. Knows no approval.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from oi_tui.engine import problems
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.ids import Ids
from oi_tui.engine.limits import cut_short, limit_before
from oi_tui.engine.reply import Proposal, ReplyReader
from oi_tui.engine.requests import Prepared
from oi_tui.engine.usage import Stopwatch
from oi_tui.engine.workbench import Workbench
from oi_tui.models.base import (
    CallDelta,
    Loading,
    ModelError,
    Noticed,
    Reading,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    RetryScheduled,
    StopReason,
    TextDelta,
)
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    EngineState,
    ErrorInfo,
    ErrorKind,
    Limit,
    Origin,
    Role,
    TurnEnd,
    Usage,
)
from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class ReplyOutcome:
    """What a reply brought. `end`: the turn ends with it, because something was wrong."""

    proposals: tuple[Proposal, ...] = ()
    end: ev.TurnFinished | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the model has to hear what became of its code.

        A fenced block that nothing here runs may just be shown to the person; a call is a request.
        """
        return any(not p.problem or p.origin is Origin.CALL for p in self.proposals)

    @property
    def is_in_vain(self) -> bool:
        """Whether the model wanted something run and none of it could be."""
        return self.goes_on and all(p.problem for p in self.proposals)


class Exchange:
    """One request and its reply."""

    def __init__(self, bench: Workbench, token: CancelToken, ids: Ids) -> None:
        self._bench, self._token = bench, token
        self._settings = bench.settings()
        self._ids = ids
        self._finished: ReplyFinished | None = None
        self._watch = Stopwatch()
        self._error: ErrorInfo | None = None
        self._limit: Limit | None = None

    def events(self) -> Generator[ev.Event, bool, ReplyOutcome]:
        """Send the request and read the reply to its end."""
        yield ev.StateChanged(EngineState.THINKING)
        prepared = self._bench.requests.build(self._settings, self._bench.history.messages)
        if not prepared.fit.fits:
            _, room = self._bench.requests.room(self._settings)
            error = problems.context_too_long(prepared, room)
            return ReplyOutcome(end=ev.TurnFinished(TurnEnd.FAILED, error))
        limit = limit_before(self._bench, self._settings, prepared.request)
        if limit is not None:
            return ReplyOutcome(end=ev.TurnFinished(TurnEnd.LIMIT, limit=limit))
        yield from self._tell_trimming(prepared)
        yield ev.RequestSent(self._settings.model)
        reader = ReplyReader(
            self._ids, self._bench.runnable, reads_fences=not prepared.request.tools
        )
        yield from self._read(prepared, reader)
        cut_off = self._cut_off()
        proposals: list[Proposal] = []
        for told in reader.finish(cut_off):
            if isinstance(told, Proposal):
                proposals.append(told)
            else:
                yield told
        yield from self._tell_usage(prepared, reader)
        return ReplyOutcome(tuple(proposals), self._end(reader))

    def _read(self, prepared: Prepared, reader: ReplyReader) -> Generator[ev.Event, bool, None]:
        self._watch = Stopwatch()
        try:
            stream = self._bench.model.stream(prepared.request)
            with self._token.ending(stream.close):
                for part in stream:
                    if self._token.is_set:
                        return
                    yield from self._part(part, reader)
                    self._limit = _limit_of(reader)
                    if self._limit is not None:
                        stream.close()
                        return
        except ModelError as error:
            self._error = error.info
        finally:
            self._watch.end()

    def _part(self, part: ReplyPart, reader: ReplyReader) -> Iterator[ev.Event]:
        if isinstance(part, TextDelta | CallDelta | ReasoningDelta):
            self._watch.piece()
        match part:
            case TextDelta():
                yield from reader.text(part)
            case CallDelta():
                yield from reader.call(part)
            case RetryScheduled(kind, attempt, attempts, wait, detail):
                yield ev.Retrying(kind, attempt, attempts, wait, detail)
            case Loading(fraction, detail):
                yield ev.ModelLoading(self._settings.model, fraction, detail)
            case Reading(fraction):
                yield ev.PromptReading(self._settings.model, fraction)
            case Noticed(kind, text):
                yield ev.Warned(kind, text)
            case ReplyFinished():
                self._finished = part
            case _:
                pass  # reasoning is not part of the answer

    # -- what its end means ---------------------------------------------------------------------
    def _cut_off(self) -> str:
        """Return why nothing of this reply may run; empty: it ended properly."""
        if self._token.is_set:
            if self._token.by is Decider.ENGINE:
                return tr("Cut off: the time for one prompt was over.")
            return tr("Cut off: you interrupted the reply.")
        if self._limit is Limit.REPETITION:
            return tr("Cut off: the reply ran in circles.")
        if self._limit is not None:
            return tr("Cut off: the reply grew too long.")
        if self._error is not None:
            return tr("Cut off: {problem}", problem=self._error.title)
        if not self._ended_properly():
            return tr("Cut off: {problem}", problem=problems.cut_off(self._finished).detail)
        return ""

    def _ended_properly(self) -> bool:
        finished = self._finished
        return finished is not None and finished.reason in (StopReason.STOP, StopReason.TOOL_CALLS)

    def _end(self, reader: ReplyReader) -> ev.TurnFinished | None:
        if self._token.is_set:
            return cut_short(self._token)
        if self._limit is not None:
            return ev.TurnFinished(TurnEnd.LIMIT, limit=self._limit)
        error = self._error
        if error is None and not self._ended_properly():
            error = problems.cut_off(self._finished)
        if error is None and reader.has_unclosed_fence:
            error = problems.unclosed_fence()
        if error is None and reader.is_empty:
            error = problems.empty_reply()
        if error is None:
            return None
        kept = error.kept or (problems.kept() if reader.is_empty else problems.partly_kept())
        return ev.TurnFinished(TurnEnd.FAILED, replace(error, kept=kept))

    # -- what it cost ---------------------------------------------------------------------------
    def _tell_trimming(self, prepared: Prepared) -> Iterator[ev.Event]:
        left_out = prepared.fit.left_out
        if left_out and left_out != self._bench.left_out:
            yield ev.HistoryTrimmed(left_out, len(prepared.fit.messages))
        self._bench.left_out = left_out

    def _tell_usage(self, prepared: Prepared, reader: ReplyReader) -> Iterator[ev.Event]:
        finished = self._finished
        if finished is None and reader.is_empty:
            return
        usage = finished.usage if finished is not None else None
        if usage is None:
            reply = (ChatMessage(Role.ASSISTANT, reader.everything),)
            written = self._bench.model.count_tokens(self._settings.model, reply)
            usage = Usage(prepared.fit.tokens, written)
        usage = self._bench.ledger.add(self._settings.model, self._settings.api_base, usage)
        if usage.cost is None and self._bench.model.is_ready:
            yield from self._tell_unpriced()
        context = usage.prompt_tokens + usage.completion_tokens
        watch = self._watch
        yield ev.UsageReported(
            usage,
            self._bench.ledger.used,
            context,
            prepared.window,
            round(watch.waited, 3),
            round(watch.seconds, 3),
        )

    def _tell_unpriced(self) -> Iterator[ev.Event]:
        model, unpriced = self._settings.model, self._bench.unpriced
        if self._settings.max_budget is not None and model not in unpriced:
            unpriced.add(model)
            said = tr(
                "The price of {model} is unknown, so max_budget cannot count it.", model=model
            )
            yield ev.Warned(ErrorKind.CONFIG, said)


def _limit_of(reader: ReplyReader) -> Limit | None:
    if reader.is_too_long:
        return Limit.OUTPUT_SIZE
    return Limit.REPETITION if reader.is_circling else None
