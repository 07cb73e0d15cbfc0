"""The events about a session as a whole; part of the vocabulary of `events`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """First event of a session, and again each time it is opened anew (shells are empty then)."""

    title: str
    model: str
    folder: str
    program_version: str
    api_base: str = ""  # empty: the provider's own address


@dataclass(frozen=True, slots=True)
class SessionRenamed:
    """The session has another title."""

    title: str


@dataclass(frozen=True, slots=True)
class SessionPinned:
    """The session stands above all others in the list (`on`), or no longer does."""

    on: bool


@dataclass(frozen=True, slots=True)
class SessionBranched:
    """Everything before this event was copied from another session, up to and with a block."""

    parent_id: str
    block_id: str


@dataclass(frozen=True, slots=True)
class SessionImported:
    """What follows came from a file of someone else: nothing of it ran or was approved here."""

    source: str  # the name of the file, for a person
