"""A double of the model hub on loopback: its interface, its redirects to a store, its faults.

Two servers on two ports, since the hub sends whoever wants a file to another host. Everything that
was asked is kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.loopback import LoopbackHandler, LoopbackServer

Json = dict[str, Any]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Asked:
    """One request as it came."""

    server: str  # hub or store
    path: str
    headers: dict[str, str]  # names in lower case


@dataclass
class Fault:
    """What goes wrong with one request for a file's bytes, or for anything at the hub."""

    status: int = 0  # instead of the bytes
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_after: int = -1  # bytes, then the connection ends
    ignores_range: bool = False
    changes: bool = False  # one byte arrives as another
    holds: bool = False  # says nothing at all until `released`
    stalls_after: int = -1  # bytes, then nothing comes until `released`
    length: int = -1  # what Content-Length says, instead of the truth


@dataclass
class Stored:
    """One repository."""

    files: dict[str, bytes] = field(default_factory=dict)
    license: str = "apache-2.0"
    gated: bool = False
    extra: Json = field(default_factory=dict)  # laid over what the hub says of it


class HubServer:
    """Start with `with HubServer() as server`; `server.base` is what a hub is made with."""

    def __init__(self) -> None:
        self.repositories: dict[str, Stored] = {}
        self.asked: list[Asked] = []
        self.hub_faults: deque[Fault] = deque()
        self.store_faults: deque[Fault] = deque()
        self.found: list[Json] | None = None  # what a search finds, instead of the truth
        self.token = ""  # what a gated repository wants
        self.released = threading.Event()
        self.stalled = threading.Event()  # a request waits for `released`
        self.location: Callable[[str], str] | None = None  # where a file is said to be
        self._servers = [LoopbackServer(_Hub, self), LoopbackServer(_Store, self)]

    def add(self, name: str, files: dict[str, bytes], **facts: Any) -> Stored:
        """Put a repository there."""
        stored = self.repositories[name] = Stored(files, **facts)
        return stored

    @property
    def base(self) -> str:
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        return self._servers[0].host

    @property
    def store(self) -> str:
        return f"http://{self._servers[1].host}"

    def requests(self, server: str) -> list[Asked]:
        """Return what one of the two was asked."""
        return [one for one in self.asked if one.server == server]

    def ranges(self) -> list[str]:
        """Return the ranges that the store was asked for, in order."""
        return [one.headers.get("range", "") for one in self.requests("store")]

    def __enter__(self) -> HubServer:
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        for server in self._servers:
            server.stop()

    def blob(self, sha256: str) -> bytes:
        """Return the file with a hash."""
        for stored in self.repositories.values():
            for data in stored.files.values():
                if hash_of(data) == sha256:
                    return data
        return b""


def hash_of(data: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


class _Handler(LoopbackHandler):
    server: LoopbackServer[HubServer]

    def note(self, server: str) -> None:
        self.server.double.asked.append(Asked(server, self.path, self.told))

    def hold(self, fault: Fault) -> None:
        if fault.holds:
            self.server.double.stalled.set()
            self.server.double.released.wait(30)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Hub(_Handler):
    def serve(self) -> None:
        self.note("hub")
        double = self.server.double
        fault = double.hub_faults.popleft() if double.hub_faults else Fault()
        self.hold(fault)
        if fault.status:
            self.answer(fault.status, fault.body, fault.headers)
            return
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path == "/api/models":
            self._search(parse_qs(parts.query))
        elif path.startswith("/api/models/"):
            self._tell(path.removeprefix("/api/models/"))
        else:
            name, _, rest = path.removeprefix("/").partition("/resolve/")
            self._send_on(name, rest.partition("/")[2])

    def _search(self, query: dict[str, list[str]]) -> None:
        double, wanted = self.server.double, query.get("search", [""])[0].lower().split()
        rows: list[Any] = [
            {"id": name}
            for name, stored in double.repositories.items()
            if all(word in name.lower() for word in wanted)
            and any(file.endswith(".gguf") for file in stored.files)
        ]
        found = rows if double.found is None else double.found
        self.answer(200, json.dumps(found).encode())

    def _tell(self, name: str) -> None:
        stored = self._entry(name)
        if stored is None:
            return
        said: Json = {
            "id": name,
            "sha": COMMIT,
            "gated": "auto" if stored.gated else False,
            "cardData": {"license": stored.license},
            "siblings": [
                {
                    "rfilename": path,
                    "size": len(data),
                    "lfs": {"sha256": hash_of(data), "size": len(data), "pointerSize": 130},
                }
                for path, data in stored.files.items()
            ],
        }
        self.answer(200, json.dumps({**said, **stored.extra}).encode())

    def _entry(self, name: str, needs_terms: bool = False) -> Stored | None:
        """Return a repository, or answer as the hub does to who may not see it."""
        double, stored = self.server.double, self.server.double.repositories.get(name)
        if stored is None:
            self.answer(401, b"Repository not found", {"X-Error-Code": "RepoNotFound"})
            return None
        sent = self.headers.get("Authorization", "")
        if needs_terms and stored.gated and sent != f"Bearer {double.token}":
            status = 403 if sent else 401
            self.answer(status, b"Access is restricted", {"X-Error-Code": "GatedRepo"})
            return None
        return stored

    def _send_on(self, name: str, path: str) -> None:
        stored = self._entry(name, needs_terms=True)
        if stored is None:
            return
        if path not in stored.files:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        mark = hash_of(stored.files[path])
        double = self.server.double
        place = double.location(mark) if double.location else f"{double.store}/blob/{mark}?sig=x"
        self.answer(302, b"", {"Location": place, "X-Linked-Etag": f'"{mark}"'})


class _Store(_Handler):
    def serve(self) -> None:
        self.note("store")
        double = self.server.double
        fault = double.store_faults.popleft() if double.store_faults else Fault()
        self.hold(fault)
        if fault.status:
            self.answer(fault.status, fault.body, fault.headers)
            return
        whole = double.blob(urlsplit(self.path).path.rpartition("/")[2])
        start = 0
        asked = self.headers.get("Range", "")
        if asked and not fault.ignores_range:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
        if start >= len(whole):
            self.answer(416, b"", {"Content-Range": f"bytes */{len(whole)}"})
            return
        self._send(whole, start, fault)

    def _send(self, whole: bytes, start: int, fault: Fault) -> None:
        body = whole[start:]
        if fault.changes:
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        length = len(body) if fault.length < 0 else fault.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if fault.cut_after >= 0:
            self.wfile.write(body[: fault.cut_after])
            self.close_connection = True
            return
        if fault.stalls_after >= 0:
            self.wfile.write(body[: fault.stalls_after])
            self.server.double.stalled.set()
            self.server.double.released.wait(30)
            body = body[fault.stalls_after :]
        self.wfile.write(body)
