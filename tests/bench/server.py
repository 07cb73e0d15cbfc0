"""A lean OpenAI-compatible server in a process of its own: `python -m tests.bench.server`.

What the last prompt says is done: `reply TOKENS RATE` streams Markdown (RATE in tokens a second, 0:
as fast as it goes), `run NAME` proposes a piece of code, `say WORD` is answered with the word
backwards, so that it is not taken for the prompt on a screen, anything else in a word. Each request
and each end of a reply is told on standard output, with the time of the monotonic clock.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.bench.text import TOKEN, end_mark, mark, reply
from tests.support.fault_cases import DONE, Tool, chunk, tool_chunks, usage_chunk

MARKED = 50  # tokens between two marks in a reply at a rate
CODES = {
    # 100 MB in lines of 100 bytes, as a terminal gets them; the end says so.
    "flood": "import sys\nfor _ in range(10_000): sys.stdout.write(('x' * 98 + '\\n') * 100)",
    "endless": "while True: print('y' * 70)",
    "busy": "while True: pass",
    "small": "import time; time.sleep(0.2)",
}


def reply_tokens(count: int, is_marked: bool) -> list[str]:
    """Return a reply in pieces of four characters; the last one is its `end_mark`."""
    text = reply(count * TOKEN)
    pieces = [text[at : at + TOKEN] for at in range(0, len(text), TOKEN)]
    if is_marked:
        for number in range(MARKED, count, MARKED):
            pieces[number] = f" {mark(number)} "
    return [*pieces[:-1], f"\n\n{end_mark(count)}\n"]


def _tell(**said: object) -> None:
    print(json.dumps({"at": time.monotonic(), **said}), flush=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:
        """Only `_tell` speaks."""

    def do_GET(self) -> None:
        self._send(iter([b'{"object":"list","data":[]}']), "application/json")

    def do_POST(self) -> None:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _tell(what="request")
        last = body["messages"][-1]
        words = str(last.get("content") or "").split() if last["role"] == "user" else []
        match words:
            case ["reply", count, rate]:
                self._send(_reply(int(count), float(rate)))
            case ["run", name]:
                self._send(_call(name))
            case ["say", word]:
                self._send(_text(word[::-1]))
            case _:
                self._send(_text("Done."))

    def _send(self, body: Iterator[bytes], content_type: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


def _text(text: str) -> Iterator[bytes]:
    yield chunk({"content": text})
    yield chunk({}, "stop")
    yield usage_chunk()
    yield DONE


def _call(name: str) -> Iterator[bytes]:
    yield from tool_chunks(Tool("python", CODES[name]), 0)
    yield chunk({}, "tool_calls")
    yield usage_chunk()
    yield DONE


def _reply(count: int, rate: float) -> Iterator[bytes]:
    parts = [chunk({"content": piece}) for piece in reply_tokens(count, bool(rate))]
    began = time.monotonic()
    for number, part in enumerate(parts):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            if number % MARKED == 0:
                _tell(what="mark", number=number)
        if number == count - 1:
            _tell(what="last")
        yield part
    yield chunk({}, "stop")
    yield usage_chunk(100, count)
    yield DONE


def main() -> None:
    """Serve until standard input ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
