"""The rows of the settings screen: headings, the cursor, and what a filter leaves.

Owns which row is chosen and which rows are shown. Knows no setting and changes none.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from textual.containers import VerticalScroll
from textual.message import Message

from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.settings_entries import Entry
from oi_tui.ui.screens.settings_row import SettingRow


class SettingList(VerticalScroll, inherit_bindings=False):
    """Entries under headings; keys are the screen's."""

    can_focus = True

    class Chosen(Message):
        """The cursor is on another row, or on none."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = ""  # the key of the entry under the cursor
        self._words: list[str] = []

    @property
    def shown(self) -> list[SettingRow]:
        """The rows that the filter leaves."""
        return [row for row in self.query(SettingRow) if row.display]

    @property
    def row(self) -> SettingRow | None:
        """The row under the cursor."""
        return next((row for row in self.shown if row.entry.key == self.chosen), None)

    async def add(self, entries: Iterable[Entry]) -> None:
        """Add rows at the end, each group below its heading."""
        made: list[SafeStatic | SettingRow] = []
        for heading, group in groupby(entries, key=lambda entry: entry.heading):
            made.append(SafeStatic(heading, classes="settings--heading"))
            made += map(SettingRow, group)
        await self.query("#settings-nothing").remove()
        await self.mount_all([*made, SafeStatic(tr("Nothing fits."), id="settings-nothing")])
        self.filter(self._words)

    def show(self, entries: Iterable[Entry]) -> None:
        """Show what the settings are now, in the rows that are there."""
        by_key = {entry.key: entry for entry in entries}
        for row in self.query(SettingRow):
            row.show(by_key.get(row.entry.key, row.entry))
        self._mark()

    def filter(self, words: list[str]) -> None:
        """Leave only the rows that have all of the words; the cursor stays on one of them."""
        self._words = words
        used = set()
        for row in self.query(SettingRow):
            row.display = row.entry.fits(words)
            if row.display:
                used.add(row.entry.heading)
        for heading in self.query(".settings--heading").results(SafeStatic):
            heading.display = str(heading.content) in used
        self.query("#settings-nothing").set(display=not used)
        if self.row is None and used:
            self.chosen = self.shown[0].entry.key
        self._mark()

    def move(self, rows: int) -> None:
        """Move the cursor by rows; it stays on the list."""
        shown, row = self.shown, self.row
        if row is not None:
            at = shown.index(row) + rows
            self.choose(shown[max(0, min(len(shown) - 1, at))])

    def choose(self, row: SettingRow) -> None:
        """Put the cursor on a row."""
        self.chosen = row.entry.key
        self._mark()
        if row is self.shown[0]:
            self.scroll_home(animate=False)  # its heading comes along
        else:
            self.scroll_to_widget(row, animate=False)

    def _mark(self) -> None:
        for row in self.query(SettingRow):
            row.choose(row.entry.key == self.chosen)
        self.post_message(self.Chosen())
