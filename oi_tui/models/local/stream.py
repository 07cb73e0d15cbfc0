"""One reply of a model on this machine: loading it first if need be.

Owns what the person hears while it is loaded and reads the prompt, and the words for an engine
that ended. Closing ends it at once: a load is given up, a connection closed, which the engine
notices between two steps of the prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from oi_tui.models.base import (
    ChatRequest,
    Loading,
    ModelError,
    Noticed,
    Reading,
    ReplyPart,
)
from oi_tui.models.direct import DirectAttempt, DirectClient, Endpoint
from oi_tui.models.errors import Target, explain
from oi_tui.models.local.keeper import Keeper, Load
from oi_tui.models.local.plan import Plan
from oi_tui.models.local.server import Served
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import AttemptError, Cause, Trouble
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

_LOOK_SECONDS = 0.1  # between two looks at a load
_STEP = 0.05  # of progress that is worth telling
PATIENT = Timeouts(connect=10, first_token=600, between=600)  # a slow machine is no failure


class LocalStream:
    """See `ReplyStream`."""

    def __init__(
        self, plan: Plan, request: ChatRequest, keeper: Keeper, client: DirectClient
    ) -> None:
        self._plan, self._request = plan, request
        self._keeper, self._client = keeper, client
        self._closed = threading.Event()
        self._attempt: DirectAttempt | None = None
        self._read = 0.0

    def close(self) -> None:
        """Stop the reply; see `ReplyStream.close`."""
        self._closed.set()
        if self._attempt is not None:
            self._attempt.close()

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the reply; see `ReplyStream.__iter__`."""
        try:
            yield from self._parts()
        finally:
            self.close()

    def _parts(self) -> Iterator[ReplyPart]:
        load = self._keeper.load(self._plan)
        if load is None:
            return
        yield from self._until_loaded(load)
        if self._closed.is_set():
            return
        if load.served is None:
            raise ModelError(self._not_loaded(load))
        try:
            for part in self._begin(load.served):
                if not isinstance(part, Reading) or self._is_worth_telling(part):
                    yield part
        except AttemptError as failed:
            if not self._closed.is_set():
                raise ModelError(self._why(load, failed.trouble)) from None

    # -- loading --------------------------------------------------------------------------------
    def _until_loaded(self, load: Load) -> Iterator[ReplyPart]:
        if load.done.is_set():
            return
        detail, told = self._plan.detail, -1.0
        if load.is_again:
            yield Noticed(ErrorKind.WORKER_DIED, _again(self._plan))
        if self._plan.notice:
            yield Noticed(ErrorKind.CONFIG, self._plan.notice)
        yield Loading(load.fraction, detail)
        while not load.done.wait(_LOOK_SECONDS):
            if self._closed.is_set():
                self._keeper.drop(load)
                return
            fraction = load.fraction
            if fraction is not None and fraction >= told + _STEP:
                told = fraction
                yield Loading(fraction, detail)
        if load.served is not None:
            yield Loading(1.0, detail)

    def _begin(self, served: Served) -> DirectAttempt:
        endpoint = endpoint_of(self._plan, served)
        # No lock: either `close` finds the attempt, or it was here before.
        self._attempt = attempt = self._client.begin(endpoint, self._request, PATIENT)
        if self._closed.is_set():
            attempt.close()
        return attempt

    def _is_worth_telling(self, part: Reading) -> bool:
        if part.fraction >= 1 or part.fraction < self._read + _STEP:
            return False
        self._read = part.fraction
        return True

    # -- what went wrong ------------------------------------------------------------------------
    def _not_loaded(self, load: Load) -> ErrorInfo:
        title = tr("{model} could not be loaded.", model=self._plan.title)
        hint = tr("If the file is whole, a smaller context_window or another model may help.")
        return ErrorInfo(ErrorKind.WORKER_DIED, title, load.problem, hint)

    def _why(self, load: Load, trouble: Trouble) -> ErrorInfo:
        ended = load.server.end() if trouble.cause in (Cause.CUT_OFF, Cause.CONNECT) else ""
        if not ended:
            return explain(trouble, Target(self._plan.title, self._plan.engine.title))
        info = explain(
            replace(trouble, cause=Cause.WORKER_DIED, text=ended),
            Target(self._plan.title, self._plan.engine.title),
        )
        title = tr("The engine that runs {model} ended.", model=self._plan.title)
        hint = tr("Send again: it is loaded anew. A smaller model or context needs less memory.")
        return replace(info, title=title, hint=hint)


def endpoint_of(plan: Plan, served: Served) -> Endpoint:
    """Return where a loaded model is asked; its key goes nowhere else."""
    return Endpoint(
        url=served.base,
        host=urlsplit(served.base).netloc,
        model=plan.load.path.name,
        key=served.key,
        is_local=True,
        tells_progress=True,
    )


def _again(plan: Plan) -> str:
    return tr("The engine that runs {model} had ended; it is loaded anew.", model=plan.title)
