"""What is told about kept sessions: lines of a list, hits of a search. Knows no file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SessionStatus(StrEnum):
    """What a kept session is doing, or how it was left."""

    IDLE = "idle"
    RUNNING = "running"  # the model answers or code runs, in some window
    ASKING = "asking"  # a proposal waits for the person, in some window
    WAITING = "waiting"  # a program reads its terminal, in some window
    FAILED = "failed"  # its last turn failed
    CUT_OFF = "cut_off"  # the program ended in the middle of a turn


class HitKind(StrEnum):
    """Where a search found its words."""

    TITLE = "title"
    PROMPT = "prompt"
    PROSE = "prose"
    CODE = "code"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class SessionListing:
    """One session in a list; times are Unix time in seconds."""

    session_id: str
    title: str = ""  # empty: not named yet, or not read yet
    folder: str = ""  # the working folder it was started in
    model: str = ""  # the one it last talked to
    started: float = 0.0
    changed: float = 0.0  # when something was last recorded
    turns: int = 0  # prompts the person sent
    cost: float | None = None  # US dollars; None: unknown
    pinned: bool = False
    imported: bool = False  # it came from a file of someone else
    parent_id: str = ""  # the session that this is a branch of
    status: SessionStatus = SessionStatus.IDLE
    open_elsewhere: bool = False  # another running program has it open


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Words found in a session. `snippet[start:end]` is what was found, `snippet` is one line."""

    session_id: str
    kind: HitKind
    block_id: str  # the block of the transcript that holds it; empty for a title
    snippet: str
    start: int
    end: int


class ExportFormat(StrEnum):
    """What a session can be written as."""

    MARKDOWN = "markdown"
    NOTEBOOK = "notebook"  # Jupyter, with outputs and pictures
    SCRIPT = "script"  # one plain file per language, of the code that ran well
    HTML = "html"
    JSON = "json"  # messages, in the flat form of Open Interpreter 0.4
