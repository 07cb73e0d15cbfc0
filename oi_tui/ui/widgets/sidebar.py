"""The session browser: all sessions, a filter over titles and texts, and the keys for one of them.

Owns what is listed and what the keys mean for the row under the cursor. Knows no file and no
engine: it is handed listings and hits, and everything wanted of a session leaves as a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from oi_tui.protocol.sessions import SearchHit, SessionListing, SessionStatus
from oi_tui.text.translation import tr
from oi_tui.ui.clock import clock_of
from oi_tui.ui.keymap import bindings, first_label
from oi_tui.ui.widgets import sidebar_messages as messages
from oi_tui.ui.widgets.sidebar_frame import SidebarFrame
from oi_tui.ui.widgets.sidebar_list import SessionList
from oi_tui.ui.widgets.sidebar_marks import meanings
from oi_tui.ui.widgets.sidebar_messages import Errand
from oi_tui.ui.widgets.sidebar_rows import HitRow, Shelf, all_rows, still_hits, words_of

SEARCH_AFTER = 0.15  # seconds without a key before texts are searched
PREVIEW_AFTER = 0.08  # seconds the cursor rests before another session is read


class Sidebar(SidebarFrame):
    """The list of sessions, with keys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "sidebar.open": "open",
            "sidebar.search": "filter",
            "sidebar.preview": "preview",
            "sidebar.new": "ask('new')",
            "sidebar.rename": "ask('rename')",
            "sidebar.pin": "ask('pin')",
            "sidebar.branch": "ask('branch')",
            "sidebar.export": "ask('export')",
            "sidebar.delete": "delete",
            "sidebar.undo": "ask('undo')",
            "sidebar.copy_id": "ask('copy_id')",
            "sidebar.scope": "scope",
            "sidebar.up": "step(-1)",
            "sidebar.down": "step(1)",
            "sidebar.page_up": "page(-1)",
            "sidebar.page_down": "page(1)",
            "sidebar.leave": "leave",
        }
    )

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__(keymap)
        self.previewing = False
        self._shelf = Shelf()
        self._folder = ""  # of the session on the screen
        self._one_folder = False  # only the sessions of that folder are listed
        self._hits: Sequence[SearchHit] = ()
        self._found = ""  # what the filter said when these were found
        self._doomed = ""  # the session that a second key deletes
        self._search_timer: Timer | None = None
        self._preview_timer: Timer | None = None

    # -- what the screen tells --------------------------------------------------------------------
    def show(self, sessions: Sequence[SessionListing], current: str, folder: str = "") -> None:
        """List these sessions; `current` is the one on the screen, which was begun in `folder`."""
        is_other = current != self.list.current
        self.list.current, self._folder = current, folder
        self._shelf = Shelf.of(sessions)
        self._list(stay=not is_other or bool(self.wanted))
        self._search_soon()

    def show_hits(self, wanted: str, hits: Sequence[SearchHit]) -> None:
        """Show what was found, if it is still what is looked for."""
        if wanted == self.wanted:
            self._hits, self._found = hits, wanted
            self._list(stay=True)

    def show_live(self, status: SessionStatus) -> None:
        """The session on the screen does something else."""
        if status is not self.list.live:
            self.list.live = status
            self.list.refresh()
            self.show_words()

    def live_of(self, session_id: str) -> SessionStatus | None:
        """Return what a session does if it is the one on the screen."""
        return self.list.live if session_id == self.list.current else None

    def listing(self, session_id: str) -> SessionListing | None:
        """Return what is known of a session."""
        return self._shelf.by_id.get(session_id)

    # -- rows -------------------------------------------------------------------------------------
    @property
    def session_id(self) -> str:
        """The session under the cursor; empty: none."""
        key = self.list.key
        return key[0] if key is not None else ""

    def _list(self, *, stay: bool) -> None:
        """Make the rows anew; `stay`: the cursor stays on its session."""
        words = words_of(self.wanted)
        folder = self._folder if self._one_folder else ""
        hits = self._hits if self._found == self.wanted else still_hits(self._hits, words)
        rows = all_rows(self._shelf, hits, words, folder, clock_of(self).now())
        key = self.list.key if stay else None
        if key is None and not words:
            key = (self.list.current, "", "")
        self.list.empty = tr("Nothing found") if words else tr("No session yet")
        self.list.show(rows, key)
        self.show_words()

    def _on_input_changed(self, message: Input.Changed) -> None:
        message.stop()
        self._list(stay=False)
        self._search_soon()

    def _search_soon(self) -> None:
        if self._search_timer is not None:
            self._search_timer.stop()
        if wanted := self.wanted:
            search = messages.SearchRequested(wanted)
            self._search_timer = self.set_timer(SEARCH_AFTER, lambda: self.post_message(search))
        else:
            self._hits = ()

    # -- words ------------------------------------------------------------------------------------
    def scope(self) -> str:
        """Return which sessions are listed."""
        return tr("this folder") if self._one_folder else tr("all folders")

    def about(self) -> Content:
        """Return how the session under the cursor stands, or what the next key does to it."""
        if self._doomed:
            key = first_label("sidebar.delete", self._keymap)
            return Content.styled(tr("{key} again deletes it", key=key), "bold $warning")
        session = self.listing(self.session_id)
        if session is None or not self.has_focus_within:
            return Content("")
        return Content(" · ".join(meanings(session, self.live_of(session.session_id))))

    def focus_left(self) -> None:
        """A preview ends when keys go elsewhere."""
        self._doomed = ""
        self.end_preview()

    # -- keys -------------------------------------------------------------------------------------
    def action_open(self) -> None:
        """Open the session under the cursor, at the hit if it is one."""
        row = self.list.row
        if isinstance(row, HitRow):
            words = tuple(self.wanted.split())
            self.post_message(messages.Opened(row.hit.session_id, row.hit.block_id, words))
        elif self.session_id:
            self.post_message(messages.Opened(self.session_id))

    def action_ask(self, errand: str) -> None:
        """Ask for something, of the session under the cursor where it is about one."""
        wanted = Errand(errand)
        if self.session_id or wanted in (Errand.NEW, Errand.LOOK_ANEW, Errand.UNDO):
            self.post_message(messages.Asked(wanted, self.session_id))

    def action_delete(self) -> None:
        """Delete the session at the second key; of the one on the screen, the person is asked."""
        session_id = self.session_id
        if session_id and session_id in (self._doomed, self.list.current):
            self._doomed = ""
            self.action_ask(Errand.DELETE)
        else:
            self._doomed = session_id
        self.show_words()

    def action_scope(self) -> None:
        """List the sessions of all folders, or of this one."""
        self._one_folder = not self._one_folder
        self._list(stay=True)

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self.list.step(rows)

    def action_page(self, way: int) -> None:
        """Move the cursor by a page."""
        self.list.page(way)

    def action_leave(self) -> None:
        """Go back one step: from the preview, from the filter, from the list."""
        if self.previewing:
            self.end_preview()
        elif self.field.value:
            self.field.value = ""
        else:
            self.post_message(messages.Left())

    # -- preview ----------------------------------------------------------------------------------
    def action_preview(self) -> None:
        """Look at the session under the cursor, or no longer."""
        if self.previewing:
            self.end_preview()
        elif self.session_id:
            self.previewing = True
            self._preview()

    def end_preview(self) -> None:
        """Look at no session any more."""
        if self.previewing:
            self.previewing = False
            self.post_message(messages.PreviewRequested(""))

    def _preview(self) -> None:
        if self.previewing:
            self.post_message(messages.PreviewRequested(self.session_id))

    # -- what the parts tell ----------------------------------------------------------------------
    def on_session_list_chosen(self, message: Message) -> None:
        """A row was clicked, or Enter pressed in the filter."""
        message.stop()
        self.action_open()

    _on_input_submitted = on_session_list_chosen

    def on_session_list_moved(self, message: SessionList.Moved) -> None:
        """Another row is under the cursor."""
        message.stop()
        if self._doomed != self.session_id:
            self._doomed = ""
        self.show_words()
        if self.previewing:
            if self._preview_timer is not None:
                self._preview_timer.stop()
            self._preview_timer = self.set_timer(PREVIEW_AFTER, self._preview)
