"""What the conversation weighs: its tokens, what they cost, what the session used.

Owns the answer to `%tokens`. Counts with the model's tokenizer where one is at hand, estimates
otherwise and says so; never asks the network. Knows no screen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oi_tui.config.schema import Settings
from oi_tui.engine.requests import GO_ON
from oi_tui.engine.workbench import Workbench
from oi_tui.protocol.items import ChatMessage, Role, Usage


@dataclass(frozen=True, slots=True)
class TokenReport:
    """Tokens, and what they would cost as the input of a request. Costs are in US dollars.

    `conversation_tokens` counts everything that would be sent now, the system message included;
    `text_tokens` the text that was asked about (0: none was). None: the price is unknown.
    `is_estimate`: no tokenizer is at hand (yet), so the counts are guesses. `used` is what the
    session has used so far. `context_window` 0: unknown.
    """

    model: str = ""
    conversation_tokens: int = 0
    text_tokens: int = 0
    context_window: int = 0
    conversation_cost: float | None = None
    text_cost: float | None = None
    is_estimate: bool = False
    used: Usage = field(default_factory=Usage)


def report_tokens(bench: Workbench, settings: Settings, text: str = "") -> TokenReport:
    """Count what would be sent now, and `text`. May block for seconds, never longer."""
    name, model = settings.model, bench.model
    is_estimate = not model.is_ready
    prepared = bench.requests.build(settings, bench.history.messages)
    messages = [message for message in prepared.request.messages if message is not GO_ON]
    # One question for all of it: the counter of messages lives in another process.
    tokens = model.count_tokens(name, messages)
    extra = model.count_tokens(name, (ChatMessage(Role.USER, text),)) if text else 0
    return TokenReport(
        name,
        tokens,
        extra,
        prepared.window,
        model.cost(name, tokens, 0, settings.api_base),
        model.cost(name, extra, 0, settings.api_base) if text else None,
        is_estimate or not model.is_ready,
        bench.ledger.used,
    )
