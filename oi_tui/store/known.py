"""All sessions of the index, held in memory and brought up to date by what changed.

Ten thousand rows cost more to read than a person may wait for a list, so only rows with a new
revision are read again. Knows no journal.
"""

from __future__ import annotations

import sqlite3

from oi_tui.protocol.sessions import SessionListing
from oi_tui.store.index_tables import Row, last_revision, row_of


class Known:
    """The rows by session and by number, and their lines of the list while nobody has them open."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.by_number: dict[int, Row] = {}
        self.titles: dict[int, str] = {}  # by number, as a search compares them
        self._revision = 0
        self._listings: dict[str, tuple[Row, SessionListing]] = {}

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Learn what changed since the last time."""
        last = last_revision(connection)
        (count,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
        if last < self._revision or count < len(self.rows):  # another index, or some are gone
            self._forget()
        if last == self._revision:
            return
        query = "SELECT * FROM sessions WHERE revision > ?"
        for values in connection.execute(query, (self._revision,)):
            self.put(row_of(values))
        self._revision = last

    def put(self, row: Row) -> None:
        """Know a row."""
        old = self.rows.get(row.session_id)
        if old is not None:
            self.by_number.pop(old.number, None)
            self.titles.pop(old.number, None)
        self.rows[row.session_id] = row
        self.by_number[row.number] = row
        self.titles[row.number] = row.facts.title.casefold()

    def listing(self, row: Row) -> SessionListing:
        """Return the line of a session that nobody has open."""
        kept = self._listings.get(row.session_id)
        if kept is None or kept[0] is not row:
            kept = (row, row.facts.listing(row.session_id, is_open=False, is_elsewhere=False))
            self._listings[row.session_id] = kept
        return kept[1]

    def _forget(self) -> None:
        self.rows, self.by_number, self.titles, self._listings = {}, {}, {}, {}
        self._revision = 0
