"""Keys: turns the table of actions into bindings, and key names into what a keyboard says.

Owns no key: `commands.actions` does, and the settings may move them. Every binding carries its
action's id, so that one keymap serves every widget.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from textual.binding import Binding, BindingType

from oi_tui.commands.actions import Where, action, actions_for, keys_for

_LABELS = {
    "escape": "Esc",
    "question_mark": "?",
    "slash": "/",
    "comma": ",",
    "full_stop": ".",
    "underscore": "_",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "backslash": "\\",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def bindings(methods: Mapping[str, str], priority: Collection[str] = ()) -> list[BindingType]:
    """Return a widget's bindings: `methods` maps action ids to its action methods.

    Actions in `priority` are asked before the focused widget; they may pass a key on.
    """
    made: list[BindingType] = []
    for action_id, method in methods.items():
        entry = action(action_id)
        if entry is None:
            raise KeyError(action_id)
        keys = ",".join(entry.keys)
        made.append(Binding(keys, method, show=False, id=action_id, priority=action_id in priority))
    return made


def keys_to_actions(where: Where, keymap: Mapping[str, str]) -> dict[str, str]:
    """Return the action id of each key of a place, for widgets that read keys themselves."""
    return {
        key: entry.action_id
        for entry in actions_for(where)
        for key in keys_for(entry.action_id, keymap)
    }


def key_label(key: str) -> str:
    """Return a key as keyboards name it: `ctrl+p` is `Ctrl+P`."""
    *modifiers, last = key.split("+")
    if last in _LABELS:
        name = _LABELS[last]
    elif len(last) == 1:
        name = last.upper() if modifiers else last
    else:
        name = last.capitalize()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def labels_for(action_id: str, keymap: Mapping[str, str]) -> str:
    """Return the keys of an action for a person, such as `F3 · Ctrl+B`; empty: it has none."""
    return " · ".join(key_label(key) for key in keys_for(action_id, keymap))


def first_label(action_id: str, keymap: Mapping[str, str]) -> str:
    """Return the first key of an action for a hint; empty: it has none."""
    keys = keys_for(action_id, keymap)
    return key_label(keys[0]) if keys else ""
