"""Short questions to one server, answered in JSON: with limits on time and size, no redirects.

Owns the connection for as long as the questions last. Knows no kind of server. A key goes to this
server only. httpx is loaded at the first use.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 4_000_000
_MOST_WAIT = 10.0  # seconds for one read, however much time is left


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nobody answered, `why` says it. `body` None: it was no JSON."""

    status: int
    body: Any = None
    server: str = ""  # as the header names the program
    why: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The answer's fields; none unless it is an object that came with success."""
        return self.body if self.status == 200 and isinstance(self.body, dict) else {}


class JsonClient:
    """Asks one server; all questions together take about `seconds`, then all fail at once."""

    def __init__(self, is_local: bool, key: str = "", seconds: float = 5.0) -> None:
        self._is_local = is_local
        self._headers = {"Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._end = time.monotonic() + seconds
        self._client: httpx.Client | None = None

    def __enter__(self) -> JsonClient:
        """Load the library; connect with the first question."""
        import httpx

        self._client = httpx.Client(
            follow_redirects=False, trust_env=not self._is_local, headers=self._headers
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()

    def ask(self, url: str, body: object = None) -> Answer:
        """Get `url`, or post `body` to it. Never raises for what a server or network does."""
        import httpx

        left = self._end - time.monotonic()
        if left <= 0 or self._client is None:
            return Answer(0, why="timeout")
        method = "GET" if body is None else "POST"
        wait = min(left, _MOST_WAIT)
        try:
            with self._client.stream(method, url, json=body, timeout=wait) as response:
                data = self._read(response)
                name = response.headers.get("server", "")
                return Answer(response.status_code, _decoded(data), name)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Answer(0, why=str(error) or type(error).__name__)

    def _read(self, response: httpx.Response) -> bytes:
        data = bytearray()
        for piece in response.iter_bytes():
            data += piece
            if len(data) > _MOST_BYTES or time.monotonic() > self._end:
                return b""
        return bytes(data)


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
