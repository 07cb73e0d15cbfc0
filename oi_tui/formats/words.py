"""The sentences and fences that exports share. Knows no file format of its own."""

from __future__ import annotations

import datetime as dt
import re

from oi_tui.engine.wording import error_text, how_it_ended, limit_text
from oi_tui.formats.kept import has_run
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, RunStatus
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock, CodeState, NoticeBlock, NoticeKind

_TICKS = re.compile("`{3,}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(.*)")


def code_notes(block: CodeBlock) -> list[str]:
    """Return what a reader should know of code beyond its text and output; mostly nothing."""
    notes = decision_notes(block)
    if block.status is not None and (block.status is not RunStatus.OK or block.exit_code):
        notes.append(how_it_ended(_end_of(block, block.status)))
    return notes


def decision_notes(block: CodeBlock) -> list[str]:
    """Return what was decided about code, where that is not simply to run it."""
    notes = [tr("Edited by you before it was decided.")] if block.edited else []
    if not has_run(block):
        notes.append(_why_not_run(block))
    return notes


def notice_text(block: NoticeBlock) -> str:
    """Return a notice as a sentence; empty if it is of no use later."""
    match block.kind:
        case NoticeKind.ERROR:
            return error_text(block.error) if block.error else ""
        case NoticeKind.LIMIT:
            return limit_text(block.limit)
        case NoticeKind.INTERRUPTED:
            return tr("Interrupted.")
        case NoticeKind.COMPACTED:
            return plain("\n\n".join(part for part in (block.text, block.summary) if part))
        case NoticeKind.WARNING | NoticeKind.HISTORY:
            return plain(block.text)
        case NoticeKind.IMPORTED:
            return tr(
                "Imported from {source}. Nothing of it ran or was approved here.",
                source=one_line(block.text, 80),
            )
        case NoticeKind.MODEL:
            return tr("From here on the model is {model}.", model=one_line(block.text))
        case _:
            return ""


def day(seconds: float) -> str:
    """Return the local date of a Unix time; empty if it is unknown."""
    if seconds <= 0:
        return ""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone().strftime("%Y-%m-%d")


def duration(seconds: float) -> str:
    """Return how long something took."""
    if seconds < 10:
        return tr("{seconds} s", seconds=f"{seconds:.1f}")
    if seconds < 60:
        return tr("{seconds} s", seconds=f"{seconds:.0f}")
    minutes, rest = divmod(round(seconds), 60)
    return tr("{minutes} min {seconds:02} s", minutes=minutes, seconds=rest)


def fenced(language: str, text: str) -> str:
    """Return a text as a Markdown block whose fence is longer than any within it."""
    ticks = "`" * (max((len(found) for found in _TICKS.findall(text)), default=2) + 1)
    info = one_line(language, 40).replace("`", "")
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{ticks}{info}\n{text}{end}{ticks}"


def closed_prose(text: str) -> str:
    """Return the model's Markdown, harmless, its last fence closed if it was cut off within."""
    prose = plain(text).strip("\n")
    fence = ""
    for line in prose.split("\n"):
        found = _FENCE.match(line)
        if found is None:
            continue
        marks, info = found[1], found[2]
        if not fence:
            fence = "" if "`" in info and marks[0] == "`" else marks
        elif marks[0] == fence[0] and len(marks) >= len(fence) and not info.strip():
            fence = ""
    return f"{prose}\n{fence}" if fence else prose


def _why_not_run(block: CodeBlock) -> str:
    if block.problem:
        return tr("Not run: {problem}", problem=one_line(block.problem, 300))
    if block.state in (CodeState.STREAMING, CodeState.WAITING):
        return tr("Not run: it was never decided.")
    if block.decision not in (Decision.REJECT, Decision.STOP):
        return tr("Not run.")
    if block.by in (Decider.INTERRUPT, Decider.SHUTDOWN):
        return tr("Not run: interrupted before it was decided.")
    reason = one_line(block.reason, 300)
    if block.by is Decider.ENGINE:
        return tr("Not run: {reason}", reason=reason) if reason else tr("Not run.")
    if reason:
        return tr("Not run: you rejected it. You said: {reason}", reason=reason)
    return tr("Not run: you rejected it.")


def _end_of(block: CodeBlock, status: RunStatus) -> ev.RunFinished:
    return ev.RunFinished(
        block.block_id,
        status,
        block.exit_code,
        block.seconds,
        block.folder,
        block.output_bytes,
        block.detail,
    )
