"""What stands around the list of sessions: heading, filter field, and two lines of words below.

Owns where the focus is, where it came from, and the words that depend on that. Knows no session.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from oi_tui.text.translation import tr
from oi_tui.ui.keymap import first_label
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.sidebar_list import SessionList
from oi_tui.ui.widgets.text_fields import OrderedInput


class SidebarFrame(Vertical):
    """The list of sessions in its frame."""

    DEFAULT_CSS = """
    SidebarFrame {
        width: 30;
        background: $surface;
        padding: 1 0 0 0;
        & > .sidebar--head { height: 1; padding: 0 2 0 3; color: $muted; }
        & .sidebar--title { width: 1fr; text-style: bold; }
        & .sidebar--scope { width: auto; }
        & > Input.-textual-compact, & > Input.-textual-compact:focus {
            height: 1; border: none; margin: 1 1 1 1; padding: 0 1 0 2; background: $boost;
        }
        & > .sidebar--about, & > .sidebar--keys {
            height: 1; padding: 0 1 0 3; color: $muted; text-wrap: nowrap;
            text-overflow: ellipsis;
        }
    }
    """

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.list = SessionList()
        self._keymap = keymap or {}
        self._came_from: Widget | None = None

    def compose(self) -> ComposeResult:
        """Lay out title, filter, list, what is known of a row, and keys."""
        with Horizontal(classes="sidebar--head"):
            yield SafeStatic(tr("Sessions"), classes="sidebar--title")
            yield SafeStatic("", classes="sidebar--scope")
        yield OrderedInput(placeholder=tr("Find in titles and texts"), compact=True)
        yield self.list
        yield SafeStatic("", classes="sidebar--about")
        yield SafeStatic("", classes="sidebar--keys")

    def on_mount(self) -> None:
        """Say what the keys do."""
        self.show_words()

    # -- focus ------------------------------------------------------------------------------------
    @property
    def field(self) -> Input:
        """The filter."""
        return self.query_one(Input)

    @property
    def wanted(self) -> str:
        """What the filter says."""
        return self.field.value.strip()

    def look_for(self, words: str) -> None:
        """Put words into the filter; no words leave it as it is."""
        if words:
            self.field.value = words

    def focus_list(self) -> None:
        """Give the focus to the list."""
        self._take_focus(self.list)

    def action_filter(self) -> None:
        """Give the focus to the filter."""
        self._take_focus(self.field)

    def take_came_from(self) -> Widget | None:
        """Return, once, what had the focus before."""
        came_from, self._came_from = self._came_from, None
        return came_from

    def _take_focus(self, part: Widget) -> None:
        """Take the focus now, so that keys that follow at once arrive; it came from somewhere."""
        focused = self.screen.focused
        if focused is not None and self not in focused.ancestors_with_self:
            self._came_from = focused
        self.screen.set_focus(part)

    def on_descendant_focus(self) -> None:
        """The words depend on where the focus is."""
        self.show_words()
        self.list.refresh()

    def on_descendant_blur(self) -> None:
        """The same; a field and the list share it, so look once it has arrived."""
        self.call_later(self._settle_focus)

    def _settle_focus(self) -> None:
        if not self.has_focus_within and self.screen.is_current:
            self.focus_left()
        self.show_words()
        self.list.refresh()

    # -- words ------------------------------------------------------------------------------------
    def focus_left(self) -> None:
        """Keys go elsewhere."""

    def scope(self) -> str:
        """Return which sessions are listed."""
        return tr("all folders")

    def about(self) -> Content:
        """Return what is known of the row under the cursor."""
        return Content("")

    def show_words(self) -> None:
        """Say what is listed, what is known of a row, and which keys help."""
        if self.is_mounted:
            self.query_one(".sidebar--scope", SafeStatic).update(self.scope())
            self.query_one(".sidebar--about", SafeStatic).update(self.about())
            self.query_one(".sidebar--keys", SafeStatic).update(self._keys())

    def _keys(self) -> str:
        def label(action_id: str) -> str:
            return first_label(action_id, self._keymap)

        if self.field.has_focus:
            open_key, leave = label("sidebar.open"), label("sidebar.leave")
            return tr("{open} open · {leave} back", open=open_key, leave=leave)
        if self.list.has_focus:
            look, keys = label("sidebar.preview"), label("help.keys")
            return tr("{look} look · {keys} all keys", look=look, keys=keys)
        return tr("{key} find", key=label("sidebar.filter"))
