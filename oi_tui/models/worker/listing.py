"""Reads LiteLLM's table of models: which ones a person can chat with, and what they cost. Pure.

Owns which rows count. Knows no library: the table is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oi_tui.models.providers import split_model

_MODE = "chat"
_FINE_TUNED = "ft:"  # stands for models that a person has trained; none is called so


def chat_models(table: Mapping[str, Any], today: str) -> list[dict[str, Any]]:
    """Return one row for each chat model that is not withdrawn by `today` (YYYY-MM-DD).

    Prices are for one token, in US dollars; a field that the table does not have is None.
    """
    rows = {row["model"]: row for row in _rows(table, today)}
    return sorted(rows.values(), key=lambda row: (not row["calls_tools"], row["model"]))


def _rows(table: Mapping[str, Any], today: str) -> Iterator[dict[str, Any]]:
    for name, facts in table.items():
        if not isinstance(facts, dict) or facts.get("mode") != _MODE:
            continue
        if name.startswith(_FINE_TUNED) or _is_withdrawn(facts, today):
            continue
        provider = _provider(str(facts.get("litellm_provider", "")))
        yield {
            "provider": provider,
            "model": _full_name(name, provider),
            "context_window": facts.get("max_input_tokens") or facts.get("max_tokens"),
            "max_output": facts.get("max_output_tokens"),
            "prompt_price": facts.get("input_cost_per_token"),
            "completion_price": facts.get("output_cost_per_token"),
            "calls_tools": bool(facts.get("supports_function_calling")),
        }


def _is_withdrawn(facts: Mapping[str, Any], today: str) -> bool:
    date = facts.get("deprecation_date")
    return isinstance(date, str) and date[:1].isdigit() and date <= today


def _provider(name: str) -> str:
    """The table keeps several lists for one provider: `cohere_chat`, `vertex_ai-...`."""
    return name.partition("-")[0].removesuffix("_chat").removesuffix("_converse")


def _full_name(name: str, provider: str) -> str:
    """A bare name stays where it can mean this provider only."""
    return name if split_model(name)[0] == provider else f"{provider}/{name}"
