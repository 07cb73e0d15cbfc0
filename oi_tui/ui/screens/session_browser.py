"""What feeds the session browser: listings, hits of a search, a preview, and the way to a session.

Owns what is read in the background and that no stale answer is shown. Knows the sidebar by what it
asks for, and no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from oi_tui.engine.live import LiveSession, SessionOpener
from oi_tui.protocol.sessions import SearchHit, SessionListing
from oi_tui.text.translation import tr
from oi_tui.transcript import Transcript
from oi_tui.ui.background import in_background
from oi_tui.ui.screens.session_errands import SessionErrands, problem_of
from oi_tui.ui.widgets import sidebar_messages as sidebar
from oi_tui.ui.widgets.session_preview import Summary, summary_of
from oi_tui.ui.widgets.sidebar_messages import Errand

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen

FromSidebar = (
    sidebar.Opened
    | sidebar.Asked
    | sidebar.SearchRequested
    | sidebar.PreviewRequested
    | sidebar.Left
)


class SessionBrowser:
    """Serves the sidebar of one main screen."""

    def __init__(self, screen: MainScreen, opener: SessionOpener, errands: SessionErrands) -> None:
        self._screen, self._opener, self._errands = screen, opener, errands
        self._is_reading = self._reads_again = False
        self._is_searching = False
        self._wanted = ""  # the words looked for last
        self._goal: sidebar.Opened | None = None  # the hit to go to once its session is open
        opener.shelf.watch(self._changed)

    def serve(self, message: FromSidebar) -> None:
        """Do what the person asked for in the sidebar."""
        match message:
            case sidebar.Opened():
                self.open(message)
            case sidebar.Asked(errand=errand, session_id=session_id):
                self._run(errand, session_id)
            case sidebar.SearchRequested(wanted=wanted):
                self._search(wanted)
            case sidebar.PreviewRequested(session_id=session_id):
                self._preview(session_id)
            case sidebar.Left():
                self._leave()

    def _run(self, errand: Errand, session_id: str) -> None:
        match errand:
            case Errand.NEW:
                self._screen.errands.switch("")
            case Errand.LOOK_ANEW:
                self.refresh()
            case Errand.RENAME:
                self._errands.rename(session_id)
            case Errand.PIN:
                self._errands.pin(session_id)
            case Errand.BRANCH:
                self._errands.branch(session_id)
            case Errand.EXPORT:
                self._errands.export(session_id)
            case Errand.DELETE:
                self._errands.delete(session_id)
            case Errand.COPY_ID:
                self._screen.errands.copy_text(session_id)
            case Errand.UNDO:
                self._errands.undo_delete()

    def _changed(self) -> None:
        """The shelf learned something; it says so in a thread of its own."""
        self._screen.call_later(self.refresh)

    # -- listings -------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Read the list of sessions anew, once more if it is being read."""
        if self._is_reading:
            self._reads_again = True
            return
        self._is_reading = True
        in_background(
            self._screen.call_later, self._opener.shelf.sessions, self._show, self._fail_to_list
        )

    def _show(self, sessions: Sequence[SessionListing]) -> None:
        current = self._screen.desk.session
        session_id = current.session_id if current is not None else ""
        folder = current.folder if current is not None else ""
        self._screen.sidebar.show(sessions, session_id, folder)
        self._end_reading()

    def _fail_to_list(self, error: Exception) -> None:
        why = problem_of(error)
        words = tr("The list of sessions could not be read: {why}", why=why)
        self._screen.errands.say(words, "warning")
        self._end_reading()

    def _end_reading(self) -> None:
        again, self._is_reading, self._reads_again = self._reads_again, False, False
        if again:
            self.refresh()

    # -- searching ------------------------------------------------------------------------------
    def _search(self, wanted: str) -> None:
        """Look for words; one search at a time, the last one wins."""
        self._wanted = wanted
        if self._is_searching:
            return
        self._is_searching = True

        def found(hits: Sequence[SearchHit]) -> None:
            self._is_searching = False
            self._screen.sidebar.show_hits(wanted, hits)
            if self._wanted != wanted:
                self._search(self._wanted)

        def refused(error: Exception) -> None:
            self._is_searching = False
            why = problem_of(error)
            self._screen.errands.say(
                tr("The texts could not be searched: {why}", why=why), "warning"
            )

        in_background(
            self._screen.call_later, lambda: self._opener.shelf.search(wanted), found, refused
        )

    # -- opening --------------------------------------------------------------------------------
    def open(self, chosen: sidebar.Opened) -> None:
        """Open a session, and go to the block of a hit in it."""
        self._screen.sidebar.end_preview()
        current = self._screen.desk.session
        if current is not None and chosen.session_id == current.session_id:
            self._goal = None
            self._close_overlay()
            self._go_to(chosen)
            return
        self._goal = chosen
        self._screen.errands.switch(chosen.session_id)

    def opened(self, session: LiveSession) -> None:
        """A session is on the screen: go to what was chosen in it."""
        goal, self._goal = self._goal, None
        if goal is not None and goal.session_id == session.session_id and goal.block_id:
            self._go_to(goal)
        self.refresh()

    def _go_to(self, chosen: sidebar.Opened) -> None:
        conversation = self._screen.conversation
        if chosen.block_id:
            conversation.go_to(chosen.block_id, chosen.words)
            self._screen.call_after_refresh(conversation.focus)
        else:
            self._screen.prompt.focus()

    def _leave(self) -> None:
        self._close_overlay()
        before = self._screen.sidebar.take_came_from()
        (before if before is not None and before.focusable else self._screen.prompt).focus()

    def _close_overlay(self) -> None:
        self._screen.remove_class("-sidebar-open")

    # -- preview --------------------------------------------------------------------------------
    def _preview(self, session_id: str) -> None:
        """Show a session over the conversation; an empty id: the conversation again."""
        body = self._screen.query_one("#body")
        listing = self._screen.sidebar.listing(session_id)
        body.set_class(listing is not None, "-previewing")
        if listing is None:
            return
        live = self._screen.sidebar.live_of(session_id)
        preview = self._screen.preview
        preview.show(listing, live)

        def read() -> Summary:
            transcript = Transcript()
            transcript.replay(self._opener.shelf.read(session_id))
            return summary_of(transcript.blocks)

        in_background(
            self._screen.call_later,
            read,
            lambda summary: preview.show_summary(session_id, summary),
            lambda error: preview.show_problem(session_id, problem_of(error)),
        )
