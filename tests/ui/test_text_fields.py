"""Keys that arrive together act in the order in which they were pressed."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult

from oi_tui.ui.widgets.text_fields import OrderedInput, OrderedTextArea


class Fields(App[None]):
    def compose(self) -> ComposeResult:
        yield OrderedTextArea()
        yield OrderedInput()


def press(app: App[None], *keys: str) -> None:
    """Press keys as a slow line delivers them: all before the first one was looked at."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_backspace_home_and_end_wait_for_no_queue() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        for field in (app.query_one(OrderedTextArea), app.query_one(OrderedInput)):
            field.focus()
            await pilot.pause()
            press(app, *"abd", "backspace", *"c", "home", *"[", "end", *"]")
            await pilot.pause()
            await pilot.pause()
            text = field.text if isinstance(field, OrderedTextArea) else field.value
            assert text == "[abc]"
