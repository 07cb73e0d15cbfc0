"""Typing into the program that runs: a line, a password, or every key at once.

Owns what each key means in each of the three. Knows no program: it gives bytes away.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from oi_tui.protocol.items import InputMode
from oi_tui.text.translation import tr
from oi_tui.ui.emulator.keys import key_bytes, paste_bytes
from oi_tui.ui.emulator.modes import Modes
from oi_tui.ui.keymap import bindings
from oi_tui.ui.widgets.output_messages import InterruptRequested, Typed
from oi_tui.ui.widgets.text_fields import OrderedInput

LEAVE_WITHIN = 0.4  # seconds between two Escapes that leave
_KEPT_LINES = 100
_RAW_IN_LINE = {"ctrl+backslash": b"\x1c"}  # keys that a terminal acts on while a line is edited


class TypingField(OrderedInput):
    """The line below the output while the person types into a program."""

    DEFAULT_CSS = """
    TypingField, TypingField:focus {
        border: none;
        height: 1;
        padding: 0 1;
        background: $boost;
        color: $foreground;
    }
    TypingField.-raw, TypingField.-raw:focus { height: 0; }
    """

    # Before the keys that go to the program.
    BINDINGS: ClassVar[list[BindingType]] = bindings({"output.leave": "leave"}, ("output.leave",))

    class Left(Message):
        """The person is done typing."""

    class LostFocus(Message):
        """Keys go elsewhere for now."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.mode = InputMode.LINE
        self.asked: Callable[[], Modes] = Modes  # returns what the program asked of its terminal
        self._lines: list[str] = []
        self._chosen = 0
        self._escape_at = 0.0

    def set_mode(self, mode: InputMode) -> None:
        """Edit lines, hide what is typed, or send every key. What was half typed stays a line."""
        if mode is not self.mode:
            if InputMode.LINE not in (mode, self.mode) or self.mode is InputMode.PASSWORD:
                self.value = ""
            self.mode = mode
        self.password = mode is InputMode.PASSWORD
        self.set_class(mode is InputMode.RAW, "-raw")
        self.placeholder = {
            InputMode.LINE: tr("a line for the program"),
            InputMode.PASSWORD: tr("hidden, and kept nowhere"),
            InputMode.RAW: tr("every key goes to the program"),
        }[mode]

    def on_blur(self) -> None:
        """Say so: the view looks whether it is for good."""
        self.post_message(self.LostFocus())

    def _answer(self, data: bytes) -> None:
        if data:
            self.post_message(Typed(data))

    async def _on_key(self, event: events.Key) -> None:
        if self._take_key(event):
            event.stop()
            event.prevent_default()

    def _take_key(self, event: events.Key) -> bool:
        """Act on a key; False leaves it to the line editor."""
        if event.key == "escape" and self._second_escape():
            self.action_leave()
        elif self.mode is InputMode.RAW:
            data = key_bytes(event.key, event.character, self.asked().application_cursor)
            self._answer(data)
        elif event.key == "escape":
            pass  # the first of two
        elif event.key == "ctrl+c":
            self.value = ""
            self.post_message(InterruptRequested())
        elif event.key == "ctrl+d":
            self._send(b"\x04")
        elif event.key in _RAW_IN_LINE:
            self._answer(_RAW_IN_LINE[event.key])
        elif event.key == "enter":
            self._send(b"\n")
        elif event.key in ("up", "down"):
            self._choose(-1 if event.key == "up" else 1)
        else:
            return False
        return True

    def action_leave(self) -> None:
        """Stop typing; half a line stays, half a password does not."""
        self.value = "" if self.password else self.value
        self.post_message(self.Left())

    def _second_escape(self) -> bool:
        now = time.monotonic()
        second = now - self._escape_at <= LEAVE_WITHIN
        self._escape_at = 0.0 if second else now
        return second

    def _send(self, end: bytes) -> None:
        """Send the line. A password leaves no trace."""
        line, self.value = self.value, ""
        if not self.password and line and self._lines[-1:] != [line]:
            self._lines = [*self._lines, line][-_KEPT_LINES:]
        self._chosen = len(self._lines)
        self._answer(line.encode("utf-8", "replace") + end)

    def _choose(self, step: int) -> None:
        """Show an earlier line again."""
        if self.password or not self._lines:
            return
        self._chosen = max(0, min(len(self._lines), self._chosen + step))
        self.value = self._lines[self._chosen] if self._chosen < len(self._lines) else ""
        self.cursor_position = len(self.value)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if self.mode is InputMode.RAW:
            self._answer(paste_bytes(event.text, self.asked().bracketed_paste))
            return
        *lines, rest = event.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            self.insert_text_at_cursor(_typed(line))
            self._send(b"\n")
        self.insert_text_at_cursor(_typed(rest))


def _typed(line: str) -> str:
    return paste_bytes(line, bracketed=False).decode()
