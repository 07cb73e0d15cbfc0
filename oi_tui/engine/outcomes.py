"""What the model is told about a piece of code: how it ended and what it printed.

The words here are for a model, so they stay English. Output is framed as data: whatever it says,
it is no instruction. Pure; knows no session and no provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, RunStatus
from oi_tui.protocol.reports import NOT_RUN, NOTHING_PRINTED, OUTPUT_FOLLOWS
from oi_tui.text.ansi import plain_output
from oi_tui.text.redaction import redactor

_STATUS = {
    RunStatus.OK: "It ran to its end.",
    RunStatus.ERROR: "It ended with an error.",
    RunStatus.EXIT: "The code exited early; its shell goes on and keeps its variables.",
    RunStatus.INTERRUPTED: "It was interrupted while it ran.",
    RunStatus.DIED: "Its shell died; variables and state of that shell are gone.",
    RunStatus.REFUSED: "It could not be run.",
}


@dataclass(slots=True)
class CodeRecord:
    """All that is known of one piece of code."""

    call_id: str
    language: str = ""
    code: str = ""
    problem: str = ""
    edited: str | None = None
    resolved: ev.ApprovalResolved | None = None
    is_running: bool = False
    finished: ev.RunFinished | None = None
    head: list[bytes] = field(default_factory=list)
    omitted: int = 0
    tail: list[bytes] = field(default_factory=list)
    displays: int = 0

    @property
    def ran(self) -> bool:
        """Whether a shell took it."""
        return self.finished is not None or self.is_running

    def add_output(self, data: bytes) -> None:
        """Keep what it printed."""
        (self.tail if self.omitted else self.head).append(data)


def outcome_text(record: CodeRecord, limit: int) -> str:
    """Return what became of the code, its output within `limit` characters."""
    if not record.ran:
        return _not_run(record)
    lines = []
    if record.edited is not None:
        lines.append("The person edited the code before running it. What ran:")
        lines.append(record.edited)
    lines.append(_how_it_ended(record))
    if record.displays:
        lines.append(f"It showed {record.displays} picture(s) to the person.")
    output = output_text(record, limit)
    if output:
        lines += [OUTPUT_FOLLOWS, output]
    else:
        lines.append(NOTHING_PRINTED)
    return "\n".join(lines)


def output_text(record: CodeRecord, limit: int) -> str:
    """Return the beginning and the end of what the code printed, with a count of the rest.

    What looks like a secret does not go to a provider, wherever the code found it.
    """
    text = plain_output(b"".join(record.head))
    if record.omitted:
        gap = f"\n… {record.omitted:,} bytes were not kept …\n"
        text += gap + plain_output(b"".join(record.tail))
    text = redactor.redact(text.strip("\n"))
    if len(text) <= limit:
        return text
    head, tail = limit // 2, limit - limit // 2
    left_out = len(text) - limit
    return f"{text[:head]}\n… {left_out:,} characters left out …\n{text[-tail:]}"


def _how_it_ended(record: CodeRecord) -> str:
    finished = record.finished
    if finished is None:
        return "The program ended while this ran."
    parts = [_STATUS[finished.status]]
    if finished.exit_code is not None:
        parts.append(f"Exit status {finished.exit_code}.")
    if finished.detail:
        parts.append(finished.detail)
    if finished.folder:
        parts.append(f"Working folder: {finished.folder}.")
    return " ".join(parts)


def _not_run(record: CodeRecord) -> str:
    resolved = record.resolved
    if record.problem:
        return f"{NOT_RUN} {record.problem}"
    if resolved is None:
        return f"{NOT_RUN} the turn ended before it was decided."
    if resolved.decision in (Decision.APPROVE, Decision.APPROVE_SESSION):
        return f"{NOT_RUN} the turn ended before it could start."
    reason = f" Their reason: {resolved.reason}" if resolved.reason else ""
    match resolved.by:
        case Decider.INTERRUPT | Decider.SHUTDOWN:
            return f"{NOT_RUN} the person interrupted before deciding."
        case Decider.ENGINE:
            return f"{NOT_RUN} {resolved.reason}"
        case _ if resolved.decision is Decision.STOP:
            return f"{NOT_RUN} the person rejected this code and stopped.{reason}"
        case _:
            return f"{NOT_RUN} the person rejected this code.{reason}"
