"""What lies in the trash, as a list of sessions.

Owns how a deleted session is told from another: by its title and when it was deleted. Changes
nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from oi_tui.protocol.sessions import SessionListing
from oi_tui.store.folder import SessionFolder, time_in
from oi_tui.store.reader import read_journal
from oi_tui.store.trash import Trash
from oi_tui.transcript import Transcript


def deleted_sessions(folder: SessionFolder) -> list[SessionListing]:
    """Return the deleted sessions of a folder, the last deleted first."""
    return sorted(_listings(Trash(folder).contents), key=lambda one: one.changed, reverse=True)


def _listings(trash: SessionFolder) -> Iterator[SessionListing]:
    for session_id in trash.names()[0]:
        state = trash.state(session_id)
        if state is None:
            continue
        transcript = Transcript()
        with contextlib.suppress(OSError):  # it can be taken back all the same
            transcript.replay(read_journal(trash.journal(session_id)).envelopes)
        yield SessionListing(
            session_id, transcript.title, started=time_in(session_id), changed=state.st_mtime
        )
