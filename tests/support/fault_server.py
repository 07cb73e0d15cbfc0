"""An OpenAI-compatible server on loopback that can be told to misbehave in named ways.

The model's name picks a case of `fault_cases.CASES`, unless an answer waits in the queue
(`reply`, `fault`): with those a test scripts a whole conversation. Everything received is kept.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.support.fault_cases import CASES, Answer, Step, Tool, error, scripted
from tests.support.loopback import LoopbackHandler, LoopbackServer

__all__ = ["FaultServer", "Received", "Step", "Tool"]


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]
    gone: threading.Event = field(default_factory=threading.Event)  # the client hung up
    at: float = field(default_factory=time.perf_counter)  # when it had been read
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))


class FaultServer:
    """Start with `with FaultServer() as server`; `server.api_base` is what a client is given."""

    def __init__(self, models: tuple[str, ...] = ("text", "code")) -> None:
        self.models = models
        self.requests: list[Received] = []
        self._queue: deque[Answer] = deque()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._stopping = threading.Event()
        self.ignores_stream = False  # answers with one JSON object, whatever was asked
        self.rejects_usage = False  # answers 400 to `stream_options`
        self._http = LoopbackServer(_Handler, self)

    @property
    def port(self) -> int:
        return self._http.port

    @property
    def host(self) -> str:
        return self._http.host

    @property
    def api_base(self) -> str:
        return f"http://{self.host}/v1"

    @property
    def chats(self) -> list[Received]:
        """The chat requests only."""
        return [r for r in self.requests if r.path.endswith("/chat/completions")]

    def reply(self, *parts: str | Tool | Step) -> None:
        """Answer the next unanswered request with prose and tool calls, as one good reply."""
        self.answer(scripted(parts))

    def fault(self, case: str) -> None:
        """Answer the next unanswered request with a named case, such as `drop:40`."""
        self.answer(_case(case))

    def answer(self, answer: Answer) -> None:
        """Answer the next unanswered request with exactly this."""
        with self._lock:
            self._queue.append(answer)

    def release(self) -> None:
        """Let every waiting answer go on, now and later."""
        self._released.set()

    def stop(self) -> None:
        """End the server and every connection."""
        self._stopping.set()
        self._http.stop()

    def __enter__(self) -> FaultServer:
        self._http.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(self, received: Received, connection: socket.socket) -> bool:
        """Wait for `release`. False: the client hung up or the server ends."""
        while not self._released.is_set():
            if self._stopping.is_set():
                return False
            readable, _, _ = select.select([connection], [], [], 0.01)
            if readable and not connection.recv(1, socket.MSG_PEEK):
                received.gone.set()
                return False
        return True

    def take(self, received: Received) -> Answer:
        """Pick the answer to a request."""
        with self._lock:
            self.requests.append(received)
            if received.method == "GET":
                return self._models_answer()
            if self.rejects_usage and "stream_options" in received.body:
                return error(400, "Unknown parameter: 'stream_options'.")
            if self._queue:
                return self._queue.popleft()
        return _case(received.model)

    def _models_answer(self) -> Answer:
        rows = [{"id": name, "object": "model", "owned_by": "test"} for name in self.models]
        body = json.dumps({"object": "list", "data": rows}).encode()
        return Answer(200, [body], {}, "application/json")


def _case(name: str) -> Answer:
    case, _, argument = name.rpartition("/")[2].partition(":")
    if case not in CASES:
        return error(404, f"The model `{name}` does not exist", code="model_not_found")
    return CASES[case](argument)


def _whole_completion(body: bytes) -> bytes:
    """Join a streamed answer to the one JSON object that a non-streaming client wants."""
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    finish, usage = "stop", None
    calls: dict[int, dict[str, Any]] = {}
    for line in body.split(b"\n\n"):
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[6:])
        usage = event.get("usage") or usage
        for choice in event.get("choices") or ():
            message["content"] += choice["delta"].get("content") or ""
            finish = choice.get("finish_reason") or finish
            for part in choice["delta"].get("tool_calls") or ():
                empty = {"type": "function", "function": {"name": "", "arguments": ""}}
                call = calls.setdefault(part["index"], empty)
                call["id"] = part.get("id") or call.get("id")
                for key in ("name", "arguments"):
                    call["function"][key] += part["function"].get(key, "")
    if calls:
        message["tool_calls"] = list(calls.values())
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return json.dumps({**whole, "choices": [choice], "usage": usage}).encode()


class _Handler(LoopbackHandler):
    server: LoopbackServer[FaultServer]

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def serve(self) -> None:
        raw = self.body()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = {}
        received = Received(self.command, self.path, self.told, body)
        answer = self.server.double.take(received)
        try:
            self._send(answer, received)
        except OSError:
            received.gone.set()
            self.close_connection = True
        received.answered.set()

    def _send(self, answer: Answer, received: Received) -> None:
        fault = self.server.double
        if answer.wait_first and not fault.wait(received, self.connection):
            self.close_connection = True
            return
        content_type, body = answer.content_type, answer.body
        if content_type == "text/event-stream" and (
            fault.ignores_stream or not received.body.get("stream")
        ):
            content_type = "application/json"
            joined = b"".join(part for part in body if isinstance(part, bytes))
            body = [_whole_completion(joined)]
        self.send_response(answer.status)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in body:
            if isinstance(part, Step):
                if not fault.wait(received, self.connection):
                    self.close_connection = True
                    return
            elif part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if answer.whole:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._reset()

    def _reset(self) -> None:
        """Close in the middle of the body, after what was sent has left."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.close_connection = True


def closed_port() -> int:
    """Return a loopback port that refuses connections."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
