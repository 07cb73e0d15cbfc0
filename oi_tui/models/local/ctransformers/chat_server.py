"""The child's server: the OpenAI format on the loopback address, for who has the key.

One answer at a time; who comes meanwhile waits. A caller that hangs up is noticed while it waits,
while its prompt is read and while its answer is written. No page in a browser gets anything: the
key is asked for, the host must be loopback, and there is no CORS.
"""

from __future__ import annotations

import hmac
import json
import select
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from oi_tui.models.local.ctransformers.chat import (
    Chat,
    Json,
    RequestError,
    read_chat,
    streamed,
    whole,
)
from oi_tui.models.local.ctransformers.loading import Model

_MOST_BODY = 64 * 1024 * 1024  # bytes of a request
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_POLL_SECONDS = 0.1


class ChatServer(ThreadingHTTPServer):
    """Serves one model on a free port."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, model: Model, key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model, self.key = model, key
        self.turn = threading.Lock()  # who holds it uses the model

    @property
    def base(self) -> str:
        """The address for clients."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is part of its day."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer
    server_version = "oi-tui"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:
        """What is asked is nobody's business."""

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    # -- what is asked ------------------------------------------------------------------------
    def _answer(self, action: Callable[[], None]) -> None:
        try:
            self._check_caller()
            action()
        except RequestError as error:
            self.close_connection = True  # its body may not have been read
            self._send(error.body(), error.status)
        except RuntimeError as error:
            self._send(RequestError(str(error), "engine", 500).body(), 500)
        except (OSError, EOFError):
            self.close_connection = True

    def _check_caller(self) -> None:
        host = self.headers.get("Host", "")
        if host.rpartition(":")[0] not in _LOOPBACK or self.headers.get("Origin"):
            raise RequestError("only for programs on this machine", "forbidden", 403)
        said = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, f"Bearer {self.server.key}".encode()):
            raise RequestError("the API key is wrong", "invalid_api_key", 401)

    def _get(self) -> None:
        model = self.server.model
        if self.path == "/health":
            self._send({"status": "ok"})
        elif self.path == "/v1/models":
            row = {"id": model.name, "object": "model", "owned_by": "local"}
            meta = {"n_ctx": model.context, "n_vocab": model.llm.vocab_size}
            self._send({"object": "list", "data": [{**row, "meta": meta}]})
        else:
            raise RequestError(f"there is no {self.path}", "not_found", 404)

    def _post(self) -> None:
        if self.path != "/v1/chat/completions":
            raise RequestError(f"there is no {self.path}", "not_found", 404)
        body = self._body()
        if not self._wait_for_turn():
            raise EOFError
        try:
            chat = read_chat(body, self.server.model)
            (self._stream if chat.streams else self._reply)(chat)
        finally:
            self.server.turn.release()

    def _body(self) -> object:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            raise RequestError("the request has no length, or is too long", status=413)
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise RequestError("the request is no JSON") from None

    def _wait_for_turn(self) -> bool:
        """Wait until the model is free; False: the caller hung up first."""
        while not self.server.turn.acquire(timeout=_POLL_SECONDS):
            if self._is_gone():
                return False
        return True

    def _is_gone(self) -> bool:
        """Return whether the caller hung up."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    # -- what is answered ---------------------------------------------------------------------
    def _reply(self, chat: Chat) -> None:
        answer = whole(chat, self.server.model, self._is_gone)
        if answer is None:
            raise EOFError
        self._send(answer)

    def _stream(self, chat: Chat) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in streamed(chat, self.server.model, self._is_gone):
                self._put(json.dumps(event, ensure_ascii=False))
        except RuntimeError as error:
            self._put(json.dumps(RequestError(str(error), "engine", 500).body()))
        if self._is_gone():
            raise EOFError
        self._put("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _put(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))

    def _send(self, body: Json, status: int = 200) -> None:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
