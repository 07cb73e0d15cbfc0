"""Textual's text fields, with keys that act in the order in which they were pressed.

Textual inserts a character as soon as its key arrives, but looks for the action of Backspace or
End only once the key has passed the queues of all parents. Of keys that arrive together, as over a
slow line, the characters would overtake the others. Here both act at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, TextArea


def _actions(bindings: Iterable[BindingType]) -> Mapping[str, str]:
    return {binding.key: binding.action for binding in Binding.make_bindings(bindings)}


# Ctrl+Z belongs to the shell below; Ctrl+_ undoes, as in every line editor.
_OF_AREA = {**_actions(TextArea.BINDINGS), "ctrl+underscore": "undo"}
_OF_INPUT = _actions(Input.BINDINGS)


async def _act(field: Widget, event: events.Key, actions: Mapping[str, str]) -> None:
    action = actions.get(event.key)
    if action is not None and not event.is_printable:
        event.stop()
        event.prevent_default()
        await field.run_action(action)


class OrderedTextArea(TextArea):
    """A text area whose keys never overtake each other."""

    async def _on_key(self, event: events.Key) -> None:
        await _act(self, event, _OF_AREA)


class OrderedInput(Input):
    """A line of text whose keys never overtake each other."""

    async def _on_key(self, event: events.Key) -> None:
        await _act(self, event, _OF_INPUT)
