"""The chat completions format: our messages to JSON, its JSON to our parts. Pure.

Owns when a reply counts as whole. The proof is a finish reason; `[DONE]` alone is believed only of
servers on this machine, some of which never send a reason, and only for prose: a tool call without
a finish is cut off wherever it comes from. The worker speaks our parts, so it does not need this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oi_tui.models.base import (
    CallDelta,
    ChatRequest,
    Reading,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    StopReason,
    TextDelta,
)
from oi_tui.models.trouble import AttemptError, Cause, Trouble
from oi_tui.protocol.items import ChatMessage, Role, Usage

Json = dict[str, Any]

_REASONS = {
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "content_filter": StopReason.CONTENT_FILTER,
}


def stop_reason(word: str) -> StopReason:
    """Return what a provider's finish reason means; unknown words are an ordinary stop."""
    return _REASONS.get(word, StopReason.STOP)


# -- out ------------------------------------------------------------------------------------------
def messages_json(messages: Iterable[ChatMessage]) -> list[Json]:
    """Return messages as chat APIs take them; valid UTF-8 whatever they hold."""
    return [_message_json(message) for message in messages]


def _message_json(message: ChatMessage) -> Json:
    body: Json = {"role": message.role.value, "content": _clean(message.text)}
    if message.calls:
        body["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": _clean(call.arguments)},
            }
            for call in message.calls
        ]
        if not message.text:
            body["content"] = None
    if message.role is Role.TOOL:
        body["tool_call_id"] = message.call_id
    return body


def request_json(request: ChatRequest) -> Json:
    """Return what every way to a model needs of a request, but the model's name."""
    body: Json = {"messages": messages_json(request.messages), "stream": True}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for tool in request.tools
        ]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    return body


def _clean(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


# -- in -------------------------------------------------------------------------------------------
class ReplyParser:
    """Reads the events of one reply in order. Text after the finish is not part of it."""

    def __init__(self, *, trusts_done: bool) -> None:
        self._trusts_done = trusts_done
        self._reason: StopReason | None = None
        self._usage: Usage | None = None
        self._is_done = False
        self._has_calls = False
        self._has_text = False
        self._half = ""  # the first half of a surrogate pair that was cut apart

    @property
    def is_done(self) -> bool:
        """Whether the server said that nothing follows."""
        return self._is_done

    def feed(self, data: str) -> list[ReplyPart]:
        """Read the data of one event.

        Raises:
            AttemptError: it is an error, or nothing that we can read.
        """
        if data.strip() == "[DONE]":
            self._is_done = True
            return []
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise _unreadable(data) from None
        if not isinstance(event, dict):
            raise _unreadable(data)
        if event.get("error"):
            raise AttemptError(error_in(event, Cause.STREAM_ERROR))
        try:
            return self.read_event(event)
        except (AttributeError, TypeError, ValueError, KeyError):
            raise _unreadable(data) from None

    def read_event(self, event: Json) -> list[ReplyPart]:
        """Read an event that is parsed already; raises what a wrong shape raises."""
        return list(self._event(event))

    @property
    def usage(self) -> Usage | None:
        """The tokens that the provider counted, if it said so."""
        return self._usage

    def natural(self, reason: StopReason) -> StopReason:
        """Some providers say "stop" after tool calls."""
        is_call = reason is StopReason.STOP and self._has_calls
        return StopReason.TOOL_CALLS if is_call else reason

    def finish(self) -> ReplyFinished:
        """Return the end of a whole reply.

        Raises:
            AttemptError: it is not whole.
        """
        if self._reason is None and self._is_done and self._trusts_done and not self._has_calls:
            self._reason = StopReason.STOP if self._has_text else None
        if self._reason is None:
            raise AttemptError(Trouble(Cause.CUT_OFF))
        return ReplyFinished(self.natural(self._reason), self._usage)

    def _event(self, event: Json) -> Iterator[ReplyPart]:
        if event.get("usage"):
            self._usage = usage_of(event["usage"])
        if event.get("prompt_progress"):
            yield _reading(event["prompt_progress"])
        for choice in (event.get("choices") or ())[:1]:
            if self._reason is None:
                delta = choice.get("delta") or choice.get("message") or {}
                yield from self._delta(delta)
                if choice.get("finish_reason"):
                    self._reason = stop_reason(str(choice["finish_reason"]))

    def _delta(self, delta: Json) -> Iterator[ReplyPart]:
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(reasoning, str):
            yield ReasoningDelta(_clean(reasoning))
        content = delta.get("content")
        if content:
            text = self._mended(content if isinstance(content, str) else _text_of(content))
            self._has_text = True
            if text:
                yield TextDelta(text)
        for position, call in enumerate(delta.get("tool_calls") or ()):
            self._has_calls = True
            yield _call_delta(call, position)

    def _mended(self, text: str) -> str:
        """Put surrogate pairs together that two deltas share; replace single ones."""
        if text.isascii() and not self._half:
            return text
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        whole = text[: len(text) - len(self._half)]
        return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _reading(progress: Json) -> Reading:
    """Return how much was read of what had to be: what is remembered of before does not count."""
    known = int(progress.get("cache") or 0)
    rest, read = int(progress["total"]) - known, int(progress["processed"]) - known
    return Reading(min(max(read / rest, 0.0), 1.0) if rest > 0 else 1.0)


def _text_of(content: object) -> str:
    """Some servers send content as a list of typed parts."""
    if not isinstance(content, list):
        raise TypeError(type(content).__name__)
    return "".join(part["text"] for part in content if part.get("type") == "text")


def _call_delta(call: Json, position: int) -> CallDelta:
    function = call.get("function") or {}
    arguments = function.get("arguments") or ""
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    index = call.get("index")
    return CallDelta(
        position if index is None else int(index),
        str(call.get("id") or ""),
        str(function.get("name") or ""),
        _clean(arguments),
    )


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Return a provider's count of tokens; `cost` where it says it, as a plain number."""
    cost = usage.get("cost")
    return Usage(
        int(usage.get("prompt_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
        float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
    )


def error_in(body: object, cause: Cause, status: int = 0) -> Trouble:
    """Read an error object as providers send it, in the shapes that occur."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return Trouble(cause, str(error), status)
    message = error.get("message") or error.get("detail") or json.dumps(error, ensure_ascii=False)
    code = error.get("code")
    words = " ".join(w for w in (error.get("type"), code) if isinstance(w, str) and w)
    if not status and isinstance(code, int | str) and str(code).isdigit():
        status = int(code)
    return Trouble(cause, f"{message} ({words})" if words else str(message), status)


def _unreadable(data: str) -> AttemptError:
    return AttemptError(Trouble(Cause.UNREADABLE, data[:200]))
