"""One request in the OpenAI chat format: what it asks for, and what is answered.

Owns the shapes of that format, in and out. Knows no socket.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from oi_tui.models.local.ctransformers.generator import Account, ContextFullError, Wish
from oi_tui.models.local.ctransformers.loading import Model
from oi_tui.models.local.ctransformers.messages import MessagesError, defused, messages_in

Json = dict[str, Any]
_MOST_STOPS = 16
_MOST_SEED = 0x7FFFFFFF
_NUMBERS = itertools.count(1)


class RequestError(Exception):
    """A request cannot be answered; becomes an error object with this status."""

    def __init__(self, words: str, code: str = "invalid_request", status: int = 400) -> None:
        super().__init__(words)
        self.code, self.status = code, status

    def body(self) -> Json:
        """Return the error object."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": str(self), "type": kind, "code": self.code, "param": None}}


@dataclass(frozen=True, slots=True)
class Chat:
    """A request that was read and checked."""

    prompt: list[int]
    wish: Wish
    streams: bool
    wants_usage: bool
    wants_progress: bool
    number: str = field(default_factory=lambda: f"chatcmpl-{next(_NUMBERS)}")
    created: int = field(default_factory=lambda: int(time.time()))


def read_chat(body: object, model: Model) -> Chat:
    """Read a request; raises `RequestError`."""
    if not isinstance(body, dict):
        raise RequestError("the request must be a JSON object")
    if body.get("tools") or body.get("functions"):
        raise RequestError("this engine calls no tools", "unsupported_parameter")
    if int(_number(body, "n", 1, 1, 128)) != 1:
        raise RequestError("this engine gives one answer at a time", "unsupported_parameter")
    try:
        messages = messages_in(body.get("messages"))
        text = model.template.render(defused(messages, model.tokenizer.specials))
        prompt = model.tokenizer.tokens(text)
        model.generator.check(prompt)
    except MessagesError as error:
        raise RequestError(str(error)) from None
    except ContextFullError as error:
        raise RequestError(str(error), "context_length_exceeded") from None
    options = body.get("stream_options")
    return Chat(
        prompt=prompt,
        wish=_wish(body, model.template.ends),
        streams=body.get("stream") is True,
        wants_usage=isinstance(options, dict) and options.get("include_usage") is True,
        wants_progress=body.get("return_progress") is True,
    )


def _wish(body: Mapping[str, Any], ends: tuple[str, ...]) -> Wish:
    most = "max_completion_tokens" if body.get("max_completion_tokens") else "max_tokens"
    seed = int(_number(body, "seed", -1, -(1 << 63), 1 << 64))
    return Wish(
        max_tokens=int(_number(body, most, 0, -1, 1 << 30)),
        temperature=_number(body, "temperature", 0.8, 0, 5),
        top_p=_number(body, "top_p", 0.95, 0, 1),
        repeat_penalty=_number(body, "repeat_penalty", 1.0, 0.1, 10),
        seed=None if seed == -1 else seed & _MOST_SEED,
        stop=(*_stops(body.get("stop")), *ends),
    )


def _number(body: Mapping[str, Any], name: str, usual: float, least: float, most: float) -> float:
    value = body.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f"{name} must be a number")
    if not least <= value <= most:
        raise RequestError(f"{name} must be from {least} to {most}")
    return value


def _stops(value: object) -> list[str]:
    words = [value] if isinstance(value, str) else value or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RequestError("stop must be a text or a list of texts")
    if len(words) > _MOST_STOPS:
        raise RequestError(f"stop must not be more than {_MOST_STOPS} texts")
    return words


# -- answers --------------------------------------------------------------------------------------
def streamed(chat: Chat, model: Model, stopped: Callable[[], bool]) -> Iterator[Json]:
    """Yield the events of an answer; none says that it ended where it was stopped."""
    account = Account()
    yield _event(chat, model, {"role": "assistant", "content": ""})
    for _ in model.generator.read(chat.prompt, account, stopped):
        if chat.wants_progress:
            yield {**_event(chat, model, {}), "prompt_progress": _progress(account)}
    for text in model.generator.write(account, chat.wish, stopped):
        yield _event(chat, model, {"content": text})
    if not account.finish:
        return
    yield _event(chat, model, {}, account.finish)
    if chat.wants_usage:
        yield {**_event(chat, model, {}), "choices": [], "usage": usage(account)}


def whole(chat: Chat, model: Model, stopped: Callable[[], bool]) -> Json | None:
    """Return the whole answer; None: it was stopped."""
    account = Account()
    for _ in model.generator.read(chat.prompt, account, stopped):
        pass
    text = "".join(model.generator.write(account, chat.wish, stopped))
    if not account.finish:
        return None
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": account.finish}
    head = _head(chat, model, "chat.completion")
    return {**head, "choices": [choice], "usage": usage(account)}


def usage(account: Account) -> Json:
    """Return the count of tokens."""
    return {
        "prompt_tokens": account.prompt,
        "completion_tokens": account.written,
        "total_tokens": account.prompt + account.written,
        "prompt_tokens_details": {"cached_tokens": account.reused},
    }


def _progress(account: Account) -> Json:
    return {"total": account.prompt, "cache": account.reused, "processed": account.read}


def _event(chat: Chat, model: Model, delta: Json, finish: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_head(chat, model, "chat.completion.chunk"), "choices": [choice]}


def _head(chat: Chat, model: Model, kind: str) -> Json:
    return {"id": chat.number, "object": kind, "created": chat.created, "model": model.name}
