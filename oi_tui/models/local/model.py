"""The models of this machine as a `ChatModel` uses them: what `RoutedModel` asks for their names.

Owns one keeper of the loaded model and the counting of tokens by its server. Nothing leaves the
loopback address, and nothing here costs money.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from oi_tui.models.base import ChatRequest, ModelError, ModelFacts, ReplyStream
from oi_tui.models.direct import DirectClient
from oi_tui.models.estimate import TOKENS_A_MESSAGE, estimate_text
from oi_tui.models.failing import FailingStream
from oi_tui.models.local.keeper import Keeper
from oi_tui.models.local.library import Library
from oi_tui.models.local.plan import Plan, Wishes, plan_for
from oi_tui.models.local.server import Served
from oi_tui.models.local.stream import PATIENT, LocalStream, endpoint_of
from oi_tui.models.trouble import AttemptError
from oi_tui.protocol.items import ChatMessage, Role

_LOG = logging.getLogger(__name__)
_MOST_COUNTS = 512  # texts whose tokens are remembered
_COUNT_SECONDS = 2.0


class LocalModel:
    """Runs model files of this machine, one at a time. Safe from any thread."""

    def __init__(
        self, wishes: Wishes, client: DirectClient, library: Library | None = None
    ) -> None:
        self._wishes, self._client = wishes, client
        self._library = library or Library()
        self._keeper = Keeper()
        self._ahead = DirectClient()  # one of its own: a client ends its last request for a new one
        self._is_asked = False  # once it is, reading ahead would be in the way
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, Wishes], tuple[object, Plan]] = {}
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._cannot_count: set[str] = set()  # addresses

    def warm(self, model: str, ahead: Callable[[], ChatRequest] | None = None) -> None:
        """Begin to load a model, and to read what its first request will begin with.

        What is wrong with it is told at the first request.
        """
        work = threading.Thread(
            target=self._warm, args=(model, ahead), name="warm model", daemon=True
        )
        work.start()

    def stream(self, request: ChatRequest) -> ReplyStream:
        """Return a reply; see `ChatModel.stream`."""
        try:
            plan = self._plan(request.model, request.context_window)
        except ModelError as error:
            return FailingStream(error)
        self._is_asked = True
        self._ahead.close()  # what it has read is kept
        return LocalStream(plan, request, self._keeper, self._client)

    def facts(self, model: str) -> ModelFacts:
        """Return what is known of a model before it is loaded: its header says it."""
        try:
            plan = self._plan(model, self._wishes.context)
        except ModelError:
            return ModelFacts()
        return ModelFacts(context_window=plan.load.context, calls_tools=plan.calls_tools)

    def count_tokens(self, model: str, messages: Sequence[ChatMessage]) -> int:
        """Count by the model's own tokenizer while it is loaded, else estimate."""
        load = self._keeper.current
        served = load.served if load is not None and load.plan.model == model else None
        total = 0
        for message in messages:
            texts = [message.text]
            texts += [text for call in message.calls for text in (call.name, call.arguments)]
            total += TOKENS_A_MESSAGE + sum(self._count(model, served, t) for t in texts if t)
        return total

    @property
    def is_ready(self) -> bool:
        """Whether a model is loaded, and its tokenizer at hand."""
        return self._keeper.current is not None

    def close(self) -> None:
        """End the model that is loaded."""
        self._is_asked = True
        self._ahead.close()
        self._keeper.close()

    # -- plans ----------------------------------------------------------------------------------
    def _plan(self, model: str, context: int | None) -> Plan:
        """Return how a model is run: decided once, until its file changes."""
        wishes = replace(self._wishes, context=context)
        with self._lock:
            state, plan = self._plans.get((model, wishes), (None, None))
        if plan is not None and _state(plan) == state:
            return plan
        plan = plan_for(model, wishes, self._keeper.held, self._library)
        with self._lock:
            self._plans[(model, wishes)] = (_state(plan), plan)
        return plan

    def _warm(self, model: str, ahead: Callable[[], ChatRequest] | None) -> None:
        try:
            plan = self._plan(model, self._wishes.context)
            load = self._keeper.load(plan)
            self._client.warm(is_local=True)
            if load is None or ahead is None:
                return
            load.done.wait()
            if load.served is not None and not self._is_asked:
                self._read_ahead(plan, load.served, ahead())
        except ModelError as error:
            _LOG.debug("not loaded ahead: %s", error.info.kind.value)

    def _read_ahead(self, plan: Plan, served: Served, request: ChatRequest) -> None:
        """Let the model read the instructions and the history, as far as nobody asks anything.

        The next request ends this one, and goes on where it was.
        """
        messages = list(request.messages)
        if messages[-1].role is Role.USER:
            messages.pop()  # what only asks to go on is not in the next request
        messages.append(ChatMessage(Role.USER, "."))
        begun = replace(request, messages=messages, max_tokens=1, model=plan.model)
        attempt = self._ahead.begin(endpoint_of(plan, served), begun, PATIENT)
        if self._is_asked:
            attempt.close()
        with contextlib.suppress(AttemptError):
            for _ in attempt:
                pass

    # -- counting -------------------------------------------------------------------------------
    def _count(self, model: str, served: Served | None, text: str) -> int:
        key = (model, text)
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        count = self._ask(served, text) if served is not None else None
        if count is None:
            return estimate_text(text)
        with self._lock:
            self._counts[key] = count
            while len(self._counts) > _MOST_COUNTS:
                self._counts.popitem(last=False)
        return count

    def _ask(self, served: Served, text: str) -> int | None:
        """Ask the server for a count; None: it cannot say. Not every engine's server can."""
        import httpx

        if served.base in self._cannot_count:
            return None
        try:
            answer = self._client.client(True).post(
                served.base.removesuffix("/v1") + "/tokenize",
                json={"content": text.encode("utf-8", "replace").decode()},
                headers={"Authorization": f"Bearer {served.key}"},
                timeout=_COUNT_SECONDS,
            )
            return len(answer.raise_for_status().json()["tokens"])
        except httpx.HTTPStatusError:
            self._cannot_count.add(served.base)
        except (httpx.HTTPError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            _LOG.debug("tokens were not counted: %s", type(error).__name__)
        return None


def _state(plan: Plan) -> object:
    """Return what changes when the file does."""
    try:
        found = plan.load.path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino)
