"""One GET over http(s), redirects followed: where a request may go and what it may carry.

The token goes to the hub's own host and nowhere else; nothing goes out unencrypted, except to this
machine. Contacts nobody by itself. Knows no repository and no file on the disk.
"""

from __future__ import annotations

import contextlib
import ssl
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, socket
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from oi_tui import __version__
from oi_tui.models.endpoints import is_loopback
from oi_tui.text.translation import tr

USER_AGENT = f"oi-tui/{__version__} (python {sys.version_info.major}.{sys.version_info.minor})"
_CONNECT_SECONDS = 10.0
_STALL_SECONDS = 30.0  # without one byte: the connection is taken for dead
_MOST_REDIRECTS = 6
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class UnreachableError(Exception):
    """The server was not reached, or what it said was not http; the text is for a person."""


class ForbiddenAddressError(Exception):
    """A request would have gone where it must not; the text is the host."""


class Answer:
    """What a server answered; the body is read piece by piece."""

    def __init__(
        self, connection: HTTPConnection, response: HTTPResponse, held: socket, host: str
    ) -> None:
        # A connection lets go of its socket when the answer is its last one; the answer does not.
        self._socket = held
        self._connection, self._response = connection, response
        self.status, self.host = response.status, host

    def header(self, name: str) -> str:
        """Return a header; empty: there is none."""
        return self._response.headers.get(name, "") or ""

    def read(self, most: int) -> bytes:
        """Return more of the body; empty: it ended, or was cut off.

        Raises:
            UnreachableError: nothing came for too long, or the connection broke.
        """
        try:
            return self._response.read1(most)
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(_words(error)) from None

    def read_all(self, most: int) -> bytes:
        """Return the whole body, or its first bytes."""
        body = bytearray()
        while len(body) < most and (piece := self.read(most - len(body))):
            body += piece
        return bytes(body)

    def hang_up(self) -> None:
        """End the connection; a `read` in another thread returns at once."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self.hang_up()
        with contextlib.suppress(OSError):
            self._response.close()
        self._connection.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def get(address: str, headers: Mapping[str, str], token: str = "", token_host: str = "") -> Answer:
    """Send a request and return the first answer that is no redirect.

    `token` goes to `token_host` only (host and port, as in an address), and never back to it
    once a redirect has led elsewhere.

    Raises:
        UnreachableError: nobody answered.
        ForbiddenAddressError: the address, or one that it led to, must not be asked.
    """
    may_carry = bool(token)
    for _ in range(_MOST_REDIRECTS):
        parts = checked(address)
        may_carry = may_carry and parts.netloc == token_host
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        if may_carry:
            sent["Authorization"] = f"Bearer {token}"
        answer = _ask(parts, sent)
        if answer.status not in _REDIRECTS:
            return answer
        target = answer.header("Location")
        answer.close()
        if not target:
            raise UnreachableError(tr("it redirects to nowhere"))
        address = urljoin(address, target)
    raise UnreachableError(tr("it redirects in circles"))


def checked(address: str) -> SplitResult:
    """Return the parts of an address that may be asked.

    Raises:
        ForbiddenAddressError: it is not https (or http on this machine), or holds a password.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ForbiddenAddressError("?") from None
    del port
    plain_http = parts.scheme == "http" and is_loopback(host)
    clean = address.isascii() and address.isprintable() and " " not in address
    if not host or not clean or parts.username or not (parts.scheme == "https" or plain_http):
        raise ForbiddenAddressError(host or "?")
    return parts


def _ask(parts: SplitResult, headers: Mapping[str, str]) -> Answer:
    connection = _connection(parts)
    path = parts.path or "/"
    try:
        connection.connect()
        connection.sock.settimeout(_STALL_SECONDS)
        connection.request(
            "GET", f"{path}?{parts.query}" if parts.query else path, None, dict(headers)
        )
        held = connection.sock
        response = connection.getresponse()
    except (OSError, HTTPException, ValueError) as error:
        connection.close()
        raise UnreachableError(_words(error)) from None
    return Answer(connection, response, held, parts.netloc)


def _connection(parts: SplitResult) -> HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":  # this machine, so no proxy
        return HTTPConnection(host, port, timeout=_CONNECT_SECONDS)
    context = ssl.create_default_context()
    proxy = _proxy_for(host)
    if proxy is None:
        return HTTPSConnection(host, port, timeout=_CONNECT_SECONDS, context=context)
    connection = HTTPSConnection(
        proxy.hostname or "", proxy.port or 8080, timeout=_CONNECT_SECONDS, context=context
    )
    secret = {}
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        secret["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    connection.set_tunnel(host, port or 443, secret)
    return connection


def _proxy_for(host: str) -> SplitResult | None:
    """Return the proxy that the person's environment names."""
    named = urllib.request.getproxies().get("https", "")
    if not named or urllib.request.proxy_bypass(host):
        return None
    try:
        parts = urlsplit(named if "//" in named else f"http://{named}")
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _words(error: Exception) -> str:
    """Return what went wrong, in the system's words; those of libraries tell a person little."""
    if isinstance(error, TimeoutError):
        return tr("no answer in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return tr("its certificate is not valid: {reason}", reason=error.verify_message)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
