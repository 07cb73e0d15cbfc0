"""The one retry policy: what is tried again, how often, after how long. Pure.

Clock, sleep and chance are handed in. Knows no provider and no wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oi_tui.models.errors import is_retryable
from oi_tui.models.trouble import Trouble


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` requests in all, `first_wait` doubled each time; all in seconds."""

    attempts: int = 3
    first_wait: float = 1.0
    longest_asked: float = 60.0  # a longer Retry-After ends the matter
    jitter: float = 0.25  # a wait is longer by up to this share

    def wait_before_next(
        self, trouble: Trouble, attempt: int, chance: Callable[[], float]
    ) -> float | None:
        """Return how long to wait after failed `attempt` (from 1); None: do not try again.

        `chance` gives numbers from 0 to 1. Only for troubles before the first token.
        """
        if attempt >= self.attempts or not is_retryable(trouble):
            return None
        asked = trouble.retry_after
        if asked is not None:
            return asked if asked <= self.longest_asked else None
        wait: float = self.first_wait * 2 ** (attempt - 1)
        return wait * (1 + self.jitter * chance())


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a provider, in seconds."""

    connect: float = 10.0
    first_token: float = 60.0
    between: float = 60.0


HOSTED = Timeouts()
LOOPBACK = Timeouts(first_token=300.0)  # a model on this machine may have to load first
