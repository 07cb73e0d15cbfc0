"""What the settings screen says: each setting with its value, where that comes from, what it means.

Pure: from settings and their origins to words. Knows no widget and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oi_tui.config.errors import Origin, Source
from oi_tui.config.fields import SettingField, choices, setting_fields, shown_text
from oi_tui.config.loading import LoadedSettings
from oi_tui.config.schema import Effect, Group, Settings
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

LONGEST = 200  # characters of a value that are worth laying out
_STRONGER = (Source.FLAG, Source.ENVIRONMENT, Source.PROFILE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `key` is a setting's name; of a provider's key, it only says that there is one."""

    key: str
    heading: str
    title: str
    value: str
    origin: str
    is_set: bool  # somewhere; otherwise the value is what happens by itself
    about: tuple[str, str]  # what it means; where it comes from and when a change counts
    choices: tuple[str, ...] = ()
    is_key: bool = False

    def fits(self, words: Sequence[str]) -> bool:
        """Whether all of the words are somewhere in it."""
        text = f"{self.title} {self.value} {self.origin} {self.about[0]}".casefold()
        return all(word in text for word in words)


def setting_entries(
    loaded: LoadedSettings, current: Settings, themes: Sequence[str]
) -> tuple[Entry, ...]:
    """Return all settings by groups; `current` are those that the next session gets."""
    fields = setting_fields()
    return tuple(
        _entry(fields[name], loaded, getattr(current, name), themes)
        for group in Group
        for name in fields
        if fields[name].meaning.group is group
    )


def key_entries(origins: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return a row for each provider with a key: where it is, never what it is."""
    return tuple(
        Entry(
            key=f"key:{label}",
            heading=tr("Keys of providers"),
            title=one_line(label, 40),
            value=one_line(where, LONGEST),
            origin="",
            is_set=True,
            about=(
                tr("There is a key for {label}. Keys are never shown.", label=one_line(label, 40)),
                tr("%model chooses a provider, and takes another key."),
            ),
            is_key=True,
        )
        for label, where in origins.items()
    )


def origin_words(origin: Origin) -> str:
    """Return in few words where a value comes from."""
    match origin.source:
        case Source.DEFAULT:
            return tr("default")
        case Source.PROFILE if origin.file is not None:
            return tr("profile {place}", place=_place(origin, origin.file.stem))
        case Source.FILE if origin.file is not None:
            return _place(origin, origin.file.name)
        case _:
            return origin.name


def hidden_words(loaded: LoadedSettings, name: str) -> str:
    """Say that the settings file has a value that something stronger hides; empty: it does not."""
    origin = _origin(loaded, name)
    if origin.source not in _STRONGER or name not in loaded.in_files:
        return ""
    value, place = loaded.in_files[name]
    return tr(
        "{place} says {value}, but {origin} goes before it",
        place=origin_words(place),
        value=one_line(shown_text(value), 40),
        origin=origin_words(origin),
    )


def change_words(loaded: LoadedSettings, name: str, value: object) -> str:
    """Say what became of a value that was written, or taken out of the file (None)."""
    origin = _origin(loaded, name)
    counts = value is None or getattr(loaded.settings, name) == value
    if not counts and origin.source is Source.DEFAULT:  # auto_run, of a file with a problem
        return tr("Kept, but it does not count while something in the file is wrong.")
    if value is None:
        done = tr("Taken out of the file.")
    elif not counts or origin.source in _STRONGER:
        return tr("Kept in the file, but {origin} goes before it.", origin=origin_words(origin))
    else:
        done = tr("Kept in {place}.", place=origin_words(origin))
    later = {
        Effect.AT_ONCE: "",
        Effect.NEXT_SESSION: tr("It counts from the next session on."),
        Effect.NEXT_START: tr("It counts from the next start on."),
    }[setting_fields()[name].meaning.effect]
    return f"{done} {later}".strip()


def effect_words(effect: Effect) -> str:
    """Say when a change counts."""
    return tr(
        {
            Effect.AT_ONCE: "a change counts at once",
            Effect.NEXT_SESSION: "a change counts from the next session on",
            Effect.NEXT_START: "a change counts from the next start on",
        }[effect]
    )


def _entry(
    field: SettingField, loaded: LoadedSettings, value: object, themes: Sequence[str]
) -> Entry:
    name, meaning = field.name, field.meaning
    origin = _origin(loaded, name)
    text = one_line(shown_text(value), LONGEST)
    differs = value != getattr(loaded.settings, name)
    if differs:
        short, where = tr("for now"), tr("Changed for now, not kept")
    elif origin.source is Source.DEFAULT:
        short, where = origin_words(origin), tr("The default")
    else:
        short, where = origin_words(origin), tr("From {place}", place=_whole(origin))
    where = hidden_words(loaded, name) or where
    return Entry(
        key=name,
        heading=tr(meaning.group.value),
        title=name,
        value=text or tr(meaning.unset),
        origin=short,
        is_set=differs or origin.source is not Source.DEFAULT,
        about=(tr(meaning.text), f"{where} · {effect_words(meaning.effect)}"),
        choices=tuple(themes) if name == "theme" else choices(field),
    )


def _origin(loaded: LoadedSettings, name: str) -> Origin:
    return loaded.sources.get(name, Origin(Source.DEFAULT, name="default"))


def _place(origin: Origin, name: str) -> str:
    shown = one_line(name, 40)
    return f"{shown}:{origin.line}" if origin.line else shown


def _whole(origin: Origin) -> str:
    return one_line(str(origin), 160)
