"""The messages of a request as a chat template takes them.

Owns the check of what came, and the mark that keeps special tokens of foreign text from being
special: what a page or a command prints must not end a turn. Knows no template and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A character that no text has: it parts the first two characters of a special token's text.
MARK = "\ufdd0"


class MessagesError(Exception):
    """The messages of a request make no sense; the text says which."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `system`, `user` or `assistant`, and its text."""

    role: str
    text: str


def messages_in(raw: object) -> list[Message]:
    """Read the messages of a request; raises `MessagesError`."""
    if not isinstance(raw, list) or not raw:
        raise MessagesError("messages must be a list that is not empty")
    return [_message(one) for one in raw]


def _message(raw: object) -> Message:
    if not isinstance(raw, dict) or not isinstance(raw.get("role"), str):
        raise MessagesError("each message needs a role")
    role, text = raw["role"], _text(raw.get("content"))
    if role in ("tool", "function"):
        return Message("user", text)
    role = {"developer": "system"}.get(role, role)
    if role not in ("system", "user", "assistant"):
        raise MessagesError(f"the role {role!r} is not known")
    return Message(role, text)


def _text(content: object) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise MessagesError("content must be text")
    pieces = []
    for part in content:
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            raise MessagesError("this model reads text only")
        pieces.append(part["text"])
    return "".join(pieces)


def defused(messages: Iterable[Message], specials: Sequence[str]) -> list[Message]:
    """Return the messages with every special token's text parted by `MARK`."""
    found = []
    for message in messages:
        text = message.text.replace(MARK, "")
        for special in specials:
            if special in text:
                text = text.replace(special, special[:1] + MARK + special[1:])
        found.append(Message(message.role, text))
    return found


def in_turns(messages: Sequence[Message]) -> list[Message]:
    """Return the messages as turns: one system text at most, then user and assistant by turns.

    For templates that refuse anything else.
    """
    system = "\n\n".join(one.text for one in messages if one.role == "system" and one.text)
    turns: list[Message] = []
    for message in messages:
        if message.role == "system":
            continue
        if turns and turns[-1].role == message.role:
            turns[-1] = Message(message.role, f"{turns[-1].text}\n\n{message.text}")
        else:
            turns.append(message)
    if not turns or turns[0].role == "assistant":
        turns.insert(0, Message("user", ""))
    return [Message("system", system), *turns] if system else turns


def without_system(turns: Sequence[Message]) -> list[Message]:
    """Return turns whose system text stands at the beginning of the first user's."""
    if turns[0].role != "system":
        return list(turns)
    first = Message("user", f"{turns[0].text}\n\n{turns[1].text}".rstrip())
    return [first, *turns[2:]]
