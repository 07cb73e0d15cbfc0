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
from oi_tui.protocol.items import EngineState
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.ui.keymap import first_label, key_label

if TYPE_CHECKING:
    from oi_tui.protocol.events import PromptQueued, RequestSent, Retrying

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
    retry: str = ""
    retry_at: float = 0.0

    def enter(self, state: EngineState, now: float) -> None:
        """The engine is in another state."""
        if state is not self.state:
            self.state, self.since, self.retry = state, now, ""
        if state is EngineState.IDLE:
            self.queued = 0

    def note(self, event: RequestSent | Retrying | PromptQueued, now: float) -> None:
        """Something happened that has no block of its own."""
        from oi_tui.protocol.events import PromptQueued, RequestSent, Retrying

        match event:
            case PromptQueued():
                self.queued += 1
            case RequestSent():
                self.retry = ""
            case Retrying():
                self.retry_at = now + event.wait
                self.retry = tr(
                    "trying again ({attempt} of {attempts})",
                    attempt=event.attempt,
                    attempts=event.attempts,
                )

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
                what = self._retrying(now) or tr("Thinking") + time
                said = tr("{what} · {key} stops", what=what, key=stop)
                return Content.assemble(("● ", "$primary"), said + queue)
            case EngineState.RUNNING if self.waits_for_input:
                key = first_label("pane.next", keymap)
                said = tr("The program waits for input · {key} goes there", key=key)
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

    def _retrying(self, now: float) -> str:
        left = ceil(self.retry_at - now)
        if not self.retry or left <= 0:
            return self.retry
        return tr("{what} in {seconds} s", what=self.retry, seconds=left)

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


def _sendable(keys: Sequence[str]) -> str:
    """Return the first key that every terminal can send; Shift+Enter is none."""
    known = [key for key in keys if not key.startswith("shift+")]
    return key_label((known or [""])[0])
