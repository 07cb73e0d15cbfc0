"""What follows from a changed setting: it is written, and it counts where it can count at once.

Owns which settings a running session is told of, and how. Knows no row and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from textual.theme import BUILTIN_THEMES

from oi_tui.config.fields import setting_fields, text_from_value, value_from_text
from oi_tui.config.loading import LoadedSettings
from oi_tui.config.providers import provider_named
from oi_tui.config.schema import Settings
from oi_tui.engine.changes import CHANGEABLE
from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.screens.settings_entries import (
    Entry,
    change_words,
    key_entries,
    setting_entries,
)

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.ui.screens.main import MainScreen


Told = Callable[[str, bool], object]  # what became of a change, and whether it is a problem


class SettingChanges:
    """Writes settings and tells the session on the desk of them."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self.opener = screen, opener
        self._auto_run = screen.facts.auto_run  # of the session on the desk, or asked of it

    @property
    def current(self) -> Settings:
        """What counts on this screen now, also what was changed for now."""
        theme = self._screen.app.theme
        changed = replace(self.opener.settings, auto_run=self._auto_run)
        return changed if theme in BUILTIN_THEMES else replace(changed, theme=theme)

    def entries(self) -> tuple[Entry, ...]:
        """Return all settings as they are now. Themes are those that a settings file can name."""
        themes = [name for name in self._screen.app.available_themes if name not in BUILTIN_THEMES]
        return setting_entries(self.opener.loaded, self.current, themes)

    def problem(self) -> str:
        """Return the first thing that a person should know of their settings; empty: nothing."""
        for one in self.opener.loaded.notices:
            return one_line(f"{one.title}: {one.detail}", 300)
        return ""

    def find_keys(self) -> tuple[Entry, ...]:
        """Return the providers that there is a key for; may block."""
        origins = {}
        for name in self.opener.providers_with_key():
            known = provider_named(name)
            origins[known.label if known else name] = self.opener.origin_of_key(name)
        return key_entries(origins)

    def text_of(self, name: str) -> str:
        """Return a setting's value as a line of text has it."""
        return text_from_value(getattr(self.current, name))

    def keep_text(self, name: str, text: str, told: Told) -> None:
        """Write the value that a text means; an empty one means the default."""
        value = value_from_text(setting_fields()[name], text) if text else None
        self.keep(name, value, told)

    def keep(self, name: str, value: object, told: Told) -> None:
        """Write a value; None takes it out of the file."""
        shown, before = self.current, self.opener.settings

        def kept(loaded: LoadedSettings) -> None:
            after = self.opener.settings
            differs = getattr(shown, name) != getattr(after, name)
            self._apply(_differing(before, after) | ({name} if differs else set()))
            told(change_words(loaded, name, value), False)

        in_background(
            self._screen.call_later,
            lambda: self.opener.remember_setting(name, value),
            kept,
            lambda error: told(_problem(error), True),
        )

    def reread(self, told: Told) -> None:
        """Take over what the person changed in the file; what is wrong with it is told."""
        before = self.opener.settings

        def read(_loaded: LoadedSettings) -> None:
            self._apply(_differing(before, self.opener.settings))
            problem = self.problem()
            told(problem or tr("The file was read anew."), bool(problem))

        in_background(
            self._screen.call_later,
            self.opener.reread_settings,
            read,
            lambda error: told(_problem(error), True),
        )

    def _apply(self, changed: Set[str]) -> None:
        """Tell the running session, and the screen, what changed."""
        desk, after = self._screen.desk, self.opener.settings
        if changed & {"model", "api_base"} and after.model:
            desk.submit(ops.SetModel(after.model, after.api_base))
        if "auto_run" in changed:
            self._auto_run = after.auto_run
            desk.submit(ops.SetAutoRun(after.auto_run))
        if "system_message" in changed:
            desk.submit(ops.SetSystemMessage(after.system_message))
        if "theme" in changed and after.theme in self._screen.app.available_themes:
            self._screen.app.theme = after.theme
        for name in CHANGEABLE:
            if name in changed:
                value: Any = getattr(after, name)
                desk.submit(ops.SetSetting(name, text_from_value(value)))


def _differing(one: Settings, other: Settings) -> set[str]:
    names = [entry.name for entry in fields(Settings)]
    return {name for name in names if getattr(one, name) != getattr(other, name)}


def _problem(error: Exception) -> str:
    why = one_line(str(error) or type(error).__name__, 300)
    return tr("Not kept: {why}", why=why)
