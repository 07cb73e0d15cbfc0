"""A pure fold of events into blocks: the conversation as it is shown.

The live view, a restored session and an export fold the same events through this one place.
Knows no widget, no file and no engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from oi_tui.protocol import events as ev
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
    TurnEnd,
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
    REOPENED = "reopened"
    HISTORY = "history"
    MODEL = "model"
    AUTO_RUN = "auto_run"


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


class Transcript:
    """The blocks of one session, in order. `apply` returns what an event changed."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._by_id: dict[str, Block] = {}
        self._opened = 0

    def find(self, block_id: str) -> Block | None:
        """Return the block with this id (a message's or a call's)."""
        return self._by_id.get(block_id)

    def replay(self, envelopes: Iterable[ev.Envelope]) -> None:
        """Fold many events, as when a session is opened again."""
        for envelope in envelopes:
            self.apply(envelope)

    def apply(self, envelope: ev.Envelope) -> Block | None:
        """Fold one event; return the block that it made or changed, if any."""
        event = envelope.event
        match event:
            case ev.MessageStarted() | ev.TextAdded() | ev.MessageFinished():
                return self._prose(envelope.turn, event)
            case ev.CodeStarted() | ev.CodeAdded() | ev.CodeFinished():
                return self._code(envelope, event)
            case ev.ApprovalRequested() | ev.ProposalEdited() | ev.ApprovalResolved():
                return self._approval(event)
            case (
                ev.RunStarted()
                | ev.OutputAdded()
                | ev.OutputOmitted()
                | ev.DisplayAdded()
                | ev.LineReached()
                | ev.InputAwaited()
                | ev.RunFinished()
            ):
                return self._run(event)
            case ev.TurnStarted(prompt=prompt) if prompt:
                return self._append(
                    PromptBlock(f"prompt-{envelope.seq}", envelope.turn, prompt, envelope.at)
                )
            case _:
                return self._notice(envelope)

    # -- one method a bracket -----------------------------------------------------------------
    def _prose(
        self, turn: int, event: ev.MessageStarted | ev.TextAdded | ev.MessageFinished
    ) -> Block | None:
        if isinstance(event, ev.MessageStarted):
            return self._append(ProseBlock(event.message_id, turn))
        block = self._by_id.get(event.message_id)
        if not isinstance(block, ProseBlock):
            return None
        if isinstance(event, ev.TextAdded):
            block.pieces.append(event.text)
        else:
            block.pieces[:] = [event.text]
            block.finished, block.complete = True, event.complete
        return block

    def _code(
        self, envelope: ev.Envelope, event: ev.CodeStarted | ev.CodeAdded | ev.CodeFinished
    ) -> Block | None:
        if isinstance(event, ev.CodeStarted):
            return self._append(
                CodeBlock(event.call_id, envelope.turn, event.language, at=envelope.at)
            )
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        if isinstance(event, ev.CodeAdded):
            block.pieces.append(event.text)
            return block
        block.pieces[:] = [event.code]
        block.language, block.digest = event.language, event.digest
        block.state = CodeState.WAITING if event.runnable else CodeState.UNRUNNABLE
        block.problem = event.problem
        return block

    def _approval(
        self, event: ev.ApprovalRequested | ev.ProposalEdited | ev.ApprovalResolved
    ) -> Block | None:
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        match event:
            case ev.ApprovalRequested():
                block.folder = event.folder
                block.state = CodeState.WAITING
            case ev.ProposalEdited():
                block.pieces[:] = [event.code]
                block.digest, block.edited = event.digest, True
            case ev.ApprovalResolved():
                approved = event.decision in (Decision.APPROVE, Decision.APPROVE_SESSION)
                block.state = CodeState.APPROVED if approved else CodeState.REJECTED
                block.decision, block.by, block.reason = event.decision, event.by, event.reason
        return block

    def _run(
        self,
        event: ev.RunStarted
        | ev.OutputAdded
        | ev.OutputOmitted
        | ev.DisplayAdded
        | ev.LineReached
        | ev.InputAwaited
        | ev.RunFinished,
    ) -> Block | None:
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        match event:
            case ev.RunStarted():
                block.state = CodeState.RUNNING
            case ev.OutputAdded():
                block.output.add(event.data)
            case ev.OutputOmitted():
                block.output.omitted += event.count
            case ev.DisplayAdded():
                block.displays.append(Display(event.mime, event.data))
            case ev.LineReached():
                block.line = event.line
            case ev.InputAwaited():
                block.waiting, block.input_mode = event.waiting, event.mode
            case ev.RunFinished():
                self._finish_run(block, event)
        return block

    @staticmethod
    def _finish_run(block: CodeBlock, event: ev.RunFinished) -> None:
        block.state, block.waiting, block.line = CodeState.FINISHED, False, 0
        block.status, block.exit_code = event.status, event.exit_code
        block.seconds, block.folder = event.seconds, event.folder
        block.output_bytes, block.detail = event.output_bytes, event.detail

    def _notice(self, envelope: ev.Envelope) -> Block | None:
        event = envelope.event
        block = NoticeBlock(f"notice-{envelope.seq}", envelope.turn, NoticeKind.WARNING)
        match event:
            case ev.SessionOpened(title=title):
                return self._open(block, title)
            case ev.SessionRenamed(title=title):
                self.title = title
                return None
            case ev.TurnFinished(reason=TurnEnd.FAILED, error=error):
                block.kind, block.error = NoticeKind.ERROR, error
            case ev.TurnFinished(reason=TurnEnd.LIMIT, limit=limit):
                block.kind, block.limit = NoticeKind.LIMIT, limit
            case ev.TurnFinished(reason=TurnEnd.INTERRUPTED):
                block.kind = NoticeKind.INTERRUPTED
            case ev.Warned(text=text):
                block.text = text
            case ev.HistoryTrimmed(left_out=left_out):
                block.kind, block.count = NoticeKind.TRIMMED, left_out
            case ev.HistoryReplaced(reason=reason):
                block.kind, block.text = NoticeKind.HISTORY, reason
            case ev.ModelChanged(model=model):
                block.kind, block.text = NoticeKind.MODEL, model
            case ev.AutoRunChanged(on=on):
                block.kind, block.count = NoticeKind.AUTO_RUN, int(on)
            case _:
                return None
        return self._append(block)

    def _open(self, block: NoticeBlock, title: str) -> Block | None:
        self.title = title or self.title
        self._opened += 1
        if self._opened == 1:
            return None
        self._end_what_was_running()
        block.kind = NoticeKind.REOPENED
        return self._append(block)

    def _end_what_was_running(self) -> None:
        """What was under way when the program died is over: nothing of it can be decided now."""
        for block in self.blocks:
            if isinstance(block, ProseBlock) and not block.finished:
                block.finished, block.complete = True, False
            elif isinstance(block, CodeBlock):
                if block.state in (CodeState.APPROVED, CodeState.RUNNING):
                    block.state, block.status = CodeState.FINISHED, RunStatus.DIED
                elif block.state in (CodeState.STREAMING, CodeState.WAITING):
                    block.state = CodeState.REJECTED

    def _append(self, block: Block) -> Block:
        self.blocks.append(block)
        self._by_id[block.block_id] = block
        return block
