"""Reads replies in tests: text, calls, the end, and the error if there was one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from oi_tui.models.base import (
    CallDelta,
    ChatRequest,
    ModelError,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    RetryScheduled,
    TextDelta,
    ToolSchema,
)
from oi_tui.models.trouble import AttemptError, Trouble
from oi_tui.protocol.items import ChatMessage, ErrorInfo, Role

TOOL = ToolSchema(
    "execute",
    "Run code.",
    {
        "type": "object",
        "properties": {"language": {"type": "string"}, "code": {"type": "string"}},
        "required": ["language", "code"],
    },
)


def ask(model: str, *tools: ToolSchema, text: str = "hello") -> ChatRequest:
    return ChatRequest(model, (ChatMessage(Role.USER, text),), tools)


@dataclass
class Read:
    """All that one reply brought."""

    parts: list[ReplyPart] = field(default_factory=list)
    error: ErrorInfo | None = None
    trouble: Trouble | None = None

    @property
    def text(self) -> str:
        return "".join(p.text for p in self.parts if isinstance(p, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(p.text for p in self.parts if isinstance(p, ReasoningDelta))

    @property
    def finished(self) -> ReplyFinished | None:
        return next((p for p in self.parts if isinstance(p, ReplyFinished)), None)

    @property
    def retries(self) -> list[RetryScheduled]:
        return [p for p in self.parts if isinstance(p, RetryScheduled)]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Name and arguments of each call, told apart by id first, then index."""
        calls: dict[str, list[str]] = {}
        current: dict[int, str] = {}
        for part in self.parts:
            if isinstance(part, CallDelta):
                if part.call_id:
                    current[part.index] = part.call_id
                call = calls.setdefault(current[part.index], ["", ""])
                call[0] += part.name
                call[1] += part.arguments
        return [(name, arguments) for name, arguments in calls.values()]


def read(stream: Iterable[ReplyPart]) -> Read:
    """Read a reply to its end, keeping what came before an error."""
    result = Read()
    try:
        for part in stream:
            result.parts.append(part)
    except ModelError as error:
        result.error = error.info
    except AttemptError as error:
        result.trouble = error.trouble
    return result
