"""Sums what a session used: tokens and money. Knows no provider and no screen."""

from __future__ import annotations

from oi_tui.models.base import ModelFacts
from oi_tui.protocol.items import Usage


def priced(usage: Usage, facts: ModelFacts) -> Usage:
    """Return `usage` with its cost, if the provider did not say it and the prices are known."""
    if usage.cost is not None or facts.input_price is None or facts.output_price is None:
        return usage
    cost = usage.prompt_tokens * facts.input_price + usage.completion_tokens * facts.output_price
    return Usage(usage.prompt_tokens, usage.completion_tokens, cost)


def added(first: Usage, second: Usage) -> Usage:
    """Return both together; a cost that is unknown counts as nothing beside a known one."""
    known = [cost for cost in (first.cost, second.cost) if cost is not None]
    return Usage(
        first.prompt_tokens + second.prompt_tokens,
        first.completion_tokens + second.completion_tokens,
        sum(known) if known else None,
    )
