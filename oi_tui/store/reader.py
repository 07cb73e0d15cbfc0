"""Read a journal whatever happened to it: what is sound is read, what is damaged is counted.

Never writes and never raises because of what a file holds; only the system's own refusals (no
such file, no permission, a link in its place) come through.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from oi_tui.config.private_files import open_private
from oi_tui.protocol.codec import FORMAT_VERSION, decode_envelope
from oi_tui.protocol.events import Envelope
from oi_tui.store.records import MOST_BYTES, Body, Record, decode_record, salvage

LATEST = 32_503_680_000.0  # the year 3000, in Unix time
HEADER = "header"  # the one key that only the first record of a journal has


@dataclass(frozen=True, slots=True)
class Header:
    """The first record: who wrote the file, and how."""

    format_version: int
    session_id: str
    program_version: str


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds. `damaged` counts stretches that could not be read."""

    header: Header | None
    envelopes: tuple[Envelope, ...]
    damaged: int = 0
    unknown: int = 0  # sound records that this version does not know; they stay in the file
    size: int = 0  # bytes of the file

    @property
    def is_newer(self) -> bool:
        """Whether a newer program wrote it, so that this one must not add to it."""
        return self.header is not None and self.header.format_version > FORMAT_VERSION


def read_journal(path: Path) -> JournalContent:
    """Return what the journal at `path` holds.

    Raises:
        OSError: the file cannot be opened or read.
    """
    header: Header | None = None
    envelopes: dict[int, Envelope] = {}
    damaged = unknown = 0
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as stream:
        for record in scan(stream):
            if record is None:
                damaged += 1
            elif header is None and HEADER in record.body:
                header = header_of(record.body)
            elif (envelope := decode_envelope(record.body)) is None:
                unknown += 1
            else:
                # A number comes again where a write failed and could not be taken back: the last
                # one is what was told to the person.
                envelopes[envelope.seq] = with_sane_time(envelope)
        size = stream.tell()
    damaged += header is None
    ordered = tuple(envelopes[seq] for seq in sorted(envelopes))
    return JournalContent(header, ordered, damaged, unknown, size)


def with_sane_time(envelope: Envelope) -> Envelope:
    """Return the envelope, at time 0 if its own is impossible.

    A file from elsewhere may claim a time that no calendar can show.
    """
    return envelope if 0 <= envelope.at <= LATEST else replace(envelope, at=0.0)


def header_of(body: Body) -> Header | None:
    """Return the header that a record holds, or None if it holds none."""
    value = body.get(HEADER)
    if not isinstance(value, dict):
        return None
    version, session_id = value.get("format"), value.get("session_id")
    if not isinstance(version, int) or not isinstance(session_id, str):
        return None
    return Header(version, session_id, str(value.get("program", "")))


def header_body(header: Header) -> Body:
    """Return the record that holds `header`."""
    return {
        HEADER: {
            "format": header.format_version,
            "session_id": header.session_id,
            "program": header.program_version,
        }
    }


def scan(stream: BinaryIO) -> Iterator[Record | None]:
    """Yield the sound records of a journal in order, and None for each damaged stretch."""
    while line := stream.readline(MOST_BYTES + 1):
        if len(line) > MOST_BYTES and not line.endswith(b"\n"):
            _skip_line(stream)
            yield None
        elif line != b"\n":
            yield from _line(line)


def _line(line: bytes) -> Iterator[Record | None]:
    record = decode_record(line)
    if record and line.endswith(b"\n"):
        yield record
        return
    yield from salvage(line)
    yield None


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(MOST_BYTES)) and not piece.endswith(b"\n"):
        pass
