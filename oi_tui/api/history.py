"""The list of messages as a program holds it: read, changed in place, or put in place of another.

Owns the two forms of the list and whether the program changed the one that it was given. Knows no
turn.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from oi_tui.api.errors import misuse
from oi_tui.formats.kinds import FormatError
from oi_tui.formats.messages import chat_messages, flat_messages, old_messages
from oi_tui.protocol.items import ChatMessage
from oi_tui.text.translation import tr
from oi_tui.transcript import Block

Messages = list[dict[str, Any]]


class MessageForm(StrEnum):
    """Which shape messages have."""

    FLAT = "flat"
    OLD = "0.1"


def messages_of(blocks: Sequence[Block], form: MessageForm) -> Messages:
    """Return a conversation as messages."""
    found = old_messages(blocks) if form is MessageForm.OLD else flat_messages(blocks)
    return list(found)


def read_messages(raw: object) -> tuple[ChatMessage, ...]:
    """Return the history that messages of either form stand for.

    Raises:
        TypeError: it is no list of messages.
    """
    try:
        return chat_messages(raw)
    except FormatError as problem:
        raise TypeError(str(problem)) from None


class HandedOut:
    """The list that the program got last, and what it held then."""

    def __init__(self) -> None:
        self._list: Messages | None = None
        self._content = ""

    def hand_out(self, messages: Messages) -> Messages:
        """Remember this list; return it, or the last one if it still says the same."""
        content = json.dumps(messages)
        if self._list is not None and content == self._content:
            return self._list
        self._list, self._content = messages, content
        return messages

    def changed(self) -> Messages | None:
        """Return the list if the program changed it since, once."""
        if self._list is None:
            return None
        try:
            content = json.dumps(self._list)
        except (TypeError, ValueError) as error:
            self.forget()
            raise misuse(tr("The messages cannot be used: {error}", error=error)) from None
        if content == self._content:
            return None
        self._content = content
        return self._list

    def forget(self) -> None:
        """Follow the list no longer."""
        self._list, self._content = None, ""


def prompt_of(message: object) -> str | None:
    """Return the text of a message that the person would send; None: it is another message."""
    if isinstance(message, str):
        return message
    if isinstance(message, dict) and message.get("role") == "user":
        text = message.get("content", message.get("message"))
        if message.get("type", "message") == "message" and isinstance(text, str):
            return text
    return None
