"""What may be done to a session that is not open here: add an event, make a whole one, delete it.

Owns that only the holder of a session's lock touches its files. Knows what no event means.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from oi_tui import __version__
from oi_tui.config.private_files import write_atomically
from oi_tui.protocol import events as ev
from oi_tui.protocol.codec import FORMAT_VERSION, encode_envelope
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.store.errors import StoreError, missing, too_large, unreadable, unwritable
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock
from oi_tui.store.reader import Header, header_body, read_journal
from oi_tui.store.records import encode_record
from oi_tui.store.redacting import EventRedactor, Redact
from oi_tui.store.sessions import SessionStore, new_session_id, take, why_closed
from oi_tui.store.trash import Trash
from oi_tui.text.translation import tr


def append(store: SessionStore, session_id: str, event: ev.Event) -> None:
    """Add one event to a session that no program has open.

    Raises:
        StoreError: there is no such session, it is open, or it cannot be written.
    """
    with _held(store, session_id) as (name, lock):
        path = store.folder.journal(name)
        try:
            content = read_journal(path)
        except OSError as error:
            raise unreadable(path, error) from error
        if reason := why_closed(content):
            raise StoreError(ErrorInfo(ErrorKind.STORE, reason))
        last = content.envelopes[-1] if content.envelopes else None
        seq, turn = (last.seq + 1, last.turn) if last is not None else (1, 0)
        journal = Journal(path, name, lock=lock, redact=store.redact, damaged=content.damaged > 0)
        problem = journal.record(ev.Envelope(seq, time.time(), name, turn, event))
        at_the_end = journal.close()  # whatever came before, else the file stays open
        problem = problem or at_the_end
        if problem is not None:
            raise StoreError(problem)


def add(store: SessionStore, envelopes: Iterable[ev.Envelope]) -> str:
    """Make a whole session of events, their session ids aside; return its id.

    It is there whole, and on the disk, or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    if store.ephemeral:
        raise StoreError(ErrorInfo(ErrorKind.STORE, store.ephemeral))
    session_id = new_session_id()
    path = store.folder.journal(session_id)
    try:
        write_atomically(path, b"".join(journal_lines(session_id, envelopes, store.redact)))
    except OSError as error:
        raise StoreError(unwritable(path, error)) from error
    return session_id


def delete(store: SessionStore, session_id: str) -> None:
    """Move a session that no program has open to the trash.

    Raises:
        StoreError: there is no such session, it is open, or its files cannot be moved.
    """
    with _held(store, session_id) as (name, _):
        try:
            Trash(store.folder).put(name)
        except OSError as error:
            raise StoreError(unwritable(store.folder.journal(name), error)) from error


def restore(store: SessionStore, session_id: str) -> None:
    """Take a session back from the trash.

    Raises:
        StoreError: it is not there, or cannot be moved.
    """
    try:
        Trash(store.folder).take_back(session_id)
    except (FileNotFoundError, ValueError) as error:
        raise missing(session_id) from error
    except OSError as error:
        raise StoreError(unwritable(store.folder.journal(session_id), error)) from error


@contextmanager
def _held(store: SessionStore, session_id: str) -> Iterator[tuple[str, SessionLock]]:
    """Hold the lock of a session."""
    name = store.find(session_id)
    lock = store.folder.lock(name)
    reason = take(store.folder, name, lock)
    if reason:
        raise StoreError(
            ErrorInfo(ErrorKind.STORE, reason, hint=tr("Close it there, then try again."))
        )
    try:
        yield name, lock
    finally:
        lock.release()


def journal_lines(
    session_id: str, envelopes: Iterable[ev.Envelope], redact: Redact
) -> Iterator[bytes]:
    """Yield the lines of a journal of these events, as lines of a session with this id."""
    redactor = EventRedactor(redact)
    yield encode_record(header_body(Header(FORMAT_VERSION, session_id, __version__)))
    for envelope in envelopes:
        own = replace(envelope, session_id=session_id, event=redactor.clean(envelope.event))
        try:
            yield encode_record(encode_envelope(own))
        except ValueError:  # a line has a limit; the rest must not be lost with it
            yield encode_record(encode_envelope(replace(own, event=too_large())))
