"""What is done with a session: rename, pin, branch, export, delete and take back, load, run again.

Owns the questions before something is overwritten or deleted, and what is said afterwards. The
session on the screen is changed by its engine, all others on the shelf. Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from oi_tui.engine.live import SessionError, SessionOpener
from oi_tui.formats.message_files import path_in
from oi_tui.protocol import ops
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import blocks_to_rerun
from oi_tui.ui.background import in_background
from oi_tui.ui.keymap import first_label
from oi_tui.ui.screens.saving import ask_overwrite
from oi_tui.ui.widgets.status_bar import short_folder

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen

Result = TypeVar("Result")
SHOWN_TITLE = 40  # characters of a title in a sentence
LONGEST_NAME = 60  # characters of a file's name that is made of a title
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')
_SUFFIXES = {
    ExportFormat.MARKDOWN: ".md",
    ExportFormat.NOTEBOOK: ".ipynb",
    ExportFormat.SCRIPT: "",  # each language has its own
    ExportFormat.HTML: ".html",
    ExportFormat.JSON: ".json",
}


def file_name(title: str, form: ExportFormat) -> str:
    """Return a name for the file that a session of this title becomes."""
    name = _NOT_IN_NAMES.sub("-", one_line(title, LONGEST_NAME)).strip(" .-…")
    return (name or "session") + _SUFFIXES[form]


def problem_of(error: Exception) -> str:
    """Return what went wrong, in words for a person."""
    if isinstance(error, SessionError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f"{short_folder(str(error.filename))}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return one_line(f"{type(error).__name__}: {error}", 200)


class SessionErrands:
    """Runs errands about sessions for one main screen. An empty id is the session on it."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self._opener = screen, opener
        self._deleted: list[tuple[str, str]] = []  # ids and titles, the last one at the end

    # -- title and pin --------------------------------------------------------------------------
    def rename(self, session_id: str = "") -> None:
        """Ask for another title."""
        from oi_tui.ui.screens.ask_line import AskLine

        session_id = session_id or self._current
        if not session_id:
            self._say_nothing_open()
            return

        def named(title: str | None) -> None:
            if title and title != old:
                self._change(
                    session_id,
                    ops.RenameSession(title),
                    lambda: self._opener.shelf.rename(session_id, title),
                )

        old = self._title_of(session_id)
        self._screen.app.push_screen(AskLine(tr("What should this session be called?"), old), named)

    def pin(self, session_id: str = "") -> None:
        """Keep a session above all others, or no longer."""
        session_id = session_id or self._current
        listing = self._screen.sidebar.listing(session_id)
        if listing is None:
            self._say_nothing_open()
            return
        on = not listing.pinned
        self._change(session_id, ops.PinSession(on), lambda: self._opener.shelf.pin(session_id, on))

    def _change(self, session_id: str, op: ops.Op, change: Callable[[], None]) -> None:
        if session_id == self._current and self._screen.desk.submit(op):
            return  # its event comes back, and the list is read anew
        self._do(change, lambda _done: self._refresh())

    # -- branches, and files of others ----------------------------------------------------------
    def branch(self, session_id: str = "", block_id: str = "") -> None:
        """Go on from a copy of a session, up to and with a block or of all of it."""
        session_id = session_id or self._current
        if not session_id:
            self._say_nothing_open()
            return

        def go() -> None:
            self._do(
                lambda: self._opener.shelf.branch(session_id, block_id),
                self._screen.errands.go_to_session,
            )

        self._screen.errands.unless_busy(tr("Leave this session?"), tr("Stop it and leave"), go)

    def load(self, path: str) -> None:
        """Make a session of a file, and open it."""

        def loaded(session_id: str) -> None:
            name = one_line(Path(path).name, SHOWN_TITLE)
            self._say(tr("{name} is a session now. Nothing of it ran.", name=name))
            self._screen.errands.switch(session_id)

        self._do(lambda: self._opener.shelf.load(Path(path)), loaded)

    # -- files ----------------------------------------------------------------------------------
    def export(
        self, session_id: str = "", form: ExportFormat | None = None, path: str = ""
    ) -> None:
        """Write a session to files; asks for what is not given."""
        session_id = session_id or self._current
        if not session_id:
            self._say_nothing_open()
        elif form is None:
            self._ask_format(session_id, path)
        elif not path:
            self._ask_path(session_id, form)
        else:
            self._export(session_id, form, Path(path))

    def _ask_format(self, session_id: str, path: str) -> None:
        def answered(answer: str | None) -> None:
            if answer:
                self.export(session_id, ExportFormat(answer), path)

        self._screen.errands.ask(
            tr("Export it as what?"),
            one_line(self._title_of(session_id), SHOWN_TITLE),
            (
                (ExportFormat.MARKDOWN, "m", tr("Markdown, to read and to share")),
                (ExportFormat.NOTEBOOK, "n", tr("Jupyter notebook, outputs and pictures in it")),
                (ExportFormat.SCRIPT, "s", tr("Scripts, of the code that ran well")),
                (ExportFormat.HTML, "h", tr("A page for the browser, in one file")),
                (ExportFormat.JSON, "j", tr("JSON, to load it again or elsewhere")),
            ),
            answered,
        )

    def _ask_path(self, session_id: str, form: ExportFormat) -> None:
        from oi_tui.ui.screens.ask_line import AskLine

        session = self._screen.desk.session
        folder = session.folder if session is not None else str(Path.cwd())

        def named(written: str | None) -> None:
            if written:
                self._export(session_id, form, path_in(folder, written))

        about = tr("A name alone goes to {folder}.", folder=short_folder(folder))
        name = file_name(self._title_of(session_id), form)
        self._screen.app.push_screen(AskLine(tr("Export to which file?"), name, about), named)

    def _export(
        self, session_id: str, form: ExportFormat, path: Path, *, overwrite: bool = False
    ) -> None:
        def refused(error: Exception) -> None:
            if isinstance(error, FileExistsError) and not overwrite:
                ask_overwrite(self._screen, Path(error.filename or path), answered)
            else:
                self._fail(error)

        def answered(answer: str | None) -> None:
            if answer == "replace":
                self._export(session_id, form, path, overwrite=True)

        in_background(
            self._screen.call_later,
            lambda: self._opener.shelf.export(session_id, path, form, overwrite=overwrite),
            lambda paths: self._say(
                tr(
                    "Exported to {paths}",
                    paths=", ".join(short_folder(str(written)) for written in paths),
                )
            ),
            refused,
        )

    # -- deleting -------------------------------------------------------------------------------
    def delete(self, session_id: str = "") -> None:
        """Put a session into the trash; asks if it is the one on the screen."""
        session_id = session_id or self._current
        if not session_id:
            self._say_nothing_open()
        elif session_id != self._current:
            self._delete(session_id, self._title_of(session_id))
        else:
            self._ask_delete(session_id)

    def _ask_delete(self, session_id: str) -> None:
        title = self._title_of(session_id)

        async def leave_and_delete() -> None:
            await self._screen.desk.open_new()  # once the old one is closed
            self._delete(session_id, title)

        def answered(answer: str | None) -> None:
            if answer == "delete":
                self._screen.facts.is_tour = False
                self._screen.run_worker(leave_and_delete(), group="session", exclusive=True)

        self._screen.errands.ask(
            tr("Delete this session?"),
            tr("A new one is opened in its place. What runs is stopped."),
            (("", "n", tr("Keep it")), ("delete", "d", tr("Delete it"))),
            answered,
        )

    def _delete(self, session_id: str, title: str) -> None:
        def deleted(_done: None) -> None:
            self._deleted.append((session_id, title))
            key = first_label("sidebar.undo", self._screen.keymap)
            self._say(tr("Deleted. {key} in the list takes it back.", key=key))
            self._refresh()

        self._do(lambda: self._opener.shelf.delete(session_id), deleted)

    def undo_delete(self) -> None:
        """Take back the session that was deleted last."""
        if not self._deleted:
            self._screen.hint(tr("Nothing was deleted"))
            return
        session_id, title = self._deleted.pop()

        def restored(_done: None) -> None:
            name = one_line(title, SHOWN_TITLE) or tr("New session")
            self._say(tr("“{title}” is back", title=name))
            self._refresh()

        def refused(error: Exception) -> None:
            self._deleted.append((session_id, title))
            self._fail(error)

        in_background(
            self._screen.call_later,
            lambda: self._opener.shelf.restore(session_id),
            restored,
            refused,
        )

    # -- running again --------------------------------------------------------------------------
    def replay(self) -> None:
        """Propose again what ran well before, one piece after another."""
        blocks = blocks_to_rerun(self._screen.desk.transcript.blocks)
        if not blocks or self._screen.desk.engine is None:
            self._screen.hint(tr("Nothing can run in this session"))
            return
        self._screen.approval.proposals.expect_reruns(len(blocks))
        self._screen.desk.submit(ops.ReplayRuns(blocks))

    # -- helpers --------------------------------------------------------------------------------
    @property
    def _current(self) -> str:
        session = self._screen.desk.session
        return session.session_id if session is not None else ""

    def _title_of(self, session_id: str) -> str:
        if session_id == self._current:
            return self._screen.desk.transcript.title
        listing = self._screen.sidebar.listing(session_id)
        return listing.title if listing is not None else ""

    def _do(self, work: Callable[[], Result], done: Callable[[Result], object]) -> None:
        in_background(self._screen.call_later, work, done, self._fail)

    def _refresh(self) -> None:
        self._screen.session_browser.refresh()

    def _say(self, text: str) -> None:
        self._screen.errands.say(text)

    def _say_nothing_open(self) -> None:
        self._screen.hint(tr("Nothing is open yet"))

    def _fail(self, error: Exception) -> None:
        self._screen.errands.say(problem_of(error), "error")
