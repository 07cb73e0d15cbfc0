"""The kept sessions for front ends: see `engine.shelf.SessionShelf`.

Owns the way between the store, the formats and the words for a person. Knows no screen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from oi_tui.assembly.branching import NoBlockError, branch
from oi_tui.assembly.deleted import deleted_sessions
from oi_tui.assembly.exporting import write_all
from oi_tui.engine.live import SessionError
from oi_tui.protocol import events as ev
from oi_tui.protocol.sessions import ExportFormat, SearchHit, SessionListing
from oi_tui.store import changing
from oi_tui.store.errors import StoreError, unreadable
from oi_tui.store.reader import read_journal
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import Transcript

if TYPE_CHECKING:
    from oi_tui.store.sessions import SessionStore

_MOST_IMPORT = 512 << 20  # bytes of a file; the formats themselves take less


class Shelf:
    """See `SessionShelf`."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    # -- looking ------------------------------------------------------------------------------
    def sessions(self, limit: int | None = None) -> Sequence[SessionListing]:
        """List the sessions: pinned first, then by when they changed last."""
        return self._store.list(limit)

    def search(self, words: str, limit: int = 200) -> Sequence[SearchHit]:
        """Find all of the words in titles and contents, newest sessions first."""
        return [] if self._store.ephemeral else self._store.index.search(words, limit)

    def settle(self) -> None:
        """Return once everything that is there now can be found."""
        if not self._store.ephemeral:
            self._store.index.settle()

    def prompts(self, limit: int = 500) -> Sequence[str]:
        """Return the prompts that were sent last, the newest last."""
        return [] if self._store.ephemeral else self._store.index.prompts(limit)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed`, from a thread, when more is known."""
        if not self._store.ephemeral:
            self._store.index.watch(changed)

    def read(self, session_id: str) -> Sequence[ev.Envelope]:
        """Return the events of a session without opening it."""
        with _in_words():
            path = self._store.folder.journal(self._store.find(session_id))
            try:
                return read_journal(path).envelopes
            except OSError as error:
                raise unreadable(path, error) from error

    # -- changing -----------------------------------------------------------------------------
    def rename(self, session_id: str, title: str) -> None:
        """Give a session that is not open here another title."""
        with _in_words():
            changing.append(self._store, session_id, ev.SessionRenamed(one_line(title)))

    def pin(self, session_id: str, on: bool) -> None:
        """Keep a session that is not open here above all others, or no longer."""
        with _in_words():
            changing.append(self._store, session_id, ev.SessionPinned(on))

    def delete(self, session_id: str) -> None:
        """Move a session to the trash."""
        with _in_words():
            changing.delete(self._store, session_id)

    def restore(self, session_id: str) -> None:
        """Take a session back from the trash."""
        with _in_words():
            changing.restore(self._store, session_id)

    def deleted(self) -> Sequence[SessionListing]:
        """List the deleted sessions, the last deleted first."""
        return [] if self._store.ephemeral else deleted_sessions(self._store.folder)

    def branch(self, session_id: str, block_id: str = "") -> str:
        """Copy a session up to and with a block into a new one; return its id."""
        envelopes = self.read(session_id)
        with _in_words():
            name = self._store.find(session_id)
            try:
                copied = branch(envelopes, name, block_id, _title_of(envelopes))
            except NoBlockError as error:
                raise SessionError(tr("This block is not in the session any more.")) from error
            return changing.add(self._store, copied)

    # -- files --------------------------------------------------------------------------------
    def export(
        self,
        session_id: str,
        target: Path,
        form: ExportFormat,
        *,
        overwrite: bool = False,
        exact: bool = False,
    ) -> Sequence[Path]:
        """Write a session to files that are named after `target`, or to this one; return them."""
        from oi_tui.formats.exports import export, one_file

        envelopes = self.read(session_id)
        files = export(form, envelopes, _title_of(envelopes))
        if exact:
            files = one_file(files, target.name)
        if not files:
            raise SessionError(tr("No code of this session ran well: there is no script to write."))
        return write_all(files, target, overwrite=overwrite, exact=exact)

    def load(self, source: Path) -> str:
        """Make a new session of a file that was exported here or by Open Interpreter."""
        from oi_tui.formats.imports import events_from
        from oi_tui.formats.kinds import FormatError

        try:
            with open(source, "rb") as stream:
                events = events_from(stream.read(_MOST_IMPORT), source.name)
        except OSError as error:
            problem = error.strerror or str(error)
            raise SessionError(f"{one_line(source.name)}: {problem}") from error
        except FormatError as error:
            raise SessionError(f"{one_line(source.name)}: {error}") from error
        with _in_words():
            return changing.add(self._store, _numbered(events, os.path.getmtime(source)))


@contextmanager
def _in_words() -> Iterator[None]:
    """Say the store's errors as front ends expect them."""
    try:
        yield
    except StoreError as error:
        parts = (error.info.title, error.info.detail, error.info.hint)
        raise SessionError(" ".join(part for part in parts if part)) from error


def _title_of(envelopes: Sequence[ev.Envelope]) -> str:
    transcript = Transcript()
    transcript.replay(envelopes)
    return transcript.title


def _numbered(events: Sequence[ev.Event], at: float) -> Iterator[ev.Envelope]:
    turn = 0
    for seq, event in enumerate(events, 1):
        turn += isinstance(event, ev.TurnStarted)
        yield ev.Envelope(seq, at, "", turn, event)
