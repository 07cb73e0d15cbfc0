"""`%save_message` and `%load_message`: the conversation in a JSON file, and back.

Owns which files were written by this program in this run and may be written again unasked. The
form of the messages is `formats.messages`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oi_tui.formats.message_files import message_file
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import Block
from oi_tui.ui.background import in_background
from oi_tui.ui.screens.saving import ask_overwrite
from oi_tui.ui.widgets.status_bar import short_folder

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen


class MessageFiles:
    """Saves and loads messages for one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._written: set[tuple[str, Path]] = set()  # the session, and the file it wrote

    # -- saving -----------------------------------------------------------------------------------
    def save(self, written: str) -> None:
        """Save the messages where the person says."""
        session = self._screen.desk.session
        if session is None:
            self._screen.hint(tr("Nothing is open yet"))
            return
        path = message_file(session.folder, written)
        mine = (session.session_id, path)
        self._save(path, list(self._screen.desk.transcript.blocks), mine, mine in self._written)

    def _save(
        self, path: Path, blocks: Sequence[Block], mine: tuple[str, Path], replace: bool
    ) -> None:
        def saved(count: int) -> None:
            self._written.add(mine)
            said = trn("{count} message", "{count} messages", count)
            where = short_folder(str(path))
            self._screen.errands.say(tr("{count} saved to {path}", count=said, path=where))

        def refused(error: Exception) -> None:
            if isinstance(error, FileExistsError):
                ask_overwrite(self._screen, path, answered)
            else:
                where = short_folder(str(path))
                why = _why(error)
                text = tr(
                    "{path} could not be written: {why}. Nothing is lost.", path=where, why=why
                )
                self._screen.errands.say(text, "error")

        def answered(answer: str | None) -> None:
            if answer == "replace":
                self._save(path, blocks, mine, replace=True)

        in_background(
            self._screen.call_later, lambda: write_messages(path, blocks, replace), saved, refused
        )

    # -- loading ----------------------------------------------------------------------------------
    def load(self, written: str) -> None:
        """Put the messages of a file in place of the conversation."""
        session = self._screen.desk.session
        if session is None:
            self._screen.hint(tr("Nothing is open yet"))
            return
        path = message_file(session.folder, written)
        where = short_folder(str(path))

        def loaded(messages: tuple[ChatMessage, ...]) -> None:
            if self._screen.desk.submit(ops.ReplaceHistory(messages)):
                said = trn("{count} message", "{count} messages", len(messages))
                self._screen.hint(tr("{count} loaded from {path}", count=said, path=where), 6.0)

        def refused(error: Exception) -> None:
            text = tr(
                "{path} could not be loaded: {why} Nothing was changed.",
                path=where,
                why=_sentence(_why(error)),
            )
            self._screen.errands.say(text, "error")

        in_background(self._screen.call_later, lambda: read_messages(path), loaded, refused)


def write_messages(path: Path, blocks: Sequence[Block], replace: bool) -> int:
    """Write blocks as flat messages; return how many.

    Raises:
        FileExistsError: the file is there, and not to be replaced.
        OSError: it could not be written; what was there is as it was.
    """
    from oi_tui.formats.message_files import write_message_file
    from oi_tui.formats.messages import flat_messages

    if path.is_file() and not replace:
        raise FileExistsError(str(path))
    messages = flat_messages(blocks)
    write_message_file(path, messages)
    return len(messages)


def read_messages(path: Path) -> tuple[ChatMessage, ...]:
    """Return the messages of a file.

    Raises:
        OSError: it cannot be read.
        FormatError: it holds no messages.
    """
    from oi_tui.formats.message_files import read_message_file
    from oi_tui.formats.messages import chat_messages

    return chat_messages(read_message_file(path))


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) or type(error).__name__


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
