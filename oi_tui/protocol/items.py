"""The small values that ops and events are made of. Knows no behaviour but their construction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_SURROGATE = re.compile("[\ud800-\udfff]")


class Role(StrEnum):
    """Who speaks in a message of the conversation, as chat APIs name it."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class EngineState(StrEnum):
    """What the engine is doing now."""

    IDLE = "idle"
    THINKING = "thinking"
    ASKING = "asking"
    RUNNING = "running"


class TurnEnd(StrEnum):
    """Why a turn finished."""

    COMPLETED = "completed"
    STOPPED = "stopped"  # the person rejected a proposal and stopped
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    LIMIT = "limit"  # a bound was reached: `ContinueTurn` goes on


class Decision(StrEnum):
    """What was decided about a proposal."""

    APPROVE = "approve"
    APPROVE_SESSION = "approve_session"  # this and later ones of the same language
    REJECT = "reject"  # skip it, tell the model, go on
    STOP = "stop"  # skip it and end the turn


APPROVING = (Decision.APPROVE, Decision.APPROVE_SESSION)


class Decider(StrEnum):
    """Who took a decision."""

    USER = "user"
    AUTO_RUN = "auto_run"
    SESSION_GRANT = "session_grant"
    INTERRUPT = "interrupt"
    SHUTDOWN = "shutdown"
    ENGINE = "engine"  # refused because it could not be run or recorded


class RunStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    ERROR = "error"
    EXIT = "exit"  # the code said `exit`; the shell goes on with its state
    INTERRUPTED = "interrupted"
    DIED = "died"  # the shell is gone
    REFUSED = "refused"  # the shell received other bytes than were approved, or never started


class ShellState(StrEnum):
    """The life of one persistent shell."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    WAITING = "waiting"  # a running program reads its terminal
    DEAD = "dead"


class InputMode(StrEnum):
    """What typing into a running program means, read from its terminal's settings."""

    LINE = "line"  # a line is edited and sent on Enter, the terminal echoes it
    PASSWORD = "password"  # echo is off in line mode: the field is masked
    RAW = "raw"  # every key goes to the program at once


class Limit(StrEnum):
    """The bounds that end a turn so that a person decides whether to go on."""

    STEPS = "steps"
    REPETITION = "repetition"
    BUDGET = "budget"
    TOKENS = "tokens"
    TIME = "time"
    OUTPUT_SIZE = "output_size"


class HistoryChange(StrEnum):
    """Why the history became another one."""

    LOADED = "loaded"  # other messages were put in its place, from a file or a program
    UNDONE = "undone"  # the last turn was taken back
    REDONE = "redone"  # what was taken back last is there again
    RETRIED = "retried"  # the last turn was taken back to be tried again
    RESET = "reset"  # forgotten
    COMPACTED = "compacted"  # its older part is a summary now, or cut: see `protocol.reports`
    RESTORED = "restored"  # that older part is there again, word for word


class ErrorKind(StrEnum):
    """The closed set of failures. Front ends decide by kind, never by prose."""

    AUTH = "auth"
    PERMISSION = "permission"
    MODEL_MISSING = "model_missing"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    NETWORK = "network"
    TIMEOUT = "timeout"
    CONTEXT_TOO_LONG = "context_too_long"
    BAD_REQUEST = "bad_request"
    CUT_OFF = "cut_off"
    UNREADABLE_REPLY = "unreadable_reply"
    EMPTY_REPLY = "empty_reply"
    WORKER_DIED = "worker_died"
    NO_MODEL = "no_model"
    SHELL_MISSING = "shell_missing"
    SHELL_DIED = "shell_died"
    STORE = "store"
    CONFIG = "config"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """A failure for a person: what failed, in whose words, what is kept, what can be done."""

    kind: ErrorKind
    title: str
    detail: str = ""
    hint: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one request, or summed. `cost` in US dollars; None: price unknown."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model made, its arguments as the JSON text it sent."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the history as a model sees it."""

    role: Role
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""  # role TOOL: which call this answers


class Origin(StrEnum):
    """Where a piece of code came from: the first letter of its call id."""

    CALL = "c"  # the model called the tool
    FENCE = "f"  # the model wrote a fenced block
    PERSON = "p"  # the person wrote it, or put it up again
    REPLAY = "r"  # it ran before and was put up again for fresh shells


def origin_of(call_id: str) -> Origin:
    """Return where the code with this id came from."""
    return Origin(call_id[:1]) if call_id[:1] in tuple(Origin) else Origin.CALL


def digest_of(code: str) -> str:
    """Return the SHA-256 (hex) of the bytes that would run: the code in UTF-8.

    Lone surrogates, which a model may send and UTF-8 cannot carry, count as U+FFFD: see
    `code_bytes`.
    """
    import hashlib  # not before the first frame

    return hashlib.sha256(code_bytes(code)).hexdigest()


def code_bytes(code: str) -> bytes:
    """Return exactly the bytes that run when `code` is approved."""
    return _SURROGATE.sub("\ufffd", code).encode("utf-8")
