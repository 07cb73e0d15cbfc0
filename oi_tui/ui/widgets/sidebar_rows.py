"""The rows of the session browser: pinned and by day, those whose titles fit, then hits in texts.

Pure: from listings, a filter and hits to rows. Owns what a filter finds in a title and how rows
are grouped. Makes nothing for a session but its place, so that ten thousand stay quick. Knows no
widget and no file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from oi_tui.protocol.sessions import HitKind, SearchHit, SessionListing
from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of our own above some sessions or hits; an empty one keeps them apart."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class HitRow:
    """Words found in a text, and the session it is of."""

    hit: SearchHit
    title: str


Row = Heading | SessionListing | HitRow
Key = tuple[str, str, str]  # session, block, snippet: what a row is about, whatever its place


def key_of(row: Row) -> Key | None:
    """Return what a row is about; None: the cursor cannot stand on it."""
    match row:
        case SessionListing(session_id=session_id):
            return session_id, "", ""
        case HitRow(hit=hit):
            return hit.session_id, hit.block_id, hit.snippet
        case _:
            return None


def height_of(row: Row) -> int:
    """Return how many lines a row takes."""
    return 2 if isinstance(row, HitRow) else 1


def words_of(wanted: str) -> tuple[str, ...]:
    """Return the words of a filter, as they are compared; all of them have to be there."""
    return tuple(wanted.casefold().split())


@dataclass(frozen=True, slots=True)
class Shelf:
    """All sessions in the order of the list, ready to be filtered many times."""

    sessions: Sequence[SessionListing] = ()
    titles: Sequence[str] = ()  # of the same sessions, as they are compared
    by_id: Mapping[str, SessionListing] = field(default_factory=dict)

    @classmethod
    def of(cls, sessions: Iterable[SessionListing]) -> Shelf:
        """Put sessions in order: pinned first, then what changed last."""
        ordered = sorted(sessions, key=lambda session: (not session.pinned, -session.changed))
        titles = [session.title.casefold() for session in ordered]
        return cls(ordered, titles, {session.session_id: session for session in ordered})

    def fitting(self, words: Sequence[str], folder: str) -> Iterator[SessionListing]:
        """Yield the sessions with all these words in the title; empty `folder`: of any folder."""
        for session, title in zip(self.sessions, self.titles, strict=True):
            if folder and session.folder != folder:
                continue
            if all(word in title for word in words):
                yield session


def session_rows(sessions: Iterable[SessionListing], now: dt.datetime) -> list[Row]:
    """Return sessions below headings: the pinned ones, then a group for each day."""
    rows: list[Row] = []
    heading, day_began = "", float("inf")
    for session in sessions:
        if session.pinned:
            text = tr("Pinned")
        elif session.changed < day_began:
            day = dt.datetime.fromtimestamp(session.changed, now.tzinfo).date()
            day_began = dt.datetime.combine(day, dt.time(), now.tzinfo).timestamp()
            text = day_heading(day, now.date())
        else:
            text = heading
        if text != heading:
            if rows:
                rows.append(Heading())
            rows.append(Heading(text))
            heading = text
        rows.append(session)
    return rows


def day_heading(day: dt.date, today: dt.date) -> str:
    """Return the heading of a day."""
    age = (today - day).days
    if age <= 0:
        return tr("Today")
    if age == 1:
        return tr("Yesterday")
    return day.strftime("%A") if age < 7 else day.strftime("%-d %B %Y")


def hit_rows(
    hits: Iterable[SearchHit], shelf: Shelf, shown: Iterable[Row], folder: str
) -> list[Row]:
    """Return hits below a heading; a title that is listed already, or of no interest, is not."""
    listed = {row.session_id for row in shown if isinstance(row, SessionListing)}
    rows: list[Row] = []
    for hit in hits:
        session = shelf.by_id.get(hit.session_id)
        if folder and (session is None or session.folder != folder):
            continue
        if hit.kind is HitKind.TITLE and hit.session_id in listed:
            continue
        rows.append(HitRow(hit, session.title if session is not None else ""))
    if not rows:
        return rows
    return [Heading(tr("In the texts · {count}", count=len(rows))), *rows]


def still_hits(hits: Iterable[SearchHit], words: Sequence[str]) -> list[SearchHit]:
    """Return those hits of an earlier filter that this one finds as well, as far as they tell."""
    return [hit for hit in hits if all(word in hit.snippet.casefold() for word in words)]


def all_rows(
    shelf: Shelf, hits: Iterable[SearchHit], words: Sequence[str], folder: str, now: dt.datetime
) -> list[Row]:
    """Return everything that is listed for a filter of these words."""
    rows = session_rows(shelf.fitting(words, folder), now)
    found = hit_rows(hits, shelf, rows, folder) if words else []
    return [*rows, Heading(), *found] if rows and found else [*rows, *found]
