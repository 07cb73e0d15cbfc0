"""Opens the model that the settings name: scripted, direct or through the provider worker.

Owns the choice of way for each request, so that the model can change within a session.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from typing import Protocol

from oi_tui.models.base import (
    ChatModel,
    ChatRequest,
    ModelError,
    ModelFacts,
    ReplyStream,
)
from oi_tui.models.chat_format import messages_json
from oi_tui.models.direct import DirectClient, Endpoint
from oi_tui.models.endpoints import (
    KeyFinder,
    Route,
    is_loopback,
    is_sold_by_provider,
    route_for,
)
from oi_tui.models.estimate import estimate_tokens
from oi_tui.models.failing import FailingStream
from oi_tui.models.policy import HOSTED, LOOPBACK, RetryPolicy, Timeouts
from oi_tui.models.providers import OPENAI, probably_calls_tools, split_model
from oi_tui.models.retrying import Attempt, RetryingStream
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ChatMessage


class ModelSettings(Protocol):
    """What of the settings matters here."""

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def api_base(self) -> str:
        """The address of an own server, or empty."""
        ...


def open_model(settings: ModelSettings, keys: KeyFinder, scripted: str | None = None) -> ChatModel:
    """Return the way to reach models. Nothing is loaded or sent before `warm` or `stream`.

    `scripted`: a file with a script; see `script_file`.
    """
    if scripted is not None:
        from oi_tui.models.script_file import open_script

        return open_script(scripted)
    return RoutedModel(settings, keys)


class RoutedModel:
    """A `ChatModel` that picks the way for each request by its model and address."""

    def __init__(
        self,
        settings: ModelSettings,
        keys: KeyFinder,
        worker: WorkerClient | None = None,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._worker = worker or WorkerClient()
        self._direct = DirectClient()
        self._policy = policy or RetryPolicy()
        self._timeouts = timeouts
        self._facts: dict[str, ModelFacts] = {}

    def warm(self) -> None:
        """Load the libraries in the background; see `ChatModel.warm`."""
        self._worker.warm()
        threading.Thread(target=self._warm_direct, name="warm model", daemon=True).start()

    def stream(self, request: ChatRequest) -> ReplyStream:
        """Send a request; see `ChatModel.stream`."""
        try:
            route = self._route(request)
        except ModelError as error:
            return FailingStream(error)
        timeouts = self._timeouts or (LOOPBACK if route.is_local else HOSTED)

        def begin() -> Attempt:
            if not route.is_direct:
                return self._worker.begin(route, request, timeouts)
            return self._direct.begin(_endpoint(route), request, timeouts)

        return RetryingStream(begin, route.target, self._policy)

    def facts(self, model: str) -> ModelFacts:
        """Return LiteLLM's facts once it is loaded, until then guesses; never waits long."""
        known = self._facts.get(model)
        if known is not None:
            return known
        if not self._worker.is_ready:
            return ModelFacts(calls_tools=probably_calls_tools(model))
        answer = self._worker.ask("facts", model)
        facts = ModelFacts(**answer) if answer else ModelFacts()
        self._facts[model] = facts
        return facts

    def count_tokens(self, model: str, messages: Sequence[ChatMessage]) -> int:
        """Count by LiteLLM's counter once it is loaded, until then estimate."""
        if self._worker.is_ready:
            count = self._worker.ask("count", model, messages=messages_json(messages))
            if isinstance(count, int):
                return count
        return estimate_tokens(messages)

    @property
    def is_ready(self) -> bool:
        """Whether LiteLLM is loaded."""
        return self._worker.is_ready

    def cost(
        self, model: str, prompt_tokens: int, completion_tokens: int, api_base: str = ""
    ) -> float | None:
        """Return the cost by LiteLLM's table; an own server may sell a known name for less."""
        if not is_sold_by_provider(model, api_base):
            return None
        tokens = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        cost = self._worker.ask("cost", model, **tokens)
        return float(cost) if isinstance(cost, int | float) else None

    def close(self) -> None:
        """End the worker and every connection."""
        self._direct.close()
        self._worker.close()

    def _route(self, request: ChatRequest) -> Route:
        return route_for(request.model, request.api_base, self._keys)

    def _warm_direct(self) -> None:
        """Only the client that this model will need; an address that is wrong is told later."""
        base = self._settings.api_base
        if base or split_model(self._settings.model)[0] == OPENAI.name:
            from urllib.parse import urlsplit

            with contextlib.suppress(ValueError):
                self._direct.warm(is_loopback(urlsplit(base).hostname or ""))


def _endpoint(route: Route) -> Endpoint:
    is_openai = route.target.host == OPENAI.host
    return Endpoint(
        url=route.base,
        host=route.target.host,
        model=route.model,
        key=route.key,
        is_local=route.is_local,
        length_parameter="max_completion_tokens" if is_openai else "max_tokens",
    )
