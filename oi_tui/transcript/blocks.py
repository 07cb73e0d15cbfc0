"""What a conversation is shown as: prompts, prose, code with its run, notices. Plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    APPROVING,
    Decider,
    Decision,
    ErrorInfo,
    InputMode,
    Limit,
    Origin,
    RunStatus,
    origin_of,
)


class CodeState(StrEnum):
    """Where a proposal stands."""

    STREAMING = "streaming"
    UNRUNNABLE = "unrunnable"  # cut off, unreadable, or no shell for its language
    WAITING = "waiting"  # for a decision
    APPROVED = "approved"
    REJECTED = "rejected"
    RUNNING = "running"
    FINISHED = "finished"


class NoticeKind(StrEnum):
    """What a notice is about; it decides how the notice looks."""

    ERROR = "error"
    LIMIT = "limit"
    INTERRUPTED = "interrupted"
    WARNING = "warning"
    TRIMMED = "trimmed"
    CONTEXT = "context"  # it is getting full
    REOPENED = "reopened"
    HISTORY = "history"
    COMPACTED = "compacted"  # `summary` stands for what came before
    MODEL = "model"
    AUTO_RUN = "auto_run"
    IMPORTED = "imported"
    BRANCHED = "branched"


@dataclass(slots=True)
class PromptBlock:
    """What the person wrote."""

    block_id: str
    turn: int
    text: str
    at: float = 0.0  # when it was sent, in Unix time; 0: unknown
    undone: bool = False


@dataclass(slots=True)
class ProseBlock:
    """What the model wrote. `pieces` join to the text so far; `complete` false: cut off."""

    block_id: str
    turn: int
    pieces: list[str] = field(default_factory=list)
    finished: bool = False
    complete: bool = True
    undone: bool = False

    @property
    def text(self) -> str:
        """The prose so far."""
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


@dataclass(slots=True)
class Output:
    """What a run printed, as recorded: a head, a gap of `omitted` bytes, a tail."""

    head: bytearray = field(default_factory=bytearray)
    omitted: int = 0
    tail: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> None:
        """Append recorded bytes to the part that is being written."""
        (self.tail if self.omitted else self.head).extend(data)


@dataclass(slots=True)
class Display:
    """A picture or rich text that a run showed."""

    mime: str
    data: bytes


@dataclass(slots=True)
class CodeBlock:
    """A proposal and, once it ran, its run. `block_id` is its call id."""

    block_id: str
    turn: int
    language: str
    pieces: list[str] = field(default_factory=list)
    digest: str = ""
    state: CodeState = CodeState.STREAMING
    problem: str = ""
    edited: bool = False
    decision: Decision | None = None
    by: Decider | None = None
    reason: str = ""
    line: int = 0
    output: Output = field(default_factory=Output)
    displays: list[Display] = field(default_factory=list)
    status: RunStatus | None = None
    exit_code: int | None = None
    seconds: float = 0.0
    folder: str = ""
    output_bytes: int = 0
    detail: str = ""
    waiting: bool = False
    input_mode: InputMode = InputMode.LINE
    at: float = 0.0  # when the model began to write it, in Unix time; 0: unknown
    undone: bool = False

    @property
    def code(self) -> str:
        """The code so far; after an edit, the edited code."""
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


@dataclass(slots=True)
class NoticeBlock:
    """Something the program says in the conversation. `text` is already for a person."""

    block_id: str
    turn: int
    kind: NoticeKind
    text: str = ""
    error: ErrorInfo | None = None
    limit: Limit | None = None
    count: int = 0
    summary: str = ""
    undone: bool = False


# `undone` of every kind: it is no longer part of the conversation that the model sees.
Block = PromptBlock | ProseBlock | CodeBlock | NoticeBlock


def blocks_to_rerun(blocks: Iterable[Block]) -> tuple[ops.Rerun, ...]:
    """Return the approved code that ran well, in order, to fill fresh shells with it again.

    What was itself such a rerun is left out: its original stands for it.
    """
    return tuple(
        ops.Rerun(block.language, block.code)
        for block in blocks
        if isinstance(block, CodeBlock)
        and block.decision in APPROVING
        and block.status is RunStatus.OK
        and not block.undone
        and origin_of(block.block_id) is not Origin.REPLAY
    )
