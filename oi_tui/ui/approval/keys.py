"""What each key of the approval panel is called, and how the panel shows its keys.

Owns which actions decide (and so go through the gate). Knows no widget.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oi_tui.commands.actions import Where, actions_for, keys_for
from oi_tui.text.translation import tr

# Shown in this order; the others are in the help. The second name is the word beside the key.
HINTS = (
    ("approval.run", "run"),
    ("approval.edit", "edit"),
    ("approval.reject", "reject"),
    ("approval.reason", "reason"),
    ("approval.stop", "stop"),
    ("approval.allow", "allow session"),
    ("approval.scan", "scan"),
    ("approval.difference", "changes"),
    ("approval.full_screen", "full screen"),
    ("approval.copy", "copy"),
    ("approval.why", "details"),
)
_SHORT = {"escape": "Esc", "left_square_bracket": "[", "right_square_bracket": "]"}


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key and the word beside it."""

    action_id: str
    key: str
    word: str


def actions_by_key(keymap: Mapping[str, str]) -> dict[str, str]:
    """Return the action id of each key that counts in the panel."""
    return {
        key: entry.action_id
        for entry in actions_for(Where.APPROVAL)
        for key in keys_for(entry.action_id, keymap)
    }


def hints(keymap: Mapping[str, str], without: Collection[str] = ()) -> list[KeyHint]:
    """Return the keys worth showing, but for those of some actions."""
    shown = []
    for action_id, word in HINTS:
        keys = keys_for(action_id, keymap)
        if keys and action_id not in without:
            shown.append(KeyHint(action_id, _SHORT.get(keys[0], keys[0]), tr(word)))
    return shown
