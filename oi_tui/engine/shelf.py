"""What front ends may do with kept sessions: list, search, look into, change, move, copy.

Owns the seam between the rooms that show sessions and those that keep them. Knows no file format
and no widget. Everything here may block: call it from a background thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.protocol.events import Envelope
    from oi_tui.protocol.sessions import ExportFormat, SearchHit, SessionListing


class SessionShelf(Protocol):
    """The kept sessions of this person.

    Methods that name a session raise `SessionError` where it does not exist, cannot be read or
    written, or is open in another program (with words for the person).
    """

    def sessions(self, limit: int | None = None) -> Sequence[SessionListing]:
        """List the sessions: pinned first, then by `changed`, newest first.

        Never waits for the index: what is not indexed yet is listed by what its file's name and
        time say, and told again by `watch`.
        """
        ...

    def search(self, words: str, limit: int = 200) -> Sequence[SearchHit]:
        """Find all of the words (any script) in titles and contents, newest sessions first."""
        ...

    def settle(self) -> None:
        """Return once everything that is there now can be found. May take long the first time."""
        ...

    def prompts(self, limit: int = 500) -> Sequence[str]:
        """Return the prompts that were sent last in any session, the newest last, none twice."""
        ...

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed`, from a thread, when the index learned of sessions or contents."""
        ...

    def read(self, session_id: str) -> Sequence[Envelope]:
        """Return the events of a session without opening it, as for a preview."""
        ...

    def rename(self, session_id: str, title: str) -> None:
        """Give a session that is not open here another title."""
        ...

    def pin(self, session_id: str, on: bool) -> None:
        """Keep a session that is not open here above all others, or no longer."""
        ...

    def delete(self, session_id: str) -> None:
        """Move a session to the trash, from which `restore` takes it back."""
        ...

    def restore(self, session_id: str) -> None:
        """Take a session back from the trash."""
        ...

    def deleted(self) -> Sequence[SessionListing]:
        """List what `restore` can take back, the last deleted first; `changed`: when it was."""
        ...

    def branch(self, session_id: str, block_id: str = "") -> str:
        """Copy a session up to and with a block (empty: all of it) into a new one; return its id.

        Blocks of the transcript are whole in the copy: a run is kept with its end.
        """
        ...

    def export(
        self,
        session_id: str,
        target: Path,
        form: ExportFormat,
        *,
        overwrite: bool = False,
        exact: bool = False,
    ) -> Sequence[Path]:
        """Write a session to files that are named after `target`; return them.

        `exact`: to the one file of this name; as a script, the code of the language it ends with.

        Raises:
            FileExistsError: one is there already, and not to be overwritten.
            OSError: they could not be written; what was there is as it was.
        """
        ...

    def load(self, source: Path) -> str:
        """Make a new session of a file that was exported here or by Open Interpreter.

        Returns its id. Nothing of it runs, is approved or changes a setting.
        """
        ...
