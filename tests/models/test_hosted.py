"""The list of hosted models: which rows of LiteLLM's table count, and what is read from them."""

from __future__ import annotations

from typing import Any

import pytest

from oi_tui.models import hosted as hosted_module
from oi_tui.models.base import ModelError
from oi_tui.models.hosted import hosted
from oi_tui.models.worker.client import WorkerClient
from oi_tui.models.worker.listing import chat_models

TODAY = "2026-11-26"


def row(provider: str, **more: Any) -> dict[str, Any]:
    return {"litellm_provider": provider, "mode": "chat", **more}


def models_of(table: dict[str, Any]) -> list[str]:
    return [one["model"] for one in chat_models(table, TODAY)]


def test_only_models_to_chat_with_count() -> None:
    table = {
        "sample_spec": {"mode": "one of: chat, embedding"},
        "gpt-x": row("openai"),
        "embed": {**row("openai"), "mode": "embedding"},
        "ft:gpt-x": row("openai"),
        "gone": row("mistral", deprecation_date="2025-01-01"),
        "mistral/later": row("mistral", deprecation_date="2027-01-01"),
        "mistral/odd": row("mistral", deprecation_date="date when it ends"),
        "broken": "no row",
    }
    assert models_of(table) == ["gpt-x", "mistral/later", "mistral/odd"]


def test_names_are_such_that_they_reach_the_provider() -> None:
    table = {
        "gpt-x": row("openai"),
        "claude-x": row("anthropic"),
        "command-x": row("cohere_chat"),
        "aya": row("cohere_chat"),
        "groq/llama": row("groq"),
        "groq/openai/gpt-oss": row("groq"),
        "gemini-x": row("vertex_ai-language-models"),
    }
    found = {one["model"]: one["provider"] for one in chat_models(table, TODAY)}
    assert found == {
        "gpt-x": "openai",
        "claude-x": "anthropic",
        "command-x": "cohere",
        "cohere/aya": "cohere",
        "groq/llama": "groq",
        "groq/openai/gpt-oss": "groq",
        "vertex_ai/gemini-x": "vertex_ai",
    }


def test_those_that_call_tools_come_first() -> None:
    table = {"o1": row("openai"), "o3": row("openai", supports_function_calling=True)}
    assert models_of(table) == ["o3", "o1"]


@pytest.mark.timeout(180)
def test_the_real_list_has_context_and_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted_module, "_known", {})
    choices = {choice.model: choice for choice in hosted("openai")}
    known = choices["gpt-4o"]
    assert (known.context_window, known.max_output) == (128_000, 16_384)
    assert (known.prompt_price, known.completion_price) == (2.5, 10.0)
    assert known.calls_tools
    assert all(name.startswith("anthropic/") or "claude" in name for name in _names("anthropic"))
    assert _names("anthropic")
    assert hosted("nobody") == ()

    def refuse(*_: object) -> bool:
        raise AssertionError("asked twice")

    monkeypatch.setattr(WorkerClient, "wait_ready", refuse)
    assert hosted("openai")


def _names(provider: str) -> list[str]:
    return [choice.model for choice in hosted(provider)]


def test_a_library_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted_module, "_known", {})
    monkeypatch.setattr(WorkerClient, "wait_ready", lambda _self, _seconds: False)
    with pytest.raises(ModelError, match="LiteLLM"):
        hosted("openai")
