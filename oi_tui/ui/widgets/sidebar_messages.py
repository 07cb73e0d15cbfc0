"""What the person does in the session browser, as messages of `Sidebar`. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from textual.message import Message


class Errand(StrEnum):
    """What is wanted, of one session or, of `NEW`, `LOOK_ANEW` and `UNDO`, of none."""

    NEW = auto()
    LOOK_ANEW = auto()  # at what there is: other programs make sessions, too
    RENAME = auto()
    PIN = auto()
    BRANCH = auto()
    EXPORT = auto()
    DELETE = auto()
    COPY_ID = auto()
    UNDO = auto()  # the deletion of a session


@dataclass
class Opened(Message, namespace="sidebar"):
    """A session was chosen; `block_id` with what was found there, of these `words`, if a hit."""

    session_id: str
    block_id: str = ""
    words: tuple[str, ...] = ()


@dataclass
class Asked(Message, namespace="sidebar"):
    """Something is wanted; of which session, if it is about one."""

    errand: Errand
    session_id: str


@dataclass
class SearchRequested(Message, namespace="sidebar"):
    """These words are looked for in all texts."""

    wanted: str


@dataclass
class PreviewRequested(Message, namespace="sidebar"):
    """A session is to be looked at without opening it; an empty id: no longer."""

    session_id: str


class Left(Message, namespace="sidebar"):
    """The person goes back to where they were."""
