"""The answers a provider may give, good and bad, as bytes on the wire.

A case is named by the model a request asks for; what follows a colon is its argument (`drop:40`).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

CANARY = "sk-canary-0123456789abcdef0123456789"
DONE = b"data: [DONE]\n\n"
WORDS = "The answer is 42, 你好 and 👋🏽 to you."


class Step(Enum):
    """What a body may do beside sending bytes."""

    WAIT = "wait"  # until `FaultServer.release`, the client goes away or the server ends


@dataclass
class Answer:
    """One HTTP answer. Not `whole`: the connection is dropped in the middle of the body."""

    status: int = 200
    body: Iterable[bytes | Step] = ()
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"
    whole: bool = True
    wait_first: bool = False  # not even headers before `FaultServer.release`


@dataclass(frozen=True)
class Tool:
    """A tool call of a scripted answer."""

    language: str
    code: str
    call_id: str = ""
    index: int | None = None


def chunk(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**body, "choices": [choice]}).encode() + b"\n\n"


def usage_chunk(prompt: int = 10, completion: int = 5) -> bytes:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    usage["total_tokens"] = prompt + completion
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**body, "choices": [], "usage": usage}).encode() + b"\n\n"


def text_chunks(text: str, size: int = 5) -> Iterator[bytes]:
    for start in range(0, len(text), size):
        yield chunk({"content": text[start : start + size]})


def call_chunk(index: int, call_id: str, name: str, arguments: str) -> bytes:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    call: dict[str, object] = {"index": index, "function": function}
    if call_id:
        call |= {"id": call_id, "type": "function"}
    return chunk({"tool_calls": [call]})


def tool_chunks(tool: Tool, position: int) -> Iterator[bytes]:
    arguments = json.dumps({"language": tool.language, "code": tool.code}, ensure_ascii=False)
    index = position if tool.index is None else tool.index
    yield call_chunk(index, tool.call_id or f"call_{position}", "execute", "")
    for start in range(0, len(arguments), 7):
        yield call_chunk(index, "", "", arguments[start : start + 7])


def scripted(parts: Iterable[str | Tool | Step], usage: bool = True) -> Answer:
    """Return a good streamed answer of prose and tool calls."""
    body: list[bytes | Step] = [chunk({"role": "assistant", "content": ""})]
    calls = 0
    for part in parts:
        if isinstance(part, Tool):
            body.extend(tool_chunks(part, calls))
            calls += 1
        elif isinstance(part, Step):
            body.append(part)
        else:
            body.extend(text_chunks(part))
    body.append(chunk({}, "tool_calls" if calls else "stop"))
    if usage:
        body.append(usage_chunk())
    return Answer(body=[*body, DONE])


def error(status: int, message: str, kind: str = "", code: str = "", **headers: str) -> Answer:
    body = {"error": {"message": message, "type": kind, "code": code, "param": None}}
    return Answer(status, [json.dumps(body).encode()], dict(headers), "application/json")


def stream(*body: bytes | Step, whole: bool = True) -> Answer:
    return Answer(body=body, whole=whole)


def _drop(argument: str) -> Answer:
    data = b"".join([*text_chunks(WORDS), chunk({}, "stop"), DONE])
    return stream(data[: int(argument or 150)], whole=False)


def _endless(argument: str) -> Answer:
    def body() -> Iterator[bytes]:
        for number in range(10_000_000):
            yield chunk({"content": argument or f"again {number} "})

    return Answer(body=body())


def _tokens(argument: str) -> Answer:
    count = int(argument or 1000)
    head = b"".join(chunk({"content": f"tok{n % 97} "}) for n in range(97))
    size = head.count(b"\n\n")
    body = [head] * (count // size)
    return stream(*body, chunk({}, "stop"), usage_chunk(10, count), DONE)


def _html(argument: str) -> Answer:
    page = b"<!doctype html><html><body>Sign in to the hotel wifi</body></html>"
    return Answer(body=[page], content_type="text/html; charset=utf-8")


def _moved(argument: str) -> Answer:
    return Answer(307, [], {"Location": argument or "http://127.0.0.1:9/v1/chat/completions"})


OPEN_ARGUMENTS = '{"language": "sh", "code": "rm -rf bui'
TOOL_OPEN = (call_chunk(0, "c1", "execute", ""), call_chunk(0, "", "", OPEN_ARGUMENTS))
STOP = chunk({}, "stop")
CALLED = chunk({}, "tool_calls")


def _call(arguments: str) -> Answer:
    return stream(call_chunk(0, "c1", "execute", arguments), CALLED, DONE)


Case = Callable[[str], Answer]
CASES: dict[str, Case] = {
    "text": lambda a: scripted([a or WORDS]),
    "code": lambda a: scripted(["Let me see.\n\n```python\nprint(1 + 1)\n```\nDone."]),
    "tool": lambda a: scripted(["I will run it.", Tool("python", "print('你好')")]),
    "tools": lambda a: scripted([Tool("python", "1"), Tool("shell", "ls")]),
    "sameidx": lambda a: scripted(
        [Tool("python", "1", "a", 0), Tool("shell", "ls", "b", 0)], usage=False
    ),
    "reasoning": lambda a: stream(
        chunk({"reasoning_content": "hmm "}), *text_chunks("ok"), STOP, DONE
    ),
    "drop": _drop,
    "dropclean": lambda a: stream(*text_chunks(WORDS)),
    "doneonly": lambda a: stream(*text_chunks(WORDS), DONE),
    "nodone": lambda a: stream(*text_chunks(WORDS), STOP),
    "droptool": lambda a: stream(*TOOL_OPEN),
    "donetool": lambda a: stream(*TOOL_OPEN, DONE),
    "badsse": lambda a: stream(*text_chunks("good so far"), b"data: {not json\n\n", STOP, DONE),
    "badline": lambda a: stream(*text_chunks("good so far"), b"hello there\n\n", STOP, DONE),
    "badutf8": lambda a: stream(
        *text_chunks("good so far"),
        b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n',
        DONE,
    ),
    "html": _html,
    "gzip": lambda a: Answer(
        body=[gzip.compress(b"x" * 99)[:-9]], headers={"Content-Encoding": "gzip"}
    ),
    "longline": lambda a: stream(b"data: " + b"x" * 10_000_000, b"\n\n", STOP, DONE),
    "inerr": lambda a: stream(
        *text_chunks("good so far"),
        b'data: {"error": {"message": "upstream \\u001b[31mexploded", "code": 502}}\n\n',
    ),
    "inerrfirst": lambda a: stream(b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'),
    "r429": lambda a: error(429, "Rate limit reached", "requests", **{"Retry-After": a or "1"}),
    "r429long": lambda a: error(429, "Rate limit reached", **{"Retry-After": "3600"}),
    "quota": lambda a: error(
        429, "You exceeded your current quota, check your billing", "insufficient_quota"
    ),
    "s500": lambda a: error(500, "The server had an error"),
    "s529": lambda a: error(529, "Overloaded", "overloaded_error"),
    "s504html": lambda a: Answer(504, [b"<html>Gateway</html>"], {}, "text/html"),
    "a401": lambda a: error(401, f"Incorrect API key provided: {CANARY}", code="invalid_api_key"),
    "a403": lambda a: error(403, "Your country is not supported"),
    "m404": lambda a: error(404, "The model `m404` does not exist", code="model_not_found"),
    "b400": lambda a: error(400, a or "messages must alternate"),
    "ctx": lambda a: error(
        400,
        "This model's maximum context length is 4096 tokens. However, your messages resulted in "
        "5012 tokens.",
        "invalid_request_error",
        "context_length_exceeded",
    ),
    "hang": lambda a: Answer(body=[], wait_first=True),
    "stall": lambda a: stream(*text_chunks("wait for it"), Step.WAIT, STOP, DONE),
    "empty": lambda a: stream(chunk({"role": "assistant", "content": ""}), STOP, DONE),
    "nothing": lambda a: stream(),
    "emptychoices": lambda a: stream(
        b'data: {"choices": []}\n\n', b'data: {"choices": null}\n\n', DONE
    ),
    "nullcontent": lambda a: stream(chunk({"content": None}), *text_chunks("ok"), STOP, DONE),
    "emptyargs": lambda a: _call(""),
    "badargs": lambda a: _call('{"language": "python", "code": "print(1)'),
    "dupkeys": lambda a: _call('{"language": "python", "code": "safe", "code": "rm -rf /"}'),
    "length": lambda a: stream(*text_chunks("and then"), chunk({}, "length"), DONE),
    "content_filter": lambda a: stream(*text_chunks("I"), chunk({}, "content_filter"), DONE),
    "after": lambda a: stream(*text_chunks("ok"), STOP, *text_chunks("LATE"), STOP, DONE),
    "surrogate": lambda a: stream(
        chunk({"content": "a\ud83d"}), chunk({"content": "\ude00b\udc00c\x00\x1b[2J"}), STOP, DONE
    ),
    "endless": _endless,
    "tokens": _tokens,
    "huge": lambda a: stream(*[chunk({"content": "x" * 1_000_000})] * int(a or 5), STOP, DONE),
    "moved": _moved,
}
