"""Makes one reply out of attempts: applies the retry policy, puts failures into words.

Knows neither wire nor library; an `Attempt` does.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from oi_tui.models.base import ModelError, ReplyPart, RetryScheduled
from oi_tui.models.errors import Target, explain
from oi_tui.models.policy import RetryPolicy
from oi_tui.models.trouble import AttemptError


class Attempt(Protocol):
    """One request on its way; raises `AttemptError` from its iteration."""

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the parts of the reply."""
        ...

    def close(self) -> None:
        """Stop at once and close the connection. From any thread, twice."""
        ...


class RetryingStream:
    """A `ReplyStream` over attempts.

    `pause` waits the given seconds or until the event is set, and returns whether it was set.
    """

    def __init__(
        self,
        begin: Callable[[], Attempt],
        target: Target,
        policy: RetryPolicy,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._begin = begin
        self._target = target
        self._policy = policy
        self._pause = pause
        self._chance = chance
        self._closed = threading.Event()
        self._attempt: Attempt | None = None

    def close(self) -> None:
        """Stop the reply; see `ReplyStream.close`."""
        self._closed.set()
        if self._attempt is not None:
            self._attempt.close()

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the reply; see `ReplyStream.__iter__`."""
        try:
            yield from self._attempts()
        finally:
            self.close()

    def _attempts(self) -> Iterator[ReplyPart]:
        number = 0
        while not self._closed.is_set():
            number += 1
            wait: float | None = None
            has_begun = False
            try:
                for part in self._next_attempt():
                    has_begun = True
                    yield part
                return
            except AttemptError as failed:
                if self._closed.is_set():
                    return
                if not has_begun:
                    wait = self._policy.wait_before_next(failed.trouble, number, self._chance)
                info = explain(failed.trouble, self._target)
            if wait is None:
                raise ModelError(info)
            yield RetryScheduled(info.kind, number + 1, self._policy.attempts, wait, info.detail)
            if self._pause(self._closed, wait):
                return

    def _next_attempt(self) -> Iterator[ReplyPart]:
        # No lock: whoever closes must not wait for an attempt that takes its time to begin. Either
        # they find it, or it finds that they were here.
        self._attempt = attempt = self._begin()
        if self._closed.is_set():
            attempt.close()
        try:
            yield from attempt
        finally:
            attempt.close()
