"""The port through which the engine talks to a language model.

Owns the vocabulary of a reply. Knows no provider, no library and no retry policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from oi_tui.protocol.items import ChatMessage, ErrorInfo, ErrorKind, Usage


class StopReason(StrEnum):
    """Why a model stopped writing, as chat APIs name it."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A function that the model may call, its parameters as JSON Schema."""

    name: str
    description: str
    parameters: dict[str, object]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request. None: the provider's default."""

    model: str
    messages: Sequence[ChatMessage]
    tools: tuple[ToolSchema, ...] = ()
    temperature: float | None = None
    max_tokens: int | None = None
    api_base: str = ""
    context_window: int | None = None  # what a model on this machine is loaded with


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More prose."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's reasoning, which is not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """More of one tool call; `index` and `call_id` say which (id first, then index)."""

    index: int
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request failed before its first token and goes out again after `wait` seconds."""

    kind: ErrorKind
    attempt: int
    attempts: int
    wait: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Loading:
    """This part of the model's file is in memory; None: not known. `detail` for a person."""

    fraction: float | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The model has read this part (0 to 1) of the prompt."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that the person should know; the request goes on."""

    kind: ErrorKind
    text: str


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The reply is whole. A stream that ends without this was cut off."""

    reason: StopReason
    usage: Usage | None = None


ReplyPart = (
    TextDelta
    | ReasoningDelta
    | CallDelta
    | RetryScheduled
    | Loading
    | Reading
    | Noticed
    | ReplyFinished
)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model. `context_window` 0 and None: unknown."""

    context_window: int = 0
    max_output: int = 0
    calls_tools: bool = False


class ModelError(Exception):
    """A request failed for good; `info` says it to a person. Text that came before is kept."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.title)
        self.info = info


class ReplyStream(Protocol):
    """One reply under way."""

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield parts as they come, neighbours joined.

        Raises:
            ModelError: the request failed, or the reply was cut off.
        """
        ...

    def close(self) -> None:
        """Stop the reply and close its connection. Safe from any thread, at any time, twice.

        An iteration under way ends at once, without an error.
        """
        ...


class ChatModel(Protocol):
    """A way to reach models. May block for seconds; safe from any thread."""

    def warm(self, ahead: Callable[[], ChatRequest] | None = None) -> None:
        """Begin to load what the first request will need. Returns at once.

        `ahead` makes the request that it will begin with; a model on this machine reads that
        while the person writes.
        """
        ...

    def stream(self, request: ChatRequest) -> ReplyStream:
        """Send a request. Failures come out of the iteration."""
        ...

    def facts(self, model: str, api_base: str = "") -> ModelFacts:
        """Return what is known of a model; only a server of the person's own is asked."""
        ...

    def count_tokens(self, model: str, messages: Sequence[ChatMessage]) -> int:
        """Count (or, where no tokenizer is at hand, estimate) the tokens of messages."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether a tokenizer and a table of prices are at hand now."""
        ...

    def cost(
        self, model: str, prompt_tokens: int, completion_tokens: int, api_base: str = ""
    ) -> float | None:
        """Return what tokens cost in US dollars; None: unknown, or not known yet."""
        ...

    def close(self) -> None:
        """End workers and connections."""
        ...


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A key and the one host it may be sent to."""

    provider: str
    key: str = field(repr=False)
    host: str = ""
