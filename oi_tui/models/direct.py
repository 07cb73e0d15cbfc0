"""A small streaming client for servers that speak the OpenAI chat format.

Beside LiteLLM since that costs a hundred times the CPU a token and seconds to load. Owns one
connection, its sockets and the thread that reads it. Knows no policy and no wording. Follows no
redirect; a key goes to the one host that it was found for. httpx is loaded at the first use.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oi_tui.models.base import ChatRequest, ReplyPart
from oi_tui.models.chat_format import Json, ReplyParser, error_in, request_json
from oi_tui.models.pipe import PartPipe
from oi_tui.models.policy import Timeouts
from oi_tui.models.sse import EventReader
from oi_tui.models.trouble import AttemptError, Cause, Trouble, seconds_of

if TYPE_CHECKING:
    import httpx

_LOG = logging.getLogger(__name__)
_MOST_ERROR = 64_000  # bytes of an error's body that are read
_MOST_WHOLE = 8_000_000  # bytes of a reply that was not streamed
# Parameters that some servers refuse; the request then goes out once more without them.
_STOPPABLE = ("connect_tcp.complete", "send_request_headers.started")
_OPTIONAL = ("stream_options", "temperature")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes, and with which key. Empty `key`: none is sent."""

    url: str  # without /chat/completions
    host: str
    model: str
    key: str = field(default="", repr=False)
    is_local: bool = False
    length_parameter: str = "max_tokens"
    tells_progress: bool = False  # it can say which part of the prompt it has read


class DirectClient:
    """Keeps connections warm; begins attempts over them, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[bool, httpx.Client] = {}
        self._refused: dict[str, set[str]] = {}  # parameters, by endpoint
        self._last: DirectAttempt | None = None

    def warm(self, is_local: bool) -> None:
        """Load the library and its certificates; opens no connection. May take 0.3 s."""
        self.client(is_local)

    def client(self, is_local: bool) -> httpx.Client:
        """Return the client for hosts elsewhere or for this machine, which no proxy reaches."""
        with self._lock:
            if is_local not in self._clients:
                import httpx

                self._clients[is_local] = httpx.Client(
                    follow_redirects=False, trust_env=not is_local
                )
            return self._clients[is_local]

    def begin(self, endpoint: Endpoint, request: ChatRequest, timeouts: Timeouts) -> DirectAttempt:
        """Send a request; everything that can fail comes out of the iteration."""
        refused = self._refused.setdefault(endpoint.url, set())
        with self._lock:
            last = self._last
        if last is not None:
            last.abandon()
        attempt = DirectAttempt(self.client, endpoint, request, timeouts, refused)
        with self._lock:
            self._last = attempt
        return attempt

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            clients, self._clients = self._clients, {}
            last, self._last = self._last, None
        if last is not None:
            last.abandon()
        for client in clients.values():
            client.close()


class DirectAttempt:
    """One request on its way, read by a thread of its own so that closing never waits."""

    def __init__(
        self,
        client: Callable[[bool], httpx.Client],
        endpoint: Endpoint,
        request: ChatRequest,
        timeouts: Timeouts,
        refused: set[str],
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._body = _body(endpoint, request)
        self._timeouts = timeouts
        self._refused = refused
        self._pipe = PartPipe(timeouts)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="model reply", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the parts of the reply; raises `AttemptError`."""
        return iter(self._pipe)

    def close(self) -> None:
        """End the iteration, and the connection unless the reply is whole: it serves again."""
        self._pipe.close()
        if not self._pipe.ended:
            self._shut_socket()

    def abandon(self) -> None:
        """End a connection on which a server still has not closed a reply that is whole."""
        self.close()
        if self._thread.is_alive():
            self._shut_socket()

    def _shut_socket(self) -> None:
        with self._lock:
            connection = self._socket
        if connection is not None:
            _shut(connection)

    # -- the reading thread -----------------------------------------------------------------------
    def _run(self) -> None:
        try:
            self._pipe.end(self._attempt())
        except AttemptError as failed:
            self._pipe.end(failed.trouble)
        except Exception as error:
            # The thread's last resort: a failure without a name must still reach the person.
            self._pipe.end(Trouble(Cause.LIBRARY, f"{type(error).__name__}: {error}"))

    def _attempt(self) -> Trouble | None:
        import httpx

        try:
            while (refused := self._send()) is not None:
                self._refused.add(refused)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return Trouble(Cause.CONNECT, str(error))
        except httpx.TimeoutException as error:
            return Trouble(Cause.TIMEOUT, str(error))
        except httpx.DecodingError as error:
            return Trouble(Cause.UNREADABLE, str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Trouble(Cause.CUT_OFF, str(error))
        return None

    def _send(self) -> str | None:
        """Send and read to the end; return a parameter to leave out, if one was refused."""
        import httpx

        body = {key: value for key, value in self._body.items() if key not in self._refused}
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        silence = max(self._timeouts.first_token, self._timeouts.between)
        request = httpx.Request(
            "POST",
            self._endpoint.url + "/chat/completions",
            headers=headers,
            content=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
            extensions={
                "timeout": httpx.Timeout(silence, connect=self._timeouts.connect).as_dict(),
                "trace": self._trace,
            },
        )
        client = self._client(self._endpoint.is_local)
        try:
            response = client.send(request, stream=True)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            # No answer had begun: mostly a kept connection that the server closed meanwhile.
            raise AttemptError(Trouble(Cause.CONNECT, str(error))) from None
        _LOG.debug("%s answers with status %d", self._endpoint.host, response.status_code)
        self._adopt(response.extensions.get("network_stream"))
        try:
            return self._read(response, body)
        finally:
            response.close()

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        if self._pipe.closed and not self._pipe.ended and name.endswith(_STOPPABLE):
            raise AttemptError(Trouble(Cause.CUT_OFF))
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._adopt(info.get("return_value"))

    def _adopt(self, stream: Any) -> None:
        found = stream.get_extra_info("socket") if stream is not None else None
        with self._lock:
            self._socket = found or self._socket
        if self._pipe.closed and not self._pipe.ended and found is not None:
            _shut(found)

    def _read(self, response: httpx.Response, body: Json) -> str | None:
        if response.status_code != 200:
            trouble = _trouble_of(response)
            refused = _refused_parameter(trouble, body)
            if refused:
                return refused
            raise AttemptError(trouble)
        content_type = response.headers.get("content-type", "").lower()
        if "json" in content_type:
            self._read_whole(response)
        elif "html" in content_type:
            raise AttemptError(Trouble(Cause.UNREADABLE, _beginning(response, 400)))
        else:
            self._read_stream(response)
        return None

    def _read_stream(self, response: httpx.Response) -> None:
        events, chunks = EventReader(), response.iter_bytes()
        parser = ReplyParser(trusts_done=self._endpoint.is_local)
        why = ""
        try:
            for data in chunks:
                self._put(parser, events.feed(data))
                if parser.is_done:
                    break
            else:
                self._put(parser, events.finish())
        except _network_errors() as error:
            if _says_more_than_cut_off(error):
                raise
            why = str(error)
        self._finish(parser, why)
        self._pipe.end()
        if parser.is_done:
            _drain(chunks)

    def _put(self, parser: ReplyParser, events: Iterator[str]) -> None:
        """Hand on all that one read brought in one go; what came before an error comes first."""
        parts: list[ReplyPart] = []
        try:
            for event in events:
                parts.extend(parser.feed(event))
        finally:
            self._pipe.put(parts)

    def _finish(self, parser: ReplyParser, why: str = "") -> None:
        try:
            self._pipe.put([parser.finish()])
        except AttemptError as failed:
            raise AttemptError(Trouble(failed.trouble.cause, why)) from None

    def _read_whole(self, response: httpx.Response) -> None:
        """Read the reply of a server that does not stream."""
        text = _beginning(response, _MOST_WHOLE)
        parser = ReplyParser(trusts_done=self._endpoint.is_local)
        self._put(parser, iter([text] if text else []))
        self._finish(parser)


def _body(endpoint: Endpoint, request: ChatRequest) -> Json:
    body = request_json(request)
    if "max_tokens" in body:
        body[endpoint.length_parameter] = body.pop("max_tokens")
    if endpoint.tells_progress:
        body["return_progress"] = True
    return {"model": endpoint.model, **body, "stream_options": {"include_usage": True}}


def _beginning(response: httpx.Response, most: int) -> str:
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) >= most:
            break
    return bytes(data[:most]).decode("utf-8", "replace")


def _trouble_of(response: httpx.Response) -> Trouble:
    status = response.status_code
    if 300 <= status < 400:
        return Trouble(Cause.REDIRECT, response.headers.get("location", ""), status)
    text = _beginning(response, _MOST_ERROR)
    try:
        trouble = error_in(json.loads(text), Cause.STATUS, status)
    except (ValueError, RecursionError):
        trouble = Trouble(Cause.STATUS, text, status)
    after = seconds_of(response.headers.get("retry-after", ""))
    return Trouble(trouble.cause, trouble.text, status, after)


def _refused_parameter(trouble: Trouble, body: Json) -> str:
    if trouble.status not in (400, 422):
        return ""
    return next((name for name in _OPTIONAL if name in body and name in trouble.text), "")


def _network_errors() -> tuple[type[Exception], ...]:
    import httpx

    return (httpx.HTTPError, OSError)


def _says_more_than_cut_off(error: Exception) -> bool:
    import httpx

    return isinstance(error, (httpx.DecodingError, httpx.TimeoutException))


def _drain(chunks: Iterator[bytes]) -> None:
    """Read what follows a whole reply, so that its connection serves again."""
    with contextlib.suppress(*_network_errors()):
        for _ in chunks:
            pass


def _shut(connection: socket.socket) -> None:
    """Wake a thread that reads the socket, without touching the TLS state it is using."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # closed already
