"""Questions to the index: which sessions and blocks hold all of some words.

Knows the tables, no file and no journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from oi_tui.protocol.sessions import HitKind, SearchHit
from oi_tui.store.index_tables import session_of
from oi_tui.store.known import Known
from oi_tui.store.searching import TRIGRAM, phrase, phrases, place_of, snippet, words_of

_MOST_MATCHES = 5_000  # texts of one word that are looked at, the newest sessions first
_MOST_TRIGRAMS = 400  # that may begin with a short word
_HITS_EACH = 5  # of one session


def search(
    connection: sqlite3.Connection, sessions: Known, query: str, limit: int
) -> list[SearchHit]:
    """Return the hits, those of the session that changed last first, its title before the rest."""
    words = words_of(query)
    if not words:
        return []
    known, titles = sessions.by_number, _titles(sessions.titles, words)
    matches = [_matches(connection, word) for word in words]
    by_session = _by_session(set.intersection(*matches))
    for number in _in_same_session(matches) - by_session.keys():
        by_session[number] = _longest(matches, words, number)
    numbers = [number for number in {*titles, *by_session} if number in known]
    numbers.sort(key=lambda one: (known[one].facts.changed, known[one].session_id), reverse=True)
    hits: list[SearchHit] = []
    for number in numbers:
        row = known[number]
        if number in titles:
            hits.append(_hit(row.session_id, HitKind.TITLE, "", words, row.facts.title))
        hits += _text_hits(connection, row.session_id, by_session.get(number, ()), words)
        if len(hits) >= limit:
            break
    return hits[:limit]


def _titles(titles: Mapping[int, str], words: tuple[str, ...]) -> set[int]:
    """Return the sessions whose title holds all words."""
    found: Iterable[tuple[int, str]] = titles.items()
    for word in (word.casefold() for word in words):
        found = [(number, title) for number, title in found if word in title]
    return {number for number, _ in found}


def _matches(connection: sqlite3.Connection, word: str) -> set[int]:
    """Return the texts that hold a word, those of the newest sessions."""
    wanted = phrase(word) if len(word) >= TRIGRAM else _short(connection, word)
    if not wanted:
        return set()
    rows = connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?",
        (wanted, _MOST_MATCHES),
    )
    return {text_id for (text_id,) in rows}


def _short(connection: sqlite3.Connection, word: str) -> str:
    """Return the query for a word that is shorter than what the index knows; empty: none has it."""
    first = word.lower()
    rows = connection.execute(
        "SELECT term FROM trigrams WHERE term >= ? AND term < ? LIMIT ?",
        (first, first + "\U0010ffff", _MOST_TRIGRAMS),
    )
    return phrases([term for (term,) in rows])


def _by_session(text_ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for text_id in sorted(text_ids):
        found.setdefault(session_of(text_id), []).append(text_id)
    return found


def _in_same_session(matches: list[set[int]]) -> set[int]:
    """Return the sessions that hold every word somewhere."""
    return set.intersection(*({session_of(one) for one in found} for found in matches))


def _longest(matches: list[set[int]], words: tuple[str, ...], number: int) -> list[int]:
    """Return the texts of one session that hold the longest, the most telling, word."""
    place = max(range(len(words)), key=lambda one: len(words[one]))
    return sorted(one for one in matches[place] if session_of(one) == number)


def _text_hits(
    connection: sqlite3.Connection, session_id: str, text_ids: Iterable[int], words: tuple[str, ...]
) -> list[SearchHit]:
    hits: list[SearchHit] = []
    seen: set[str] = set()
    for text_id in text_ids:
        row = connection.execute(
            "SELECT text, kind, block_id FROM texts WHERE rowid = ?", (text_id,)
        ).fetchone()
        if row is None or row[2] in seen or not any(place_of(word, row[0]) for word in words):
            continue
        seen.add(row[2])
        hits.append(_hit(session_id, HitKind(row[1]), row[2], words, row[0]))
        if len(hits) == _HITS_EACH:
            break
    return hits


def _hit(
    session_id: str, kind: HitKind, block_id: str, words: tuple[str, ...], text: str
) -> SearchHit:
    there = [word for word in words if place_of(word, text) is not None]
    shown, start, end = snippet(max(there or words, key=len), text)
    return SearchHit(session_id, kind, block_id, shown, start, end)
