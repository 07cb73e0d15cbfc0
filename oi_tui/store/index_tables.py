"""The tables of the index and what is put into them and taken out.

Owns the numbers by which texts belong to sessions. Knows no file and no journal.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple

from oi_tui.protocol.sessions import HitKind
from oi_tui.store.index_rows import Facts, FoundText
from oi_tui.store.searching import PADDING

VERSION = 1
_SLOTS = 6  # bits: sessions that began in the same second
_TEXTS = 24  # bits: texts of one session
_MOST = (1 << 63) - 1  # that SQLite can count to; file systems and journals may claim more
# Later beginnings count as this one, with room behind it for as many sessions as may claim so.
_LATEST = (_MOST >> (_SLOTS + _TEXTS)) - (1 << 16)
SCHEMA = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY, session_id TEXT UNIQUE NOT NULL,
    inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    indexed INTEGER NOT NULL, tail INTEGER NOT NULL, texts INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    title, named, folder, model, started, changed, turns, cost, pinned, imported, parent_id,
    state, waiting, in_turn, failed
);
CREATE TABLE revisions (last INTEGER NOT NULL);
INSERT INTO revisions VALUES (0);
CREATE INDEX sessions_revision ON sessions (revision);
CREATE TABLE prompts (id INTEGER PRIMARY KEY, at REAL NOT NULL, text TEXT NOT NULL);
CREATE INDEX prompts_at ON prompts (at);
CREATE VIRTUAL TABLE texts USING fts5 (
    text, kind UNINDEXED, block_id UNINDEXED, columnsize = 0, tokenize = 'trigram'
);
CREATE VIRTUAL TABLE trigrams USING fts5vocab (texts, row);
"""

_GET = "SELECT * FROM sessions WHERE session_id = ?"
_PUT = """INSERT OR REPLACE INTO sessions VALUES
    (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class Stamp(NamedTuple):
    """The state of a journal, as the system tells it."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, state: os.stat_result) -> Stamp:
        """Return the stamp of a file."""
        return cls(state.st_ino & _MOST, state.st_size, state.st_mtime_ns & _MOST)


class Row(NamedTuple):
    """What is known of a session: up to which byte its journal was read, and what it said."""

    number: int
    session_id: str
    stamp: Stamp
    indexed: int  # bytes of the journal
    tail: int  # the checksum of the last of them: what grew must begin with what was read
    texts: int  # how many texts it has in the index
    facts: Facts


@dataclass(frozen=True, slots=True)
class Growth:
    """What was read of a journal since `before`; None: it was read from its beginning."""

    session_id: str
    before: Row | None
    stamp: Stamp
    indexed: int
    tail: int
    facts: Facts
    found: tuple[tuple[float, FoundText], ...]  # with the time of each


def row_of(values: tuple[Any, ...]) -> Row:
    """Return a row of the table of sessions, all its columns in order."""
    number, name, inode, size, mtime_ns, indexed, tail, texts = values[:8]
    stamp = Stamp(inode, size, mtime_ns)
    return Row(number, name, stamp, indexed, tail, texts, Facts._make(values[9:]))


def session_of(text_id: int) -> int:
    """Return the number of the session that a text belongs to."""
    return text_id >> _TEXTS


def texts_of(number: int) -> tuple[int, int]:
    """Return the first and the last number that a text of this session can have."""
    return number << _TEXTS, ((number + 1) << _TEXTS) - 1


def last_revision(connection: sqlite3.Connection) -> int:
    """Return a number that grows with each change of a session."""
    (number,) = connection.execute("SELECT last FROM revisions").fetchone()
    return int(number)


def _next_revision(connection: sqlite3.Connection) -> int:
    connection.execute("UPDATE revisions SET last = last + 1")
    return last_revision(connection)


def take_in(connection: sqlite3.Connection, growth: Growth) -> None:
    """Add what a journal grew by, unless another program did so first."""
    known = _row(connection, growth.session_id)
    if growth.before is None:
        if known is not None and known.stamp == growth.stamp:
            return  # another program was quicker
        forget(connection, growth.session_id)
        number, texts = _new_number(connection, growth.facts.started), 0
    elif known is None or known.indexed != growth.before.indexed:
        return  # another program read on from there; what is left is read the next time
    else:
        number, texts = known.number, known.texts
    room = (1 << _TEXTS) - 1 - texts
    found = growth.found[:room]
    first = (number << _TEXTS) + texts + 1
    connection.executemany(
        "INSERT INTO texts (rowid, text, kind, block_id) VALUES (?, ?, ?, ?)",
        [
            (first + place, one.text + PADDING, one.kind.value, one.block_id)
            for place, (_, one) in enumerate(found)
        ],
    )
    connection.executemany(
        "INSERT INTO prompts (id, at, text) VALUES (?, ?, ?)",
        [
            (first + place, at, one.text)
            for place, (at, one) in enumerate(found)
            if one.kind is HitKind.PROMPT
        ],
    )
    facts, stamp = growth.facts, growth.stamp
    values = (
        number,
        growth.session_id,
        stamp.inode,
        stamp.size,
        stamp.mtime_ns,
        growth.indexed,
        growth.tail,
        texts + len(found),
        _next_revision(connection),
        *facts,
    )
    connection.execute(_PUT, values)


def forget(connection: sqlite3.Connection, session_id: str) -> None:
    """Take out everything of a session."""
    known = _row(connection, session_id)
    if known is None:
        return
    first = known.number << _TEXTS
    last = first + (1 << _TEXTS)
    for text_id in range(first, min(last, first + known.texts + 1)):
        connection.execute("DELETE FROM texts WHERE rowid = ?", (text_id,))
    connection.execute("DELETE FROM prompts WHERE id >= ? AND id < ?", (first, last))
    connection.execute("DELETE FROM sessions WHERE number = ?", (known.number,))


def _row(connection: sqlite3.Connection, session_id: str) -> Row | None:
    values = connection.execute(_GET, (session_id,)).fetchone()
    return None if values is None else row_of(values)


def _new_number(connection: sqlite3.Connection, started: float) -> int:
    """Return a free number that grows with the time a session began: newer texts come first."""
    number = min(int(started), _LATEST) << _SLOTS
    while connection.execute("SELECT 1 FROM sessions WHERE number = ?", (number,)).fetchone():
        number += 1
    return number
