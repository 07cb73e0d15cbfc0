"""Questions to the index: which sessions and blocks hold all of some words.

Knows the tables, no file and no journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from oi_tui.protocol.sessions import HitKind, SearchHit
from oi_tui.store.index_tables import session_of, texts_of
from oi_tui.store.known import Known
from oi_tui.store.searching import TRIGRAM, phrase, phrases, place_of, snippet, words_of

_MOST_MATCHES = 5_000  # texts of one word that are looked at, the newest sessions first
_MOST_TRIGRAMS = 2_000  # that may begin with a short word
_AT_ONCE = 200  # of them in one question
_HITS_EACH = 5  # of one session


def search(
    connection: sqlite3.Connection, sessions: Known, query: str, limit: int
) -> list[SearchHit]:
    """Return the hits, those of the session that changed last first, its title before the rest."""
    words = words_of(query)
    if not words:
        return []
    known, titles = sessions.by_number, _titles(sessions.titles, words)
    by_session = _matching(connection, words, limit)
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


def _matching(
    connection: sqlite3.Connection, words: tuple[str, ...], limit: int
) -> dict[int, list[int]]:
    """Return the sessions that hold all words, each with the texts to be shown of it.

    Those that have them in one text come first; others are looked for while there is room.
    """
    queries = {word: _query(connection, word) for word in words}
    if not all(queries.values()):
        return {}
    if len(words) == 1:
        return _by_session(_texts(connection, queries[words[0]]))
    together = " AND ".join(f"({' OR '.join(group)})" for group in queries.values())
    found = _by_session(_texts(connection, [together]))
    if len(found) >= limit:
        return found
    texts = {word: _texts(connection, group) for word, group in queries.items()}
    rarest = min(words, key=lambda word: len(texts[word]))
    for number, text_ids in _by_session(texts[rarest]).items():
        others = (queries[word] for word in words if word != rarest)
        if number not in found and all(_holds(connection, number, group) for group in others):
            found[number] = text_ids
    return found


def _texts(connection: sqlite3.Connection, queries: Iterable[str]) -> set[int]:
    """Return the texts that match any of these, those of the newest sessions where many do."""
    found: set[int] = set()
    for query in queries:
        rows = connection.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?",
            (query, _MOST_MATCHES),
        )
        found.update(text_id for (text_id,) in rows)
        if len(found) >= _MOST_MATCHES:
            break
    return found


def _holds(connection: sqlite3.Connection, number: int, queries: Iterable[str]) -> bool:
    first, last = texts_of(number)
    return any(
        connection.execute(
            "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? LIMIT 1",
            (query, first, last),
        ).fetchone()
        for query in queries
    )


def _query(connection: sqlite3.Connection, word: str) -> list[str]:
    """Return what to ask for a word; any of it will do. Empty: nothing can hold it.

    A word that is shorter than what the index knows is asked for by all that begin with it.
    """
    if len(word) >= TRIGRAM:
        return [phrase(word)]
    first = word.lower()
    rows = connection.execute(
        "SELECT term FROM trigrams WHERE term >= ? AND term < ? LIMIT ?",
        (first, first + "\U0010ffff", _MOST_TRIGRAMS),
    )
    terms = [term for (term,) in rows]
    return [phrases(terms[at : at + _AT_ONCE]) for at in range(0, len(terms), _AT_ONCE)]


def _by_session(text_ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for text_id in sorted(text_ids):
        found.setdefault(session_of(text_id), []).append(text_id)
    return found


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
