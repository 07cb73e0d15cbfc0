"""The line format of a journal: `CRC32-hex SP JSON LF`.

Owns the bytes of one record and nothing else: no file, no event. JSON never holds a raw line feed
or NUL, so a line is a record and a damaged line costs only itself.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 16 * 1024 * 1024  # of one line; longer ones are neither written nor read
MOST_DEPTH = 32  # of nested lists and objects

_START = re.compile(rb"[0-9a-f]{8} \{")
_SALVAGE_BYTES = 64 * 1024 * 1024  # looked at in one damaged line, so that no file can stall us

Body = dict[str, object]


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")  # Python's own reader would take NaN


_decoder = json.JSONDecoder(parse_constant=_refuse)


@dataclass(frozen=True, slots=True)
class Record:
    """One sound record: its exact line and what it says."""

    line: bytes
    body: Body


def encode_record(body: Body) -> bytes:
    """Return the line of a record.

    Raises:
        ValueError: it would be longer than `MOST_BYTES`.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates survive only as escapes
        text = json.dumps(body, separators=(",", ":")).encode("ascii")
    line = b"%08x %b\n" % (zlib.crc32(text), text)
    if len(line) > MOST_BYTES:
        raise ValueError(f"a record of {len(line):,} bytes is too long")
    return line


def decode_record(line: bytes) -> Record | None:
    """Return the record that is exactly this line, or None if the line is not sound."""
    text = line[9:].rstrip(b"\n")
    if line[:9] != b"%08x " % zlib.crc32(text):
        return None
    try:
        body = _decoder.decode(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return _sound(line if line.endswith(b"\n") else line + b"\n", body)


def salvage(line: bytes) -> Iterator[Record]:
    """Yield the sound records inside a damaged line: after garbage, or joined to another."""
    looked_at = 0
    end = 0
    for match in _START.finditer(line):
        if match.start() < end:
            continue
        rest = line[match.start() + 9 :]
        looked_at += len(rest)
        if looked_at > _SALVAGE_BYTES:
            return
        found = _decode_front(line[match.start() : match.start() + 8], rest)
        if found:
            end = match.start() + len(found.line) - 1
            yield found


def _decode_front(checksum: bytes, rest: bytes) -> Record | None:
    """Return the record that `rest` begins with, whatever follows it."""
    text = rest.decode("utf-8", "surrogateescape")
    try:
        body, length = _decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    exact = text[:length].encode("utf-8", "surrogateescape")
    if checksum != b"%08x" % zlib.crc32(exact):
        return None
    return _sound(b"%b %b\n" % (checksum, exact), body)


def _sound(line: bytes, body: object) -> Record | None:
    if not isinstance(body, dict):
        return None
    # Counting brackets overestimates the depth; only odd records pay for the exact walk.
    if line.count(b"[") + line.count(b"{") > MOST_DEPTH and not _is_shallow(body):
        return None
    return Record(line, body)


def _is_shallow(body: object) -> bool:
    level: list[object] = [body]
    for _ in range(MOST_DEPTH):
        deeper: list[object] = []
        for value in level:
            if isinstance(value, dict):
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
        if not deeper:
            return True
        level = deeper
    return False
