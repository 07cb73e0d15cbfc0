"""The retry policy with a clock that nobody waits for, and the words for every trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.models.base import ReplyFinished, ReplyPart, StopReason, TextDelta
from oi_tui.models.errors import MOST_DETAIL, Target, explain, is_retryable, kind_of
from oi_tui.models.policy import RetryPolicy
from oi_tui.models.retrying import RetryingStream
from oi_tui.models.trouble import AttemptError, Cause, Trouble, seconds_of
from oi_tui.protocol.items import ErrorKind
from oi_tui.text.redaction import Redactor
from tests.models.reading import Read, read
from tests.support.fault_cases import CANARY

TARGET = Target("m", "api.example.com", "EXAMPLE_API_KEY")
BUSY = Trouble(Cause.STATUS, "slow down", 429)
WHOLE: tuple[ReplyPart, ...] = (TextDelta("ok"), ReplyFinished(StopReason.STOP))


class FakeAttempt:
    def __init__(self, parts: tuple[ReplyPart, ...], trouble: Trouble | None) -> None:
        self.parts, self.trouble, self.closed = parts, trouble, False

    def __iter__(self) -> Iterator[ReplyPart]:
        yield from self.parts
        if self.trouble is not None:
            raise AttemptError(self.trouble)

    def close(self) -> None:
        self.closed = True


class FakeTime:
    """Waits are written down and over at once."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def pause(self, closed: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return closed.is_set()


def run(*attempts: FakeAttempt, chance: float = 0.0) -> tuple[Read, list[float]]:
    time, left = FakeTime(), list(attempts)
    stream = RetryingStream(lambda: left.pop(0), TARGET, RetryPolicy(), time.pause, lambda: chance)
    return read(stream), time.waits


def failing(trouble: Trouble) -> FakeAttempt:
    return FakeAttempt((), trouble)


def test_three_attempts_wait_one_and_two_seconds_and_tell_so() -> None:
    found, waits = run(failing(BUSY), failing(BUSY), FakeAttempt(WHOLE, None))
    assert found.text == "ok"
    assert waits == [1.0, 2.0]
    assert [(r.attempt, r.attempts, r.wait) for r in found.retries] == [(2, 3, 1.0), (3, 3, 2.0)]
    assert {r.kind for r in found.retries} == {ErrorKind.RATE_LIMIT}


def test_the_third_failure_is_the_last() -> None:
    found, waits = run(failing(BUSY), failing(BUSY), failing(BUSY))
    assert len(waits) == 2
    assert found.error is not None
    assert found.error.kind is ErrorKind.RATE_LIMIT


def test_nothing_is_tried_again_after_the_first_token() -> None:
    cut = Trouble(Cause.STREAM_ERROR, "", 503)
    found, waits = run(FakeAttempt((TextDelta("par"),), cut))
    assert (found.text, waits) == ("par", [])
    assert found.error is not None


@pytest.mark.parametrize(("asked", "expected"), [(0.0, [0.0]), (60.0, [60.0]), (61.0, [])])
def test_what_the_provider_asks_for_is_obeyed_up_to_a_minute(
    asked: float, expected: list[float]
) -> None:
    slow = Trouble(Cause.STATUS, "", 429, asked)
    found, waits = run(failing(slow), FakeAttempt(WHOLE, None))
    assert waits == expected
    if not expected:
        assert found.error is not None
        assert "61" in found.error.hint


@given(
    st.sampled_from(Cause),
    st.sampled_from([0, 400, 401, 403, 404, 408, 422, 429, 500, 502, 503, 504, 529]),
    st.sampled_from(["", "insufficient_quota", "billing hard limit", "slow down"]),
    st.integers(1, 4),
    st.floats(0, 1),
)
def test_only_passing_troubles_are_tried_again(
    cause: Cause, status: int, text: str, attempt: int, chance: float
) -> None:
    trouble = Trouble(cause, text, status)
    wait = RetryPolicy().wait_before_next(trouble, attempt, lambda: chance)
    if wait is not None:
        assert attempt < 3
        assert 2 ** (attempt - 1) <= wait <= 2 ** (attempt - 1) * 1.25
        by_status = status in (408, 429, 500, 502, 503, 504, 529)
        assert cause is Cause.CONNECT or (cause in (Cause.STATUS, Cause.STREAM_ERROR) and by_status)
        assert cause is Cause.CONNECT or kind_of(trouble) is not ErrorKind.QUOTA


def test_closing_while_waiting_ends_without_an_error() -> None:
    attempts = [failing(BUSY), FakeAttempt(WHOLE, None)]

    def pause(closed: threading.Event, seconds: float) -> bool:
        stream.close()
        return closed.is_set()

    stream = RetryingStream(lambda: attempts.pop(0), TARGET, RetryPolicy(), pause)
    found = read(stream)
    assert found.error is None
    assert len(attempts) == 1


def test_closing_does_not_wait_for_an_attempt_that_takes_its_time_to_begin() -> None:
    attempt = FakeAttempt(WHOLE, None)

    def begin() -> FakeAttempt:
        closer = threading.Thread(target=stream.close)
        closer.start()
        closer.join(30)
        assert not closer.is_alive()
        return attempt

    stream = RetryingStream(begin, TARGET, RetryPolicy())
    read(stream)
    assert attempt.closed


def test_closing_twice_closes_the_attempt() -> None:
    attempt = FakeAttempt(WHOLE, None)
    stream = RetryingStream(lambda: attempt, TARGET, RetryPolicy())
    assert next(iter(stream)) == TextDelta("ok")
    stream.close()
    stream.close()
    assert attempt.closed


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Trouble(Cause.STATUS, "x", 401), ErrorKind.AUTH),
        (Trouble(Cause.STATUS, "x", 403), ErrorKind.PERMISSION),
        (Trouble(Cause.STATUS, "x", 404), ErrorKind.MODEL_MISSING),
        (Trouble(Cause.STATUS, "model `a` does not exist", 400), ErrorKind.MODEL_MISSING),
        (Trouble(Cause.STATUS, "maximum context length is 4096", 400), ErrorKind.CONTEXT_TOO_LONG),
        (Trouble(Cause.STATUS, "exceeded your current quota", 429), ErrorKind.QUOTA),
        (Trouble(Cause.STATUS, "pay", 402), ErrorKind.QUOTA),
        (Trouble(Cause.STATUS, "x", 429), ErrorKind.RATE_LIMIT),
        (Trouble(Cause.STATUS, "x", 408), ErrorKind.TIMEOUT),
        (Trouble(Cause.STATUS, "x", 422), ErrorKind.BAD_REQUEST),
        (Trouble(Cause.STATUS, "x", 529), ErrorKind.OVERLOADED),
        (Trouble(Cause.STATUS, "api_key client option must be set", 500), ErrorKind.AUTH),
        (Trouble(Cause.CONNECT), ErrorKind.NETWORK),
        (Trouble(Cause.WORKER_DIED), ErrorKind.WORKER_DIED),
        (Trouble(Cause.REDIRECT, "http://elsewhere"), ErrorKind.CONFIG),
        (Trouble(Cause.LIBRARY, "LLM Provider NOT provided."), ErrorKind.NO_MODEL),
        (Trouble(Cause.LIBRARY, "boom"), ErrorKind.INTERNAL),
    ],
)
def test_every_trouble_has_its_kind_and_its_words(trouble: Trouble, kind: ErrorKind) -> None:
    info = explain(trouble, TARGET)
    assert info.kind is kind
    assert info.title.endswith(".")


@given(st.sampled_from(Cause), st.integers(0, 599), st.text(max_size=700))
def test_no_error_holds_a_key_or_acts_on_a_terminal(cause: Cause, status: int, noise: str) -> None:
    secrets = Redactor()
    secrets.add("k3y-of-the-person")
    text = f"{noise} \x1b[31m {CANARY} k3y-of-the-person{noise}"
    info = explain(Trouble(cause, text, status), TARGET, secrets)
    shown = f"{info}"
    assert "k3y-of-the-person" not in shown
    assert CANARY not in shown
    assert "\x1b" not in info.detail
    assert len(info.detail) <= MOST_DETAIL * 2


def test_a_wrong_key_is_told_by_its_name_and_host() -> None:
    info = explain(Trouble(Cause.STATUS, "no", 401), TARGET)
    assert "EXAMPLE_API_KEY" in info.hint
    assert "api.example.com" in info.hint
    assert not is_retryable(Trouble(Cause.STATUS, "no", 401))


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert seconds_of("2") == 2
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_of("soon") is None
    assert seconds_of("") is None
