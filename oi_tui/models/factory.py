"""Opens the model that the settings name: scripted, direct or through the provider worker.

Owns the choice of way for each request, so that the model can change within a session.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

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
from oi_tui.models.providers import OPENAI, probably_calls_tools, runs_here, split_model
from oi_tui.models.retrying import Attempt, RetryingStream
from oi_tui.models.server_facts import ServerFacts
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ChatMessage

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.models.local.model import LocalModel


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

    @property
    def context_window(self) -> int | None:
        """How many tokens of context a model on this machine gets; None: decided by the file."""
        ...

    @property
    def gpu_layers(self) -> int | None:
        """How many layers of it a GPU computes; None: all if one can be used."""
        ...

    @property
    def threads(self) -> int:
        """How many threads it computes with; 0: decided by the machine."""
        ...


def open_model(
    settings: ModelSettings,
    keys: KeyFinder,
    scripted: str | None = None,
    models_folder: Path | None = None,
) -> ChatModel:
    """Return the way to reach models. Nothing is loaded or sent before `warm` or `stream`.

    `scripted`: a file with a script; see `script_file`. `models_folder`: where models that were
    fetched are.
    """
    if scripted is not None:
        from oi_tui.models.script_file import open_script

        return open_script(scripted)
    return RoutedModel(settings, keys, models_folder=models_folder)


class RoutedModel:
    """A `ChatModel` that picks the way for each request by its model and address."""

    def __init__(
        self,
        settings: ModelSettings,
        keys: KeyFinder,
        worker: WorkerClient | None = None,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        models_folder: Path | None = None,
    ) -> None:
        self._settings = settings
        self._models_folder = models_folder
        self._keys = keys
        self._worker = worker or WorkerClient()
        self._direct = DirectClient()
        self._policy = policy or RetryPolicy()
        self._timeouts = timeouts
        self._facts: dict[str, ModelFacts] = {}
        self._servers = ServerFacts()
        self._lock = threading.Lock()
        self._local_model: LocalModel | None = None
        self._is_local = runs_here(settings.model)  # the model that was asked about last

    def warm(self, ahead: Callable[[], ChatRequest] | None = None) -> None:
        """Load what the model needs in the background; see `ChatModel.warm`."""
        if self._is_local:
            self._local().warm(self._settings.model, ahead)
            return
        self._worker.warm()
        threading.Thread(target=self._warm_direct, name="warm model", daemon=True).start()

    def stream(self, request: ChatRequest) -> ReplyStream:
        """Send a request; see `ChatModel.stream`."""
        self._is_local = runs_here(request.model)
        if self._is_local:
            return self._local().stream(request)
        try:
            route = self._route(request)
        except ModelError as error:
            return FailingStream(error)
        self._servers.note_request(route)
        timeouts = self._timeouts or (LOOPBACK if route.is_local else HOSTED)

        def begin() -> Attempt:
            if not route.is_direct:
                return self._worker.begin(route, request, timeouts)
            return self._direct.begin(_endpoint(route), request, timeouts)

        return RetryingStream(begin, route.target, self._policy)

    def facts(self, model: str, api_base: str = "") -> ModelFacts:
        """Return LiteLLM's facts once it is loaded, until then guesses; never waits long.

        What a server of the person's own gives the model goes before what the model could have.
        """
        if runs_here(model):
            return self._local().facts(model)
        facts = self._listed_facts(model)
        route = self._own_route(model, api_base)
        given = self._servers.context_window(route) if route is not None else 0
        return replace(facts, context_window=given) if given else facts

    def _listed_facts(self, model: str) -> ModelFacts:
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
        if runs_here(model):
            return self._local().count_tokens(model, messages)
        if self._worker.is_ready:
            count = self._worker.ask("count", model, messages=messages_json(messages))
            if isinstance(count, int):
                return count
        return estimate_tokens(messages)

    @property
    def is_ready(self) -> bool:
        """Whether LiteLLM is loaded, or the model on this machine."""
        return self._local().is_ready if self._is_local else self._worker.is_ready

    def cost(
        self, model: str, prompt_tokens: int, completion_tokens: int, api_base: str = ""
    ) -> float | None:
        """Return the cost by LiteLLM's table; an own server may sell a known name for less."""
        if runs_here(model):
            return 0.0
        if not is_sold_by_provider(model, api_base):
            return None
        tokens = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        cost = self._worker.ask("cost", model, **tokens)
        return float(cost) if isinstance(cost, int | float) else None

    def close(self) -> None:
        """End the worker, the model on this machine and every connection."""
        self._direct.close()
        if self._local_model is not None:
            self._local_model.close()
        self._worker.close()

    def _local(self) -> LocalModel:
        """Return the way to models on this machine, made at the first use."""
        from oi_tui.models.local.library import Library
        from oi_tui.models.local.model import LocalModel
        from oi_tui.models.local.plan import Wishes

        with self._lock:
            if self._local_model is None:
                wanted = self._settings
                wishes = Wishes(wanted.context_window, wanted.gpu_layers, wanted.threads)
                self._local_model = LocalModel(wishes, self._direct, Library(self._models_folder))
            return self._local_model

    def _route(self, request: ChatRequest) -> Route:
        return route_for(request.model, request.api_base, self._keys)

    def _own_route(self, model: str, api_base: str) -> Route | None:
        """Return the way to a server that can be asked about the model; None: it is a provider."""
        if not api_base or is_sold_by_provider(model, api_base):
            return None
        with contextlib.suppress(ModelError):  # told when a request is sent
            route = route_for(model, api_base, self._keys)
            return route if route.is_direct and route.target.host != OPENAI.host else None
        return None

    def _warm_direct(self) -> None:
        """Only the client that this model will need; an address that is wrong is told later."""
        base = self._settings.api_base
        if base or split_model(self._settings.model)[0] == OPENAI.name:
            from urllib.parse import urlsplit

            with contextlib.suppress(ValueError):
                self._direct.warm(is_loopback(urlsplit(base).hostname or ""))
        route = self._own_route(self._settings.model, base)
        if route is not None and route.is_local:
            self._servers.ask_ahead(route)


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
