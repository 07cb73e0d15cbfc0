"""A model that says what it was told to: the guided tour, the tests and the screenshots.

Owns the vocabulary of a script. Knows no network and no provider. Streams held by a `Hold` wait
for a condition, never for a time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from oi_tui.models.base import (
    CallDelta,
    ChatRequest,
    ModelError,
    ModelFacts,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    RetryScheduled,
    StopReason,
    TextDelta,
)
from oi_tui.models.estimate import estimate_tokens
from oi_tui.protocol.items import ChatMessage, ErrorInfo, ErrorKind, Usage
from oi_tui.text.translation import tr


class Hold:
    """A place in a reply where the stream waits until somebody calls `release`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._released = False
        self.reached = threading.Event()

    def release(self) -> None:
        """Let the stream go on, now or when it gets here."""
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Make a waiting stream look again whether it was closed."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, closed: Callable[[], bool]) -> None:
        """Return once released, or once `closed()` is true after a `wake`."""
        self.reached.set()
        with self._changed:
            self._changed.wait_for(lambda: self._released or closed())


@dataclass(frozen=True, slots=True)
class Prose:
    """Text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Text of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Fence:
    """Code in a Markdown fence, whatever the request asks for."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, its arguments as the exact text to send. Empty `call_id`: one is made up."""

    name: str
    arguments: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Code as the request wants it: a call of its first tool, or else a fence."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The request fails here. Without `title` the kind's name serves."""

    kind: ErrorKind
    title: str = ""
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CutOff:
    """The stream ends here without a finish."""


ScriptPart = (
    str | Prose | Reasoning | Fence | Call | Proposal | Fault | CutOff | Hold | RetryScheduled
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted reply. A plain `str` among the parts is prose.

    `chunk` is the number of characters of one delta (0: each part whole), `pace` the seconds
    between two deltas, for demonstrations.
    """

    parts: Sequence[ScriptPart]
    chunk: int = 0
    pace: float = 0.0
    reason: StopReason | None = None
    usage: Usage | None = None


Script = Reply | str | Callable[[ChatRequest], Reply | str]


def _fence_text(language: str, code: str) -> str:
    marks = "```"
    while marks in code:
        marks += "`"
    body = code if code.endswith("\n") or not code else code + "\n"
    return f"\n{marks}{language}\n{body}{marks}\n"


def _pieces(text: str, size: int) -> Iterator[str]:
    step = size or max(len(text), 1)
    for start in range(0, len(text), step):
        yield text[start : start + step]


class ScriptedStream:
    """One scripted reply under way."""

    def __init__(self, reply: Reply, request: ChatRequest, name: str) -> None:
        self._reply = reply
        self._request = request
        self._name = name
        self._closed = threading.Event()
        self._hold: Hold | None = None

    @property
    def closed(self) -> bool:
        """Whether somebody closed the stream."""
        return self._closed.is_set()

    def close(self) -> None:
        """Stop the reply; see `ReplyStream.close`."""
        self._closed.set()
        hold = self._hold
        if hold is not None:
            hold.wake()

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the script's parts; see `ReplyStream.__iter__`."""
        for part in self._parts():
            if self._closed.is_set():
                return
            yield part
            if self._reply.pace and self._closed.wait(self._reply.pace):
                return

    def _parts(self) -> Iterator[ReplyPart]:
        calls = 0
        for part in self._reply.parts:
            match part:
                case Hold():
                    self._hold = part
                    part.wait(self._closed.is_set)
                    if self._closed.is_set():
                        return
                case Fault():
                    title = part.title or part.kind.value
                    raise ModelError(ErrorInfo(part.kind, title, part.detail, part.hint))
                case CutOff():
                    raise ModelError(
                        ErrorInfo(ErrorKind.CUT_OFF, tr("The reply was cut off before its end."))
                    )
                case RetryScheduled():
                    yield part
                case _:
                    call = self._as_call(part, calls)
                    calls += call is not None
                    yield from self._call_deltas(call) if call else self._text_deltas(part)
        natural = StopReason.TOOL_CALLS if calls else StopReason.STOP
        yield ReplyFinished(self._reply.reason or natural, self._reply.usage)

    def _as_call(self, part: ScriptPart, index: int) -> CallDelta | None:
        made_up = f"{self._name}-{index + 1}"
        if isinstance(part, Call):
            return CallDelta(index, part.call_id or made_up, part.name, part.arguments)
        if isinstance(part, Proposal) and self._request.tools:
            arguments = json.dumps(
                {"language": part.language, "code": part.code}, ensure_ascii=False
            )
            return CallDelta(index, made_up, self._request.tools[0].name, arguments)
        return None

    def _call_deltas(self, call: CallDelta) -> Iterator[ReplyPart]:
        first = True
        for piece in _pieces(call.arguments, self._reply.chunk):
            yield CallDelta(call.index, call.call_id, call.name if first else "", piece)
            first = False
        if first:
            yield call

    def _text_deltas(self, part: ScriptPart) -> Iterator[ReplyPart]:
        match part:
            case str():
                text = part
            case Fence() | Proposal():
                text = _fence_text(part.language, part.code)
            case Prose() | Reasoning():
                text = part.text
            case _:
                return
        make = ReasoningDelta if isinstance(part, Reasoning) else TextDelta
        for piece in _pieces(text, self._reply.chunk):
            yield make(piece)


class ScriptedModel:
    """A `ChatModel` that gives its replies in order and remembers what it was asked.

    After the last reply it closes politely, without code.
    """

    def __init__(
        self,
        replies: Iterable[Script] = (),
        facts: ModelFacts | None = None,
        prices: tuple[float, float] | None = None,
    ) -> None:
        self._replies = list(replies)
        self._lock = threading.Lock()
        self._facts = facts or ModelFacts(context_window=128_000, calls_tools=True)
        self._prices = prices  # US dollars for a token in, and out
        self.requests: list[ChatRequest] = []
        self.streams: list[ScriptedStream] = []

    def add(self, *replies: Script) -> None:
        """Put more replies at the end of the script."""
        with self._lock:
            self._replies.extend(replies)

    def warm(self, ahead: Callable[[], ChatRequest] | None = None) -> None:
        """Nothing to load."""
        del ahead

    def stream(self, request: ChatRequest) -> ScriptedStream:
        """Begin the next reply."""
        with self._lock:
            self.requests.append(request)
            script = self._replies.pop(0) if self._replies else _closing_words()
        reply = script if isinstance(script, (Reply, str)) else script(request)
        if isinstance(reply, str):
            reply = Reply((reply,))
        stream = ScriptedStream(reply, request, f"scripted-{len(self.requests)}")
        self.streams.append(stream)
        return stream

    def facts(self, model: str, api_base: str = "") -> ModelFacts:
        """Return the facts given at the start, whatever the model."""
        del model  # one script plays every model
        return self._facts

    def count_tokens(self, model: str, messages: Sequence[ChatMessage]) -> int:
        """Estimate the tokens of `messages`."""
        del model
        return estimate_tokens(messages)

    @property
    def is_ready(self) -> bool:
        """A script knows from the start all that it will ever know."""
        return True

    def cost(
        self, model: str, prompt_tokens: int, completion_tokens: int, api_base: str = ""
    ) -> float | None:
        """Return what tokens cost by the prices given at the start, whatever the model."""
        del model, api_base
        if self._prices is None:
            return None
        return prompt_tokens * self._prices[0] + completion_tokens * self._prices[1]

    def close(self) -> None:
        """End every reply under way."""
        for stream in self.streams:
            stream.close()


def _closing_words() -> str:
    return tr("That was the last scripted reply. Thank you for following along.")
