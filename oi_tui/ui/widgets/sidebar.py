"""The session browser: sessions by day, the current one marked, a filter by title.

Owns how sessions are listed and which one the cursor is on. Knows no file: it is handed listings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from oi_tui.protocol.sessions import SessionListing
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.clock import clock_of
from oi_tui.ui.keymap import bindings
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.text_fields import OrderedInput

TITLE_LENGTH = 60


def day_heading(moment: float, now: dt.datetime) -> str:
    """Return the heading of the day of `moment` (Unix time), seen from `now`."""
    day = dt.datetime.fromtimestamp(moment, now.tzinfo).date()
    age = (now.date() - day).days
    if age <= 0:
        return tr("Today")
    if age == 1:
        return tr("Yesterday")
    return day.strftime("%A") if age < 7 else day.strftime("%-d %B %Y")


def listed(
    sessions: Iterable[SessionListing], wanted: str, current: str, now: dt.datetime
) -> list[Option]:
    """Return the rows of the list: headings, rules between days, and the sessions that fit."""
    rows: list[Option] = []
    heading = ""
    for session in sessions:
        title = one_line(session.title, TITLE_LENGTH) or tr("New session")
        if wanted.lower() not in title.lower():
            continue
        day = day_heading(session.changed, now)
        if day != heading:
            if rows:
                rows.append(Option("", disabled=True))
            rows.append(Option(Content.styled("  " + day, "$muted"), disabled=True))
            heading = day
        rows.append(Option(_row(session, title, current), id=session.session_id))
    return rows


def _row(session: SessionListing, title: str, current: str) -> Content:
    if session.session_id == current:
        return Content.assemble(("● ", "$primary"), (title, "bold"))
    if session.open_elsewhere:
        return Content.assemble(("◇ ", "$warning"), title)
    return Content.assemble("  ", title)


class Sidebar(Vertical):
    """The list of sessions."""

    DEFAULT_CSS = """
    Sidebar {
        width: 30;
        background: $surface;
        padding: 1 0 0 0;
        & > .sidebar--title { height: 1; padding: 0 3; color: $muted; text-style: bold; }
        & > Input {
            display: none; height: 1; border: none; margin: 1 1 0 1; padding: 0 1;
            background: $boost;
        }
        & > Input:focus { border: none; }
        &.-filtering > Input { display: block; }
        & > OptionList {
            height: 1fr; border: none; background: transparent; margin: 1 0 0 0;
            text-overflow: ellipsis; text-wrap: nowrap; scrollbar-size-vertical: 1;
            scrollbar-background: $surface;
        }
        & > OptionList:focus { border: none; background-tint: transparent; }
        & > .sidebar--keys { height: 1; padding: 0 3; color: $muted; }
        & .option-list--option { padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "sidebar.open": "open",
            "sidebar.search": "filter",
            "sidebar.new": "new",
            "sidebar.copy_id": "copy_id",
            "sidebar.up": "step(-1)",
            "sidebar.down": "step(1)",
        }
    )

    @dataclass
    class Opened(Message):
        """A session was chosen."""

        session_id: str

    class NewRequested(Message):
        """A new session is wanted."""

    @dataclass
    class CopyRequested(Message):
        """The id of a session is wanted on the clipboard."""

        text: str

    def __init__(self) -> None:
        super().__init__()
        self._sessions: Sequence[SessionListing] = ()
        self._current = ""

    def compose(self) -> ComposeResult:
        """Lay out title, filter, list and keys."""
        yield SafeStatic(tr("Sessions"), classes="sidebar--title")
        yield OrderedInput(placeholder=tr("Filter"), compact=True)
        yield OptionList(markup=False, compact=True)
        yield SafeStatic(tr("n new · / filter"), classes="sidebar--keys")

    def show(self, sessions: Sequence[SessionListing], current: str) -> None:
        """List these sessions, newest first; `current` is the one on the screen."""
        self._sessions, self._current = sessions, current
        self._list()

    def focus_list(self) -> None:
        """Give the focus to the list."""
        self.query_one(OptionList).focus()

    def action_open(self) -> None:
        """Open the session under the cursor."""
        self.query_one(OptionList).action_select()

    def action_filter(self) -> None:
        """Open the filter."""
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def action_new(self) -> None:
        """Ask for a new session."""
        self.post_message(self.NewRequested())

    def action_copy_id(self) -> None:
        """Copy the id of the session under the cursor."""
        option = self.query_one(OptionList).highlighted_option
        if option is not None and option.id:
            self.post_message(self.CopyRequested(option.id))

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one(OptionList)
        if rows < 0:
            options.action_cursor_up()
        else:
            options.action_cursor_down()

    def leave_filter(self) -> bool:
        """Close the filter and show everything; False if it was not open."""
        if not self.has_class("-filtering"):
            return False
        self.query_one(Input).value = ""
        self.remove_class("-filtering")
        self.focus_list()
        return True

    def _list(self) -> None:
        now = clock_of(self).now()
        options = self.query_one(OptionList)
        rows = listed(self._sessions, self.query_one(Input).value, self._current, now)
        options.clear_options()
        options.add_options(rows)
        ids = [row.id for row in rows]
        if self._current in ids:
            options.highlighted = ids.index(self._current)

    def _on_input_changed(self, message: Input.Changed) -> None:
        message.stop()
        self._list()

    def _on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.focus_list()

    def _on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        if message.option.id:
            self.post_message(self.Opened(message.option.id))
