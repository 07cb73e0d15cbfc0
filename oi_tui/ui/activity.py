"""What the line under the prompt says: what goes on, and which keys help with it.

Pure: from a state to words. Knows no widget and no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from textual.content import Content

from oi_tui.commands.actions import keys_for
from oi_tui.protocol.items import EngineState, ErrorKind
from oi_tui.protocol.sessions import SessionStatus
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.ui.keymap import first_label, key_label

if TYPE_CHECKING:
    from oi_tui.protocol.events import (
        CodeStarted,
        CompactionStarted,
        MessageStarted,
        ModelLoading,
        PromptQueued,
        PromptReading,
        RequestSent,
        Retrying,
    )

    Progress = (
        RequestSent
        | Retrying
        | ModelLoading
        | PromptReading
        | PromptQueued
        | MessageStarted
        | CodeStarted
        | CompactionStarted
    )

CELLS = 6  # of the meter of what is loaded or read: the line is 55 cells wide at 150 columns
SHOWN_AFTER = 2.0  # seconds; a count that starts at once is only noise


@dataclass(slots=True)
class Activity:
    """What is known of what goes on. `since` is a time of a monotonic clock."""

    is_opening: bool = True
    state: EngineState = EngineState.IDLE
    since: float = 0.0
    queued: int = 0
    language: str = ""
    waits_for_input: bool = False
    approval_has_focus: bool = False
    is_typing: bool = False  # keys go to the program that runs
    waits_for_model: str = ""  # asked, and silent so far
    preparing: str = ""  # what a model on this machine does before it answers
    summing_up: str = ""  # older turns, by the model
    failure: str = ""  # why a request goes out again, and which attempt it is
    retry_at: float = 0.0

    @property
    def status(self) -> SessionStatus:
        """The same, as the list of sessions says it."""
        if self.state is EngineState.ASKING:
            return SessionStatus.ASKING
        if self.state is EngineState.RUNNING and self.waits_for_input:
            return SessionStatus.WAITING
        return SessionStatus.IDLE if self.state is EngineState.IDLE else SessionStatus.RUNNING

    def enter(self, state: EngineState, now: float) -> None:
        """The engine is in another state."""
        if state is not self.state:
            self.state, self.since = state, now
            self.waits_for_model = self.failure = self.preparing = self.summing_up = ""
        if state is EngineState.IDLE:
            self.queued = 0

    def note(self, event: Progress, now: float) -> None:
        """Something happened that has no block of its own."""
        from oi_tui.protocol.events import (
            CodeStarted,
            CompactionStarted,
            MessageStarted,
            ModelLoading,
            PromptQueued,
            PromptReading,
            RequestSent,
            Retrying,
        )

        match event:
            case PromptQueued():
                self.queued += 1
            case MessageStarted() | CodeStarted():
                self.waits_for_model = self.failure = self.preparing = ""
            case RequestSent(model=model):
                self.waits_for_model, self.failure, self.since = model, "", now
                self.preparing = self.summing_up = ""
            case CompactionStarted(turns=turns):
                self.summing_up, self.failure, self.since = _summing_up(turns), "", now
            case ModelLoading(model=model, fraction=fraction):
                self.preparing = _loading(model, fraction)
            case PromptReading(fraction=fraction):
                self.preparing = tr(
                    "Reading the prompt {meter} {percent} %",
                    meter=_meter(fraction),
                    percent=int(fraction * 100),
                )
            case Retrying():
                self.retry_at = now + event.wait
                self.failure = tr(
                    "{why} · try {attempt} of {attempts}",
                    why=_short_reason(event.kind),
                    attempt=event.attempt,
                    attempts=event.attempts,
                )

    def _of_the_model(self, time: str, now: float) -> str:
        if self.failure:
            rest = self.retry_at - now
            counted = tr("{what} in {n} s", what=self.failure, n=ceil(rest))
            return counted if rest > 0 else self.failure
        if self.summing_up or self.preparing:
            return (self.summing_up or self.preparing) + time
        if self.waits_for_model:
            return tr("Waiting for {model}", model=one_line(self.waits_for_model, 30)) + time
        return tr("Thinking") + time

    def words(self, keymap: Mapping[str, str], now: float) -> Content:
        """Return what goes on; empty while nothing does."""
        if self.is_opening:
            return Content.styled(tr("Starting …"), "$muted")
        stop = first_label("interrupt", keymap)
        seconds = now - self.since
        time = f" · {seconds:.0f} s" if seconds >= SHOWN_AFTER else ""
        queue = " · " + trn("{count} queued", "{count} queued", self.queued) if self.queued else ""
        match self.state:
            case EngineState.THINKING:
                what = self._of_the_model(time, now)
                said = tr("{what} · {key} stops", what=what, key=stop)
                color = "$warning" if self.failure else "$primary"
                return Content.assemble(("● ", color), said + queue)
            case EngineState.RUNNING if self.is_typing:
                said = tr("Your keys go to the program · Esc Esc leaves")
                return Content.assemble(("◆ ", "$primary"), said + queue)
            case EngineState.RUNNING if self.waits_for_input:
                key = first_label("approval.focus", keymap)
                said = tr("The program waits for input · {key} answers it", key=key)
                return Content.assemble(("◆ ", "$warning"), (said + queue, "$warning"))
            case EngineState.RUNNING:
                name = one_line(self.language, 20) or tr("Code")
                said = tr("{name} runs{time} · {key} interrupts", name=name, time=time, key=stop)
                return Content.assemble(("● ", "$primary"), said + queue)
            case EngineState.ASKING if self.approval_has_focus:
                return Content.assemble(("◆ ", "$warning"), tr("Your decision") + queue)
            case EngineState.ASKING:
                key = first_label("approval.focus", keymap)
                said = tr("Approval waiting · {key}", key=key)
                return Content.assemble((f"◆ {said}", "bold $warning"), queue)
        return Content("")

    def keys(self, keymap: Mapping[str, str]) -> str:
        """Return the keys that help in the prompt now."""
        send = tr("queue") if self.state is not EngineState.IDLE else tr("send")
        return tr(
            "{send_key} {send} · {line_key} new line · {help_key} help",
            send_key=first_label("prompt.send", keymap),
            send=send,
            line_key=_sendable(keys_for("prompt.newline", keymap)),
            help_key=first_label("help.keys", keymap),
        )


def _summing_up(turns: int) -> str:
    return trn("Summing up {count} older turn", "Summing up {count} older turns", turns)


def _loading(model: str, fraction: float | None) -> str:
    """Return what to say while a file is loaded; empty once it is."""
    if fraction is None:
        return tr("Loading {model}", model=one_line(model.rpartition("/")[2], 22))
    percent = int(fraction * 100)
    if percent >= 100:
        return ""
    return tr("Loading the model {meter} {percent} %", meter=_meter(fraction), percent=percent)


def _meter(fraction: float) -> str:
    """Draw how far something is; both parts differ in shape, not by color alone."""
    full = max(0, min(CELLS, int(fraction * CELLS)))
    return "━" * full + "─" * (CELLS - full)


def _short_reason(kind: ErrorKind) -> str:
    match kind:
        case ErrorKind.NETWORK:
            return tr("No connection")
        case ErrorKind.RATE_LIMIT:
            return tr("Asked to wait")
        case ErrorKind.TIMEOUT:
            return tr("No answer in time")
        case _:
            return tr("The provider failed")


def _sendable(keys: Sequence[str]) -> str:
    """Return the first key that every terminal can send; Shift+Enter is none."""
    known = [key for key in keys if not key.startswith("shift+")]
    return key_label((known or [""])[0])
