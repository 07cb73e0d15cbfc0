"""Reading on in a journal from where it was left: what the index learns of it.

Owns which bytes count as read: whole lines only, so that a line under way is read later. Never
fails because of what a file holds. Knows no database.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from oi_tui.config.private_files import open_private
from oi_tui.protocol.codec import decode_envelope
from oi_tui.store.index_rows import Facts, FoundText, read_record, tells_something
from oi_tui.store.reader import with_sane_time
from oi_tui.store.records import MOST_BYTES, Record, decode_record, salvage

_TAIL = 256  # bytes; a record's checksum and time are among them


@dataclass(slots=True)
class Reading:
    """How far a journal was read, what it says so far, and the texts of this time."""

    offset: int = 0
    tail: int = 0  # the checksum of the last bytes before `offset`
    facts: Facts = field(default_factory=Facts)
    found: list[tuple[float, FoundText]] = field(default_factory=list)

    def take(self, record: Record) -> None:
        """Learn from one record."""
        self.facts, texts = read_record(self.facts, record)
        self.found.extend((self.facts.changed, text) for text in texts)


def read_on(path: Path, begun: Reading) -> Reading | None:
    """Return what is known after the whole lines behind `begun`; None: another file is there now.

    Raises:
        OSError: the journal cannot be read.
    """
    reading = Reading(begun.offset, begun.tail, begun.facts)
    last = b""
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as stream:
        if _tail(stream, begun.offset) != begun.tail:
            return None
        stream.seek(begun.offset)
        while line := stream.readline(MOST_BYTES + 1):
            if not line.endswith(b"\n") and len(line) <= MOST_BYTES:
                _take_rest(reading, line)
                break
            reading.offset += len(line)
            last = line if line.strip(b"\0\n") else last
            if tells_something(line):
                _take_line(reading, line)
            elif decode_record(line) is None:
                _salvage(reading, line)
        reading.tail = _tail(stream, reading.offset)
    _take_time(reading, last)
    return reading


def _tail(stream: BinaryIO, end: int) -> int:
    start = max(end - _TAIL, 0)
    stream.seek(start)
    return zlib.crc32(stream.read(end - start))


def _take_rest(reading: Reading, line: bytes) -> None:
    """The last bytes are no whole line: it is being written, was cut off, or is damaged."""
    before = len(reading.found), reading.facts
    _salvage(reading, line)
    if (len(reading.found), reading.facts) != before:
        reading.offset += len(line)


def _take_line(reading: Reading, line: bytes) -> None:
    record = decode_record(line)
    if record is not None:
        reading.take(record)
    else:
        _salvage(reading, line)


def _salvage(reading: Reading, line: bytes) -> None:
    for record in salvage(line):
        reading.take(record)


def _take_time(reading: Reading, line: bytes) -> None:
    """The last record of all tells when the session changed, whatever its kind."""
    record = decode_record(line)
    envelope = decode_envelope(record.body) if record is not None else None
    if envelope is None:
        return
    at = with_sane_time(envelope).at
    facts = reading.facts
    reading.facts = facts._replace(changed=max(at, facts.changed), started=facts.started or at)
