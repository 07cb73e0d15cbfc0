"""The bounds of a session: money, tokens and time, looked at before they are passed.

Owns what the next request will probably use and how a turn ends that came to a bound. Knows no
thread and no screen.
"""

from __future__ import annotations

from oi_tui.config.schema import Settings
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.workbench import Workbench
from oi_tui.models.base import ChatRequest
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Limit, TurnEnd

SHORTEST_REPLY = 50  # tokens; an answer that is of any use has about that many


def limit_before(bench: Workbench, settings: Settings, request: ChatRequest) -> Limit | None:
    """Return the bound that this request would pass, if it would."""
    budget, most = settings.max_budget, settings.max_total_tokens
    if budget is None and most is None:
        return None
    used, tokens = bench.ledger.used, bench.requests.count(settings, request.messages)
    so_far = used.prompt_tokens + used.completion_tokens
    if most is not None and so_far + tokens + SHORTEST_REPLY > most:
        return Limit.TOKENS
    if budget is None:
        return None
    cost = bench.model.cost(settings.model, tokens, SHORTEST_REPLY, settings.api_base)
    if cost is None and used.cost is None:
        return None  # nobody knows; that was said
    spent = used.cost or 0.0
    return Limit.BUDGET if spent >= budget or spent + (cost or 0.0) > budget else None


def cut_short(token: CancelToken) -> ev.TurnFinished:
    """Return how a turn ends whose token was set."""
    if token.by is Decider.ENGINE:
        return ev.TurnFinished(TurnEnd.LIMIT, limit=Limit.TIME)
    return ev.TurnFinished(TurnEnd.INTERRUPTED)
