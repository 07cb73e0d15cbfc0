"""The test button: the smallest request, told in words or as the error that a prompt would show."""

from __future__ import annotations

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.factory import RoutedModel
from oi_tui.models.policy import RetryPolicy
from oi_tui.models.trial import run_trial, trial_request
from oi_tui.protocol.items import ErrorKind
from tests.models.test_routes import FakeKeys, FakeSettings
from tests.support.fault_cases import WORDS
from tests.support.fault_server import FaultServer


def trial(server: FaultServer, case: str) -> str:
    way = RoutedModel(
        FakeSettings(case, server.api_base), FakeKeys(), policy=RetryPolicy(attempts=1)
    )
    try:
        return run_trial(way.stream(trial_request(case, server.api_base))).text
    finally:
        way.close()


def test_an_answer_is_shown_with_its_wait() -> None:
    with FaultServer() as server:
        said = trial(server, "text")
        assert "after" in said
        assert WORDS[:20] in said
        (sent,) = server.chats
        assert sent.body["max_tokens"] == 16
        assert "tools" not in sent.body


def test_a_long_answer_is_cut_and_made_harmless() -> None:
    with FaultServer() as server:
        server.reply("\x1b]0;title\x07" + "many words " * 50)
        said = trial(server, "text")
        assert len(said) < 90
        assert "\x1b" not in said


def test_an_answer_without_words_is_an_answer() -> None:
    with FaultServer() as server:
        assert "answers" in trial(server, "empty")


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("a401", ErrorKind.AUTH),
        ("m404", ErrorKind.MODEL_MISSING),
        ("quota", ErrorKind.QUOTA),
        ("s500", ErrorKind.OVERLOADED),
        ("dropclean", ErrorKind.CUT_OFF),
    ],
)
def test_a_failure_is_that_of_a_prompt_and_asked_for_once(case: str, kind: ErrorKind) -> None:
    with FaultServer() as server:
        with pytest.raises(ModelError) as failed:
            trial(server, case)
        assert failed.value.info.kind is kind
        assert len(server.chats) == 1
