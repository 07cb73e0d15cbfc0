"""What each reply of the model took: which model, tokens, cost and time.

A pure fold of events, for who wants to see details. Knows no widget.
"""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.widgets.status_bar import money, speed_of, speed_text


class Replies:
    """Follows the replies of one session; give it every event in order."""

    def __init__(self) -> None:
        self._model = ""
        self._sent = 0.0
        self._last = ""  # the block that the reply ended with so far

    def apply(self, envelope: ev.Envelope) -> tuple[str, str] | None:
        """Fold one event; once a reply is whole, return its last block and what it took."""
        match envelope.event:
            case ev.RequestSent(model=model):
                self._model, self._sent, self._last = model, envelope.at, ""
            case ev.MessageStarted(message_id=block_id) | ev.CodeStarted(call_id=block_id):
                self._last = block_id
            case ev.UsageReported() as used if self._last:
                block_id, self._last = self._last, ""  # a title asked for later is no reply
                return block_id, reply_text(self._model, used, envelope.at - self._sent)
            case _:
                pass
        return None


def reply_text(model: str, used: ev.UsageReported, seconds: float) -> str:
    """Return what a reply took, in one line."""
    usage = used.request
    counts = f"{usage.prompt_tokens:,}", f"{usage.completion_tokens:,}"
    parts = [
        one_line(model, 60),
        tr("{sent} tokens in, {got} out", sent=counts[0], got=counts[1]),
        money(usage.cost) if usage.cost is not None else "",
        tr("{seconds} s", seconds=f"{max(0.0, seconds):.1f}"),
        tr("first after {seconds} s", seconds=f"{used.waited:.1f}") if used.waited else "",
        speed_text(speed_of(used)),
    ]
    return " · ".join(part for part in parts if part)
