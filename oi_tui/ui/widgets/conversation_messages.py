"""What the person wants of a block, as messages of `Conversation`. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class CopyRequested(Message, namespace="conversation"):
    """The person wants this text on the clipboard."""

    text: str


@dataclass
class PromptRequested(Message, namespace="conversation"):
    """The person wants this text in the prompt."""

    text: str


@dataclass
class RerunRequested(Message, namespace="conversation"):
    """The person wants this code proposed once more."""

    block_id: str


@dataclass
class EditRequested(Message, namespace="conversation"):
    """The person wants to change this code and propose it."""

    block_id: str


@dataclass
class BranchRequested(Message, namespace="conversation"):
    """The person wants a new session that goes on from this block."""

    block_id: str


class ReplayRequested(Message, namespace="conversation"):
    """The person wants what ran before to be proposed again, for fresh shells."""


@dataclass
class LinkRequested(Message, namespace="conversation"):
    """The person wants to open this address, which a model wrote: confirm it first."""

    url: str


FromConversation = (
    CopyRequested
    | PromptRequested
    | RerunRequested
    | EditRequested
    | BranchRequested
    | ReplayRequested
    | LinkRequested
)
