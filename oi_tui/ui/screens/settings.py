"""The settings screen: every setting, its value, where that comes from, and what it means.

Owns the keys and the line that is edited. What a change leads to is `settings_changes`', what rows
say is `settings_entries`', and where the cursor is `settings_list`'.
"""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from oi_tui.config.errors import UnfitValueError
from oi_tui.config.fields import setting_fields, value_from_text
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.editor import EditorError, edit_file, edit_outside
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.confirm import Answer, Confirm
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.screens.settings_changes import SettingChanges
from oi_tui.ui.screens.settings_entries import Entry
from oi_tui.ui.screens.settings_list import SettingList
from oi_tui.ui.screens.settings_row import SettingRow
from oi_tui.ui.widgets.status_bar import short_folder
from oi_tui.ui.widgets.text_fields import OrderedInput

PAGE = 10  # rows
_IN_EDITOR = "system_message"
_IN_FILE = "keymap"


_KEYS = {
    "up": "move(-1)",
    "down": "move(1)",
    "pageup": f"move(-{PAGE})",
    "pagedown": f"move({PAGE})",
    "k": "walk(-1)",
    "j": "walk(1)",
    "space": f"walk({PAGE})",
    "home,g": "walk(-1000)",
    "end,G": "walk(1000)",
    "enter": "change",
    "right,l": "cycle(1)",
    "left,h": "cycle(-1)",
    "d": "reset",
    "o": "open_file",
    "slash": "filter",
    "q": "leave",
    "escape": "back",
    "f9,ctrl+c": "dismiss",
}


class SettingsScreen(ModalScreen[None]):
    """All settings, to read and to change."""

    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "SettingList"
    # Asked before the focused widget, so that keys which arrive together act in their order.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True) for keys, action in _KEYS.items()
    ]

    def __init__(self, changes: SettingChanges) -> None:
        super().__init__()
        self._changes = changes

    def compose(self) -> ComposeResult:
        """Lay out head, rows, what the chosen one means, and the keys."""
        with Vertical(id="settings-sheet"):
            with Horizontal(id="settings-head"):
                yield SafeStatic(tr("Settings"), id="settings-title")
                file = self._changes.opener.loaded.file
                place = short_folder(str(file)) if file is not None else ""
                yield SafeStatic(one_line(place, 80), id="settings-place")
            yield OrderedInput(placeholder=tr("Filter"), id="settings-filter", compact=True)
            yield SettingList()
            with Vertical(id="settings-about"):
                yield SafeStatic("", id="settings-meaning")
                yield SafeStatic("", id="settings-origin")
                yield SafeStatic("", id="settings-said")
            yield SafeStatic(_keys_line(), id="settings-keys")

    async def on_mount(self) -> None:
        """Show the rows; which keys there are is looked up behind them."""
        await self._list.add(self._changes.entries())
        self._list.move(0)
        self.app.clear_notifications()  # what they say of the settings is told below the rows
        self.say(self._changes.problem(), is_problem=True)
        in_background(self.call_later, self._changes.find_keys, self._show_keys, lambda error: None)

    @property
    def _list(self) -> SettingList:
        return self.query_one(SettingList)

    # -- words below the rows -------------------------------------------------------------------
    def on_setting_list_chosen(self) -> None:
        """Say what the setting under the cursor means."""
        row = self._list.row
        meaning, origin = row.entry.about if row is not None else ("", "")
        self.query_one("#settings-meaning", SafeStatic).update(meaning)
        self.query_one("#settings-origin", SafeStatic).update(origin)

    def say(self, text: str, *, is_problem: bool = False) -> None:
        """Say what became of a change, below the meaning."""
        said = self.query_one("#settings-said", SafeStatic)
        said.set_class(is_problem, "-problem")
        said.update(text)

    def _told(self, text: str, is_problem: bool) -> None:
        self._list.show(self._changes.entries())
        self.say(text, is_problem=is_problem)

    # -- keys of providers ----------------------------------------------------------------------
    async def _show_keys(self, entries: tuple[Entry, ...]) -> None:
        if entries and self.is_attached:
            await self._list.add(entries)

    # -- moving and filtering -------------------------------------------------------------------
    def action_walk(self, rows: int) -> None:
        """Move the cursor with a key that a line of text would take."""
        self._unless_typing()
        self.action_move(rows)

    def _unless_typing(self) -> None:
        """Leave a key to the line that is written in.

        Raises:
            SkipAction: there is one.
        """
        if isinstance(self.focused, Input):
            raise SkipAction

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows, unless a line is open in one."""
        if self._list.row is None or self._list.row.field is None:
            self.say("")
            self._list.move(rows)

    def on_setting_row_clicked(self, message: SettingRow.Clicked) -> None:
        """Choose a row with the mouse; change the one that is chosen."""
        current = self._list.row
        if current is not None and current.field is not None:
            self._stop_editing(current)
        if message.row is current:
            self.call_later(self.action_change)
        else:
            self.say("")
            self._list.choose(message.row)

    def action_filter(self) -> None:
        """Go to the filter."""
        self._unless_typing()
        self.add_class("-filtering")
        self.set_focus(self.query_one("#settings-filter", OrderedInput))

    def _leave_filter(self, *, clear: bool) -> None:
        field = self.query_one("#settings-filter", OrderedInput)
        if clear:
            field.value = ""
        self.set_class(bool(field.value), "-filtering")
        self.set_focus(self._list)

    # -- changing -------------------------------------------------------------------------------
    async def action_change(self) -> None:
        """Change the chosen setting in the way that fits it."""
        self._unless_typing()
        row = self._list.row
        if row is None:
            return
        entry = row.entry
        if entry.is_key:
            self.say(entry.about[1])
        elif entry.choices:
            self.action_cycle(1)
        elif entry.key == _IN_FILE:
            self.action_open_file()
        elif entry.key == _IN_EDITOR:
            self._edit_in_editor(entry.key)
        else:
            self.set_focus(await row.edit(self._changes.text_of(entry.key)))
            self.say(tr("Enter keeps it · empty: the default · Esc leaves it"))

    def action_cycle(self, step: int) -> None:
        """Take the next of a setting's choices."""
        self._unless_typing()
        row = self._list.row
        if row is None or not row.entry.choices:
            return
        choices, text = row.entry.choices, self._changes.text_of(row.entry.key)
        at = choices.index(text) if text in choices else -step
        chosen = choices[(at + step) % len(choices)]
        if row.entry.key == "auto_run" and chosen == "true":
            self._ask_for_auto_run()
        else:
            self._changes.keep_text(row.entry.key, chosen, self._told)

    def action_reset(self) -> None:
        """Take the setting out of the file."""
        self._unless_typing()
        row = self._list.row
        if row is not None and not row.entry.is_key and row.entry.key != _IN_FILE:
            self._changes.keep(row.entry.key, None, self._told)

    def action_open_file(self) -> None:
        """Open the settings file in the person's editor, and read it anew."""
        self._unless_typing()
        try:
            edit_file(self.app, self._changes.opener.settings_file())
        except (EditorError, OSError) as error:
            self.say(one_line(str(error), 200), is_problem=True)
        else:
            self._changes.reread(self._told)

    def action_leave(self) -> None:
        """Leave the screen with a key that a line of text would take."""
        self._unless_typing()
        leave(self)

    def action_back(self) -> None:
        """Leave the line, then the filter, then the screen."""
        row = self._list.row
        if row is not None and row.field is not None:
            self._stop_editing(row)
            self.say("")
        elif self.has_class("-filtering"):
            self._leave_filter(clear=True)
        else:
            leave(self)

    def _edit_in_editor(self, name: str) -> None:
        try:
            text = edit_outside(self.app, self._changes.text_of(name), ".md")
        except EditorError as error:
            self.say(str(error), is_problem=True)
        else:
            self._changes.keep_text(name, text.strip(), self._told)

    def _ask_for_auto_run(self) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._changes.keep_text("auto_run", "true", self._told)

        title = tr("Run code without asking?")
        text = tr("Now and in every session from now on, until you switch it off.")
        answers = [Answer("no", "n", tr("Keep asking")), Answer("yes", "y", tr("Do not ask"))]
        self.app.push_screen(Confirm(title, text, answers), answered)

    # -- the line in a row ----------------------------------------------------------------------
    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter, or say at once what a value cannot be."""
        message.stop()
        if message.input.id == "settings-filter":
            self._list.filter(message.value.casefold().split())
        elif (row := self._list.row) is not None and row.field is message.input:
            problem = _problem_with(row.entry.key, message.value)
            self.say(problem, is_problem=True)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep a value, or go on with what the filter found."""
        message.stop()
        row = self._list.row
        if message.input.id == "settings-filter":
            self._leave_filter(clear=False)
        elif row is not None and row.field is message.input:
            name, text = row.entry.key, message.value.strip()
            if problem := _problem_with(name, text):
                self.say(problem, is_problem=True)
                return
            self._stop_editing(row)
            self._changes.keep_text(name, text, self._told)

    def _stop_editing(self, row: SettingRow) -> None:
        row.close()
        self.set_focus(self._list)


def _problem_with(name: str, text: str) -> str:
    """Return what is wrong with a text as a value; empty: nothing."""
    if not text.strip():
        return ""
    try:
        value_from_text(setting_fields()[name], text.strip())
    except UnfitValueError as problem:
        return tr("{name}: {problem}", name=name, problem=str(problem))
    return ""


def _keys_line() -> str:
    return tr("Enter change · d default · / filter · o open the file · Esc close")
