"""Which settings of a session can change between two requests, and what a text means for one.

Owns the list: settings that a running session obeys from its next request on. Whatever is read
once, at the start of the program or of a shell, is not among them. Knows no screen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oi_tui.config.errors import UnfitValueError, nearest
from oi_tui.config.fields import setting_fields, value_from_text
from oi_tui.config.schema import Settings
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

CHANGEABLE = (
    "temperature",
    "max_tokens",
    "context_window",
    "max_output",
    "max_budget",
    "max_steps",
    "max_total_tokens",
    "max_time",
    "tool_mode",
    "compaction",
)


class UnfitChangeError(Exception):
    """A setting cannot become what was asked for; the text is for a person."""


def changed(settings: Settings, name: str, text: str) -> tuple[Settings, str]:
    """Return the settings with one changed, and its value as a settings file would say it.

    An empty text gives it its default again.

    Raises:
        UnfitChangeError: it is none that can change here, or the text means nothing to it.
    """
    if name not in CHANGEABLE:
        raise UnfitChangeError(_unknown(name))
    field = setting_fields()[name]
    value: Any = field.default
    if not text.strip():
        return replace(settings, **{name: value}), ""
    try:
        value = value_from_text(field, text)
    except UnfitValueError as problem:
        raise UnfitChangeError(
            tr(
                "{name} cannot be {text}: {problem}.",
                name=name,
                text=one_line(text, 40),
                problem=problem,
            )
        ) from None
    return replace(settings, **{name: value}), str(value)


def _unknown(name: str) -> str:
    shown = one_line(name, 40)
    if name not in setting_fields():
        text = tr("There is no setting {name}.", name=shown)
        near = nearest(name, setting_fields())
        return f"{text} {tr('Did you mean {near}?', near=near)}" if near else text
    if near := nearest(name, CHANGEABLE):
        return tr("{name} cannot be changed here. Did you mean {near}?", name=shown, near=near)
    return tr(
        "{name} cannot be changed while a session runs; these can: {names}.",
        name=shown,
        names=", ".join(CHANGEABLE),
    )
