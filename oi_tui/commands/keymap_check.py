"""What is wrong with a person's own keys, said at the start instead of when a key surprises."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from oi_tui.commands.actions import (
    ACTIONS,
    APPROVING,
    NEVER_APPROVING,
    Clash,
    action,
    clashes,
    unknown_actions,
)
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr


def keymap_problems(keymap: Mapping[str, str]) -> tuple[ErrorInfo, ...]:
    """Return what a person should know about the `keymap` of their settings."""
    return (
        *(_unknown(name) for name in unknown_actions(keymap)),
        *(_refused(name, keymap[name]) for name in keymap if _has_refused(name, keymap[name])),
        *(_clash(one) for one in clashes(keymap)),
    )


def _unknown(name: str) -> ErrorInfo:
    near = difflib.get_close_matches(name, [entry.action_id for entry in ACTIONS], n=1)
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("There is no action {name} to give a key to", name=name),
        hint=tr("Did you mean {name}?", name=near[0]) if near else "",
    )


def _has_refused(name: str, keys: str) -> bool:
    return name in APPROVING and any(key.strip() in NEVER_APPROVING for key in keys.split(","))


def _refused(name: str, keys: str) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("{keys} cannot approve code", keys=keys),
        detail=tr("keymap, {name}: such keys come with ordinary and pasted text.", name=name),
    )


def _clash(clash: Clash) -> ErrorInfo:
    titles = [entry.title for name in (clash.first, clash.second) if (entry := action(name))]
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("{key} is set for two actions", key=clash.key),
        detail=", ".join(titles),
        hint=tr("Give one of them another key under [keymap] in the settings file."),
    )
