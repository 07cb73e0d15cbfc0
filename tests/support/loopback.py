"""A quiet HTTP server on a free port of this machine: what test servers are made of."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar

Double = TypeVar("Double")


class LoopbackServer(ThreadingHTTPServer, Generic[Double]):
    """Serves between `start` and `stop`. `double` is what its handler answers for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[LoopbackHandler], double: Double) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.double = double
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    @property
    def host(self) -> str:
        """Its address as a URL names it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and every connection."""
        self.shutdown()
        self._thread.join(10)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""


class LoopbackHandler(BaseHTTPRequestHandler):
    """Says nothing to the terminal."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as `serve` does."""
        self.serve()

    def do_POST(self) -> None:
        """Answer as `serve` does."""
        self.serve()

    def serve(self) -> None:
        """Answer a request; a server that was not told how allows none."""
        self.send_error(405)

    def log_message(self, format: str, *args: object) -> None:
        """Tests want quiet."""

    @property
    def told(self) -> dict[str, str]:
        """The headers of the request, names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def body(self) -> bytes:
        """Read the body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))
