"""Events: everything the engine tells, in the past tense, in the order it happened.

Brackets: each `TurnStarted` has one `TurnFinished`; each `MessageStarted` one `MessageFinished`;
each `CodeStarted` one `CodeFinished`; each `RunStarted` one `RunFinished`; each `ApprovalRequested`
one `ApprovalResolved`. Added texts add up to the finished ones. `RunStarted` follows only an
approving `ApprovalResolved` of the same call and digest. `engine.invariants` checks all this.
"""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.protocol.approval_events import (
    ApprovalRequested as ApprovalRequested,
)
from oi_tui.protocol.approval_events import (
    ApprovalResolved as ApprovalResolved,
)
from oi_tui.protocol.approval_events import (
    ProposalEdited as ProposalEdited,
)
from oi_tui.protocol.approval_events import (
    ProposalScanned as ProposalScanned,
)
from oi_tui.protocol.approval_events import (
    ScanStarted as ScanStarted,
)
from oi_tui.protocol.compaction_events import (
    CompactionAnnounced as CompactionAnnounced,
)
from oi_tui.protocol.compaction_events import (
    CompactionFinished as CompactionFinished,
)
from oi_tui.protocol.compaction_events import (
    CompactionStarted as CompactionStarted,
)
from oi_tui.protocol.items import (
    ChatMessage,
    EngineState,
    ErrorInfo,
    ErrorKind,
    HistoryChange,
    InputMode,
    Limit,
    RunStatus,
    ShellState,
    TurnEnd,
    Usage,
)
from oi_tui.protocol.model_events import (
    ModelLoading as ModelLoading,
)
from oi_tui.protocol.model_events import (
    PromptReading as PromptReading,
)
from oi_tui.protocol.session_events import (
    SessionBranched as SessionBranched,
)
from oi_tui.protocol.session_events import (
    SessionImported as SessionImported,
)
from oi_tui.protocol.session_events import (
    SessionOpened as SessionOpened,
)
from oi_tui.protocol.session_events import (
    SessionPinned as SessionPinned,
)
from oi_tui.protocol.session_events import (
    SessionRenamed as SessionRenamed,
)


# -- lifecycle ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StateChanged:
    """The engine went into another state."""

    state: EngineState


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """The last event of an engine."""


# -- turn -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A turn began. Empty `prompt`: it continues the one before."""

    prompt: str


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """A turn ended; `error` where `reason` is FAILED, `limit` where it is LIMIT."""

    reason: TurnEnd
    error: ErrorInfo | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class PromptQueued:
    """A prompt waits for the running turn."""

    text: str


@dataclass(frozen=True, slots=True)
class PromptReturned:
    """A prompt that waited will not be sent: the person stopped the turn that it waited for."""

    text: str


# -- prose ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MessageStarted:
    """The model began to write prose."""

    message_id: str


@dataclass(frozen=True, slots=True)
class TextAdded:
    """The model wrote more prose; neighbouring ones may be joined."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageFinished:
    """A stretch of prose is whole (`complete`), or was cut off."""

    message_id: str
    text: str
    complete: bool


# -- code -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CodeStarted:
    """The model began to write code. `language` as it wrote it; may still be empty."""

    call_id: str
    language: str


@dataclass(frozen=True, slots=True)
class CodeAdded:
    """The model wrote more code; neighbouring ones may be joined."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CodeFinished:
    """A proposal closed. Not `runnable`: `problem` says why (cut off, unreadable, no shell)."""

    call_id: str
    language: str
    code: str
    digest: str
    runnable: bool
    problem: str = ""


# -- runs -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RunStarted:
    """Exactly the bytes with this digest began to run."""

    call_id: str
    language: str
    digest: str


@dataclass(frozen=True, slots=True)
class OutputAdded:
    """A program wrote bytes to its terminal; neighbouring ones may be joined."""

    call_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class OutputOmitted:
    """This many bytes between the recorded head and tail were shown live but not recorded."""

    call_id: str
    count: int


@dataclass(frozen=True, slots=True)
class DisplayAdded:
    """A program showed a picture or rich text (`mime` and its bytes)."""

    call_id: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LineReached:
    """A run is at this line (from 1) of its code."""

    call_id: str
    line: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended. `exit_code` where the runtime has one; `output_bytes` counts all of it."""

    call_id: str
    status: RunStatus
    exit_code: int | None
    seconds: float
    folder: str
    output_bytes: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShellChanged:
    """A shell changed its state; `detail` says why it died."""

    language: str
    state: ShellState
    folder: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InputAwaited:
    """A running program reads its terminal, or (`waiting` false) no longer does."""

    call_id: str
    mode: InputMode
    waiting: bool


# -- state ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class UsageReported:
    """What the last request used, and the session so far. `context_window` 0: unknown.

    `waited`: seconds from the request to the first piece of the reply; `seconds`: from there to its
    end, which is what a speed is made of. Both 0 where there was no reply to measure.
    """

    request: Usage
    session: Usage
    context_tokens: int
    context_window: int
    waited: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HistoryTrimmed:
    """The oldest messages were left out of a request so that it fits; nothing was deleted."""

    left_out: int
    kept: int


@dataclass(frozen=True, slots=True)
class HistoryReplaced:
    """The history is now these messages; `reason` says it to a person."""

    messages: tuple[ChatMessage, ...]
    reason: str
    change: HistoryChange = HistoryChange.LOADED


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """Requests go to another model from now on. Empty `api_base`: the provider's own address."""

    model: str
    api_base: str = ""


@dataclass(frozen=True, slots=True)
class InstructionsChanged:
    """The system message is another one. Empty: the built-in one."""

    text: str


@dataclass(frozen=True, slots=True)
class AutoRunChanged:
    """Proposals run without asking (`on`), or are asked for again."""

    on: bool


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting of this session is another one; `text` as a settings file or flag would say it.

    Only those that take effect between requests: see `engine.changes`. Empty: the default.
    """

    name: str
    text: str


# -- notices --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Warned:
    """Something the person should know; nothing ended because of it."""

    kind: ErrorKind
    text: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed before its first token and is sent again after `wait` seconds."""

    kind: ErrorKind
    attempt: int
    attempts: int
    wait: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RequestSent:
    """A request went out to the model."""

    model: str


Event = (
    SessionOpened
    | StateChanged
    | EngineStopped
    | TurnStarted
    | TurnFinished
    | PromptQueued
    | PromptReturned
    | MessageStarted
    | TextAdded
    | MessageFinished
    | CodeStarted
    | CodeAdded
    | CodeFinished
    | ApprovalRequested
    | ProposalEdited
    | ScanStarted
    | ProposalScanned
    | ApprovalResolved
    | RunStarted
    | OutputAdded
    | OutputOmitted
    | DisplayAdded
    | LineReached
    | RunFinished
    | ShellChanged
    | InputAwaited
    | UsageReported
    | HistoryTrimmed
    | HistoryReplaced
    | CompactionAnnounced
    | CompactionStarted
    | CompactionFinished
    | ModelChanged
    | InstructionsChanged
    | AutoRunChanged
    | SettingChanged
    | SessionRenamed
    | SessionPinned
    | SessionBranched
    | SessionImported
    | Warned
    | Retrying
    | RequestSent
    | ModelLoading
    | PromptReading
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event on its way: `seq` counts from 1 without gaps, `at` is Unix time in seconds.

    The live pieces of one recorded delta share its number: see `engine.bus`.
    """

    seq: int
    at: float
    session_id: str
    turn: int
    event: Event
