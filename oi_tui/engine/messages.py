"""Makes messages of what a model wrote and of what became of it, for the model to read.

Calls of the tool become tool calls with their results; fenced code stays in the text and its
results follow as a message that is framed as the program's. Earlier code that ran again is told in
short: the model has it already. English on purpose. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from oi_tui.engine.languages import TOOL_NAME
from oi_tui.engine.outcomes import CodeRecord, outcome_text
from oi_tui.protocol.items import ChatMessage, Origin, Role, RunStatus, ToolCall, origin_of
from oi_tui.protocol.reports import FRAME

REPLAY_LIMIT = 1000  # characters of the output of code that ran again, and failed

_TICKS = re.compile("`{3,}")


def fenced(language: str, code: str) -> str:
    """Return code as a Markdown block whose fence is longer than any within it."""
    longest = max((len(found) for found in _TICKS.findall(code)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{code}\n{ticks}"


@dataclass(slots=True)
class Reply:
    """What the model, or the person, wrote since the last message; in order."""

    pieces: list[str | CodeRecord] = field(default_factory=list)

    def messages(self, limit: int) -> list[ChatMessage]:
        """Return what the model gets to see of it, outputs within `limit` characters."""
        records = [piece for piece in self.pieces if isinstance(piece, CodeRecord)]
        own = [r for r in records if origin_of(r.call_id) is Origin.PERSON]
        if own:
            return [_own_run(record, limit) for record in own if record.ran]
        if replayed := [r for r in records if origin_of(r.call_id) is Origin.REPLAY]:
            return [_replay(replayed, limit)] if any(r.ran for r in replayed) else []
        calls = [r for r in records if origin_of(r.call_id) is Origin.CALL]
        results = [
            ChatMessage(Role.TOOL, outcome_text(record, limit), call_id=record.call_id)
            for record in calls
        ]
        text = self._text()
        if not text and not calls:
            return []
        said = ChatMessage(Role.ASSISTANT, text, tuple(_tool_call(record) for record in calls))
        reports = [
            f"About your {record.language or 'code'} block:\n{outcome_text(record, limit)}"
            for record in records
            if origin_of(record.call_id) is Origin.FENCE
        ]
        return [said, *results, *([report(reports)] if reports else [])]

    def _text(self) -> str:
        parts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece.strip("\n"))
            elif origin_of(piece.call_id) is Origin.FENCE:
                parts.append(fenced(piece.language, piece.code))
        return "\n\n".join(part for part in parts if part.strip())


def _tool_call(record: CodeRecord) -> ToolCall:
    arguments = {"language": record.language, "code": record.code}
    return ToolCall(record.call_id, TOOL_NAME, json.dumps(arguments, ensure_ascii=False))


def report(parts: Sequence[str]) -> ChatMessage:
    """Return a message that is framed as the program's."""
    return ChatMessage(Role.USER, "\n\n".join((FRAME, *parts)))


def _own_run(record: CodeRecord, limit: int) -> ChatMessage:
    said = f"The person ran this themselves:\n{fenced(record.language, _what_ran(record))}"
    return report((said, outcome_text(_shown(record), limit)))


def _what_ran(record: CodeRecord) -> str:
    return record.edited if record.edited is not None else record.code


def _shown(record: CodeRecord) -> CodeRecord:
    """Return the record without its code: that is told beside it."""
    return replace(record, edited=None, problem="")


def _replay(records: Sequence[CodeRecord], limit: int) -> ChatMessage:
    """Tell how many earlier pieces of code ran again, and what those printed that failed."""
    ran = [record for record in records if record.ran]
    failed = [record for record in ran if _status(record) is not RunStatus.OK]
    skipped = len(records) - len(ran)
    said = f"The person ran earlier code again, to fill fresh shells: {len(ran)} piece(s), in order"
    said += f"; {skipped} more did not run" if skipped else ""
    said += f"; {len(failed)} failed:" if failed else "; all ran to their end."
    parts = [
        f"{fenced(record.language, _what_ran(record))}\n"
        + outcome_text(_shown(record), min(limit, REPLAY_LIMIT))
        for record in failed
    ]
    return report((said, *parts))


def _status(record: CodeRecord) -> RunStatus | None:
    return record.finished.status if record.finished is not None else None
