"""Control over an inherited socket, for runtimes that hash what they received (Python, Node).

A run goes out as one JSON line with length and SHA-256, followed by exactly the bytes of the code.
The driver reads that many bytes, hashes them, and refuses when the hash differs. Answers are JSON
lines.
"""

from __future__ import annotations

import base64
import binascii
import json
import socket
from collections.abc import Callable, Iterator, Mapping

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.channel import Request
from oi_tui.shells.messages import AtLine, Began, Ended, Message, Ready, Shown

Fields = Mapping[str, object]


class SocketChannel:
    """One end is ours; `child_descriptor` is the other, to be inherited by the driver."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.incoming = self.outgoing = self._ours.fileno()
        self.child_descriptor = self._theirs.fileno()
        self._partial: list[bytes] = []

    def child_started(self) -> None:
        """Close the child's end, so that its death closes the channel."""
        self._theirs.close()

    def request(self, request: Request) -> bytes:
        """Return header line and code."""
        header = {
            "op": "run",
            "id": request.run_id,
            "n": request.number,
            "length": len(request.code),
            "digest": request.digest,
            "interrupts": request.interrupts,
        }
        return json.dumps(header).encode() + b"\n" + request.code

    def after_begin(self) -> bytes:
        """Return nothing: the driver knows how a run ends."""
        return b""

    def interrupt(self, level: int) -> bytes:
        """Return a line that drivers without need for it ignore."""
        return b'{"op": "interrupt", "level": %d, "length": 0}\n' % level

    def parse(self, data: bytes) -> Iterator[Message]:
        """Yield one message for each line that is one."""
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._partial.append(line)
            message = _decode(b"".join(self._partial))
            self._partial.clear()
            if message is not None:
                yield message
        if rest:
            self._partial.append(rest)

    def close(self) -> None:
        """Close both ends."""
        self._theirs.close()
        self._ours.close()


def _decode(line: bytes) -> Message | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    decoder = _DECODERS.get(fields.get("ev", "")) if isinstance(fields, dict) else None
    return decoder(fields) if decoder else None


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def _shown(fields: Fields) -> Shown | None:
    try:
        data = base64.b64decode(_text(fields, "data"), validate=True)
    except binascii.Error:
        return None
    return Shown(_text(fields, "id"), _text(fields, "mime"), data, _text(fields, "place"))


def _ended(fields: Fields) -> Ended | None:
    try:
        status = RunStatus(_text(fields, "status"))
    except ValueError:
        return None
    return Ended(
        run_id=_text(fields, "id"),
        status=status,
        exit_code=_number(fields, "code"),
        folder=_text(fields, "cwd"),
        mark=_text(fields, "mark"),
        detail=_text(fields, "detail"),
    )


_DECODERS: Mapping[str, Callable[[Fields], Message | None]] = {
    "ready": lambda fields: Ready(_text(fields, "version"), _text(fields, "cwd")),
    "began": lambda fields: Began(_text(fields, "id")),
    "line": lambda fields: AtLine(_text(fields, "id"), _number(fields, "line") or 1),
    "display": _shown,
    "ended": _ended,
}
