"""What the list of sessions shows of each, read from its journal and remembered.

Owns a small cache file. It may be deleted or damaged at any time: an entry counts only while its
journal has the same size and time of change, and everything else is read again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from oi_tui.config.private_files import open_private, read_private, write_atomically
from oi_tui.protocol import events as ev
from oi_tui.protocol.codec import decode_envelope
from oi_tui.protocol.sessions import SessionListing
from oi_tui.store.reader import scan, with_sane_time
from oi_tui.store.records import MOST_BYTES, Record, decode_record

_CACHE_NAME = ".summaries.json"
_CACHE_BYTES = 64 * 1024 * 1024
_CACHE_VERSION = 1
_TITLE_LENGTH = 80
_MOST_NUMBER = 1e12  # times and counts in a cache that someone else wrote
_KEPT = ("title", "folder", "model", "started", "changed", "turns")
# Only these events matter here; all other lines are passed over without a look inside.
_TELLING = tuple(
    b'"type":"%b"' % kind.__name__.encode()
    for kind in (ev.SessionOpened, ev.SessionRenamed, ev.TurnStarted, ev.ModelChanged)
)


Stamp = tuple[int, int]  # size and time of change of a journal


class SummaryCache:
    """Summaries by session, as long as their journals do not change."""

    def __init__(self, root: Path) -> None:
        self._path = root / _CACHE_NAME
        self._entries: dict[str, tuple[Stamp, SessionListing]] = {}
        self._loaded = False
        self._changed = False

    def get(self, session_id: str, path: Path, stamp: Stamp) -> SessionListing:
        """Return the summary of the journal at `path`, read anew if it changed.

        Raises:
            OSError: the journal cannot be read.
        """
        self._load()
        known = self._entries.get(session_id)
        if known and known[0] == stamp:
            return known[1]
        summary = summarize(session_id, path)
        self._entries[session_id] = (stamp, summary)
        self._changed = True
        return summary

    def save(self, present: Iterable[str]) -> None:
        """Write the cache if it changed, without the sessions that are gone.

        Raises:
            OSError: it could not be written; nothing is lost.
        """
        names = set(present)
        gone = [name for name in self._entries if name not in names]
        for name in gone:
            del self._entries[name]
        if not (self._changed or gone):
            return
        rows = {name: [*stamp, _row(one)] for name, (stamp, one) in self._entries.items()}
        value = {"version": _CACHE_VERSION, "sessions": rows}
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
        write_atomically(self._path, text.encode())
        self._changed = False

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        try:
            value = json.loads(read_private(self._path, _CACHE_BYTES))
        except (OSError, ValueError, RecursionError):
            return
        if not isinstance(value, dict) or value.get("version") != _CACHE_VERSION:
            return
        rows = value.get("sessions")
        for name, row in rows.items() if isinstance(rows, dict) else ():
            entry = _entry(name, row)
            if entry:
                self._entries[name] = entry


def summarize(session_id: str, path: Path) -> SessionListing:
    """Return the summary of the journal at `path`.

    Raises:
        OSError: it cannot be read.
    """
    summary = SessionListing(session_id)
    last = b""
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as stream:
        while line := stream.readline(MOST_BYTES):
            if any(mark in line for mark in _TELLING):
                summary = _with_line(summary, line)
            if line.strip(b"\0\n"):
                last = line
        summary = _with_end(summary, last)
        if not summary.started:  # nothing telling is whole: look at every record
            stream.seek(0)
            for record in scan(stream):
                summary = _with_record(summary, record) if record else summary
    return summary


def _with_line(summary: SessionListing, line: bytes) -> SessionListing:
    record = decode_record(line)
    return _with_record(summary, record) if record else summary


def _with_end(summary: SessionListing, line: bytes) -> SessionListing:
    record = decode_record(line)
    envelope = decode_envelope(record.body) if record else None
    return replace(summary, changed=with_sane_time(envelope).at) if envelope else summary


def _with_record(summary: SessionListing, record: Record) -> SessionListing:
    envelope = decode_envelope(record.body)
    if envelope is None:
        return summary
    envelope = with_sane_time(envelope)
    started = summary.started or envelope.at
    summary = replace(summary, started=started, changed=envelope.at)
    match envelope.event:
        case ev.SessionOpened(title=title, model=model, folder=folder):
            return replace(
                summary,
                title=_title(title) or summary.title,
                model=model or summary.model,
                folder=folder or summary.folder,
            )
        case ev.SessionRenamed(title=title):
            return replace(summary, title=_title(title))
        case ev.ModelChanged(model=model):
            return replace(summary, model=model)
        case ev.TurnStarted(prompt=prompt) if prompt:
            title = summary.title or _title(prompt)
            return replace(summary, title=title, turns=summary.turns + 1)
    return summary


def _title(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    words = " ".join(first.split())
    return words if len(words) <= _TITLE_LENGTH else words[: _TITLE_LENGTH - 1] + "…"


# -- the cache's rows: what is not exactly what we wrote is as good as absent ------------------
def _row(summary: SessionListing) -> dict[str, object]:
    return {name: getattr(summary, name) for name in _KEPT}


def _entry(name: str, row: object) -> tuple[Stamp, SessionListing] | None:
    match row:
        case [int(size), int(when), dict(values)]:
            summary = _summary(name, values)
            return ((size, when), summary) if summary else None
    return None


def _summary(name: str, values: dict[object, object]) -> SessionListing | None:
    match values:
        case {
            "title": str(title),
            "folder": str(folder),
            "model": str(model),
            "started": int() | float() as started,
            "changed": int() | float() as changed,
            "turns": int(turns),
        } if len(values) == len(_KEPT) and all(
            abs(number) < _MOST_NUMBER for number in (started, changed, turns)
        ):
            return SessionListing(name, title, folder, model, float(started), float(changed), turns)
    return None
