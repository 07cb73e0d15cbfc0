"""Sums what a session used: tokens, money and time. Knows no provider and no screen."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from oi_tui.models.base import ChatModel
from oi_tui.protocol.items import Usage


class Stopwatch:
    """How long one reply took, in seconds: until its first piece, and from there to its end."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._asked = clock()
        self._first: float | None = None
        self._end: float | None = None

    def piece(self) -> None:
        """A piece of the reply came."""
        if self._first is None:
            self._first = self._clock()

    def end(self) -> None:
        """The reply is over."""
        self._end = self._clock()

    @property
    def waited(self) -> float:
        """The time until the first piece; 0: none came."""
        return 0.0 if self._first is None else self._first - self._asked

    @property
    def seconds(self) -> float:
        """The time from the first piece to the end; 0: none came, or it did not end."""
        over = self._first is not None and self._end is not None
        return (self._end or 0.0) - (self._first or 0.0) if over else 0.0


class Ledger:
    """What one session used so far.

    Prices may be known only seconds after the first reply, when their table is loaded: what came
    before is priced then.
    """

    def __init__(self, model: ChatModel, used: Usage | None = None) -> None:
        self._model = model
        self._used = used or Usage()
        self._unpriced: list[tuple[str, str, Usage]] = []

    @property
    def used(self) -> Usage:
        """Tokens and money so far."""
        return self._used

    def add(self, model: str, api_base: str, usage: Usage) -> Usage:
        """Count one request; return it with its cost, if that is known."""
        self._settle()
        was_ready = self._model.is_ready
        priced = self._priced(model, api_base, usage)
        self._used = added(self._used, priced)
        if priced.cost is None and not was_ready:
            self._unpriced.append((model, api_base, usage))
        return priced

    def _settle(self) -> None:
        if not self._unpriced or not self._model.is_ready:
            return
        waiting, self._unpriced = self._unpriced, []
        for model, api_base, usage in waiting:
            cost = self._priced(model, api_base, usage).cost
            self._used = added(self._used, Usage(cost=cost))

    def _priced(self, model: str, api_base: str, usage: Usage) -> Usage:
        if usage.cost is not None:
            return usage
        tokens = usage.prompt_tokens, usage.completion_tokens
        return Usage(*tokens, self._model.cost(model, *tokens, api_base))


def added(first: Usage, second: Usage) -> Usage:
    """Return both together; a cost that is unknown counts as nothing beside a known one."""
    known = [cost for cost in (first.cost, second.cost) if cost is not None]
    return Usage(
        first.prompt_tokens + second.prompt_tokens,
        first.completion_tokens + second.completion_tokens,
        sum(known) if known else None,
    )
