"""The frames between application and worker: a length, then JSON. The same code on both sides.

Owns framing and how reply parts and troubles look in a frame. Standard library only.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterable
from typing import Any

from oi_tui.models.base import (
    CallDelta,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    StopReason,
    TextDelta,
)
from oi_tui.models.trouble import Cause, Trouble
from oi_tui.protocol.items import Usage

Frame = dict[str, Any]

_HEAD = struct.Struct(">I")
MOST_BYTES = 256 * 1024 * 1024


def send_frame(connection: socket.socket, frame: Frame) -> None:
    """Send one frame whole.

    Raises:
        OSError: the other side is gone.
    """
    data = json.dumps(frame, ensure_ascii=True, separators=(",", ":")).encode()
    connection.sendall(_HEAD.pack(len(data)) + data)


def receive_frame(connection: socket.socket) -> Frame | None:
    """Wait for one frame; None: the other side is gone.

    Raises:
        OSError: the connection broke.
        ValueError: this is no frame.
    """
    head = _receive(connection, _HEAD.size)
    if head is None:
        return None
    (size,) = _HEAD.unpack(head)
    if size > MOST_BYTES:
        raise ValueError(size)
    data = _receive(connection, size)
    return None if data is None else json.loads(data)


def _receive(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)


def encode_parts(parts: Iterable[ReplyPart]) -> list[list[Any]]:
    """Return reply parts as plain lists."""
    rows: list[list[Any]] = []
    for part in parts:
        match part:
            case TextDelta(text):
                rows.append(["text", text])
            case ReasoningDelta(text):
                rows.append(["reasoning", text])
            case CallDelta(index, call_id, name, arguments):
                rows.append(["call", index, call_id, name, arguments])
            case ReplyFinished(reason, None):
                rows.append(["finished", reason.value])
            case ReplyFinished(reason, Usage(prompt, completion, cost)):
                rows.append(["finished", reason.value, prompt, completion, cost])
    return rows


def decode_parts(rows: Iterable[list[Any]]) -> list[ReplyPart]:
    """Return the parts that `encode_parts` was given."""
    parts: list[ReplyPart] = []
    for row in rows:
        match row:
            case ["text", text]:
                parts.append(TextDelta(text))
            case ["reasoning", text]:
                parts.append(ReasoningDelta(text))
            case ["call", index, call_id, name, arguments]:
                parts.append(CallDelta(index, call_id, name, arguments))
            case ["finished", reason]:
                parts.append(ReplyFinished(StopReason(reason)))
            case ["finished", reason, prompt, completion, cost]:
                parts.append(ReplyFinished(StopReason(reason), Usage(prompt, completion, cost)))
    return parts


def encode_trouble(trouble: Trouble) -> Frame:
    """Return a trouble as plain data."""
    return {
        "cause": trouble.cause.value,
        "text": trouble.text,
        "status": trouble.status,
        "retry_after": trouble.retry_after,
    }


def decode_trouble(frame: Frame) -> Trouble:
    """Return the trouble that `encode_trouble` was given."""
    return Trouble(Cause(frame["cause"]), frame["text"], frame["status"], frame["retry_after"])
