"""What went wrong with one attempt, in plain data, before it is put into words.

Made by the direct client and, in another process, by the provider worker; both in the same terms.
Knows no wording and no policy.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Where an attempt failed."""

    STATUS = "status"  # the provider answered with an error status
    STREAM_ERROR = "stream_error"  # an error object inside the stream
    CONNECT = "connect"  # name, route, refusal, TLS
    TIMEOUT = "timeout"  # nothing came for too long
    CUT_OFF = "cut_off"  # the stream ended without a finish
    UNREADABLE = "unreadable"  # something that is no reply
    REDIRECT = "redirect"
    WORKER_DIED = "worker_died"
    LIBRARY = "library"  # LiteLLM cannot be loaded or does not know what to do


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed attempt. `status` 0: none. `retry_after` in seconds, as the provider said."""

    cause: Cause
    text: str = ""
    status: int = 0
    retry_after: float | None = None


class AttemptError(Exception):
    """An attempt failed; carries its `trouble`."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.cause.value)
        self.trouble = trouble


def seconds_of(retry_after: str) -> float | None:
    """Read a Retry-After header: seconds, or an HTTP date."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime  # rare, and not light

    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
