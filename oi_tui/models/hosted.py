"""The chat models of a provider as LiteLLM lists them: names, context, prices. No network.

Owns the list, read once for this process, since it never changes in one: LiteLLM takes seconds to
load. Knows no LiteLLM; the provider worker does.
"""

from __future__ import annotations

import threading
from typing import Any

from oi_tui.models.base import ModelError
from oi_tui.models.choices import HostedChoice
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_MOST_WAIT = 60.0  # seconds for LiteLLM to load on a slow machine
_MILLION = 1_000_000
_lock = threading.Lock()
_known: dict[str, tuple[HostedChoice, ...]] = {}  # by provider; empty: not read yet


def hosted(provider: str) -> tuple[HostedChoice, ...]:
    """Return a provider's chat models: those that call tools first, then by name.

    Takes seconds the first time. Nothing is listed of a provider that LiteLLM has no table of.

    Raises:
        ModelError: LiteLLM cannot be loaded.
    """
    with _lock:
        if not _known:
            _known.update(_read())
        return _known.get(provider, ())


def _read() -> dict[str, tuple[HostedChoice, ...]]:
    worker = WorkerClient()
    try:
        rows = worker.ask("models", "") if worker.wait_ready(_MOST_WAIT) else None
    finally:
        worker.close()
    if not rows:
        raise ModelError(
            ErrorInfo(
                ErrorKind.INTERNAL,
                tr("The list of models cannot be read: LiteLLM does not load."),
                "",
                tr("Write the model's name by hand, as provider/name."),
            )
        )
    lists: dict[str, list[HostedChoice]] = {}
    for row in rows:
        lists.setdefault(str(row["provider"]), []).append(_choice(row))
    return {provider: tuple(choices) for provider, choices in lists.items()}


def _choice(row: dict[str, Any]) -> HostedChoice:
    return HostedChoice(
        one_line(str(row["model"]), 200),
        _tokens(row["context_window"]),
        _tokens(row["max_output"]),
        _price(row["prompt_price"]),
        _price(row["completion_price"]),
        bool(row["calls_tools"]),
    )


def _tokens(count: object) -> int:
    return int(count) if isinstance(count, int | float) and count > 0 else 0


def _price(of_one: object) -> float | None:
    """Return the price of a million tokens, given that of one."""
    return of_one * _MILLION if isinstance(of_one, int | float) else None
