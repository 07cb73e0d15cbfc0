"""The context that a server of one's own gives a model: asked once, and once more when it loads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oi_tui.config.keys import KeyStore
from oi_tui.models.choices import ServedModel
from oi_tui.models.endpoints import Route
from oi_tui.models.errors import Target
from oi_tui.models.factory import RoutedModel
from oi_tui.models.server_facts import ServerFacts
from tests.models.reading import ask, read
from tests.models.test_routes import FakeKey, FakeKeys, FakeSettings
from tests.support import servers
from tests.support.fault_cases import CANARY
from tests.support.fault_server import FaultServer
from tests.support.servers import ServerDouble
from tests.support.waiting import wait_until

ROUTE = Route(True, "m", "http://127.0.0.1:1/v1", Target("m", "127.0.0.1:1"), True, CANARY)


class FakeServer:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: ServedModel | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, bool, str]] = []

    def ask(self, base: str, model: str, is_local: bool, key: str) -> ServedModel | None:
        self.asked.append((base, model, is_local, key))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_a_loaded_model_is_asked_about_once() -> None:
    server = FakeServer(ServedModel("m", 8192))
    facts = ServerFacts(server.ask)
    facts.ask_ahead(ROUTE)
    for _ in range(4):
        assert facts.context_window(ROUTE) == 8192
        facts.note_request(ROUTE)
    assert server.asked == [(ROUTE.base, "m", True, CANARY)]


@pytest.mark.parametrize("first", [None, ServedModel("m", 4096, is_loaded=False)])
def test_one_that_is_loaded_by_the_first_request_is_asked_about_once_more(
    first: ServedModel | None,
) -> None:
    server = FakeServer(first, ServedModel("m", 16384))
    facts = ServerFacts(server.ask)
    assert facts.context_window(ROUTE) == (first.context_window if first else 0)
    facts.note_request(ROUTE)
    assert len(server.asked) == 1
    facts.note_request(ROUTE)
    wait_until(lambda: facts.context_window(ROUTE) == 16384)
    for _ in range(4):
        facts.note_request(ROUTE)
    assert len(server.asked) == 2


def test_a_server_that_stays_silent_is_left_alone() -> None:
    server = FakeServer(None)
    facts = ServerFacts(server.ask)
    for _ in range(5):
        assert facts.context_window(ROUTE) == 0
        facts.note_request(ROUTE)
    wait_until(lambda: len(server.asked) == 2)


def test_the_session_uses_what_the_server_gives() -> None:
    with ServerDouble(servers.OLLAMA) as server:
        model = RoutedModel(FakeSettings("qwen3:8b", server.api_base), FakeKeys())
        assert model.facts("qwen3:8b", server.api_base).context_window == 16384
        assert model.facts("openai/wide:latest", server.api_base).context_window == 32768
        assert model.facts("short", server.api_base).context_window == 1024
        assert model.facts("unknown", server.api_base).context_window == 0
        model.close()
        shown = [one.body["model"] for one in server.asked if one.path == "/api/show"]
        assert shown == [
            "qwen3:8b",
            "wide:latest",
            "short:latest",
        ]  # the others were nobody's question


@pytest.mark.parametrize(
    ("double", "name", "context"),
    [
        (servers.LLAMACPP, "whatever", 12288),
        (servers.LM_STUDIO, "meta-llama-3.1-8b-instruct", 8192),
        (servers.LM_STUDIO, "whatever", 0),
    ],
)
def test_the_only_model_of_a_server_answers_to_every_name(
    double: servers.Double, name: str, context: int
) -> None:
    with ServerDouble(double) as server:
        model = RoutedModel(FakeSettings(name, server.api_base), FakeKeys())
        assert model.facts(name, server.api_base).context_window == context
        model.close()


def test_a_provider_is_not_asked_what_everybody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Route] = []

    def note(_self: ServerFacts, route: Route) -> int:
        asked.append(route)
        return 0

    monkeypatch.setattr(ServerFacts, "context_window", note)
    model = RoutedModel(FakeSettings("gpt-4o"), FakeKeys())
    model.facts("gpt-4o", "")
    model.facts("gpt-4o", "https://api.openai.com/v1")
    model.facts("groq/x", "https://api.groq.com/openai/v1")
    model.facts("anthropic/x", "http://localhost:1/v1")  # goes through LiteLLM, in its language
    model.facts("x", "http://10.0.0.1/v1")
    assert asked == []
    model.facts("x", "https://models.example.com/v1")
    assert [route.base for route in asked] == ["https://models.example.com/v1"]


def test_a_refused_key_is_replaced_without_a_restart(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    with FaultServer() as server:
        keys = KeyStore(folder / "keys.json", given={server.host: "sk-refused-0123456789"})
        model = RoutedModel(FakeSettings("text", server.api_base), keys)
        request = replace(ask("text"), api_base=server.api_base)
        server.fault("a401")
        refused = read(model.stream(request))
        assert refused.error is not None
        keys.save(server.host, CANARY, server.host)
        answered = read(model.stream(request))
        assert answered.error is None
        model.close()
        sent = [one.headers["authorization"] for one in server.chats]
        assert sent == ["Bearer sk-refused-0123456789", f"Bearer {CANARY}"]


def test_a_question_carries_the_key_that_requests_carry() -> None:
    double = replace(servers.VLLM, key="vllm-key-0123456789")
    with ServerDouble(double) as server:
        host = f"127.0.0.1:{server.port}"
        keys = FakeKeys({host: FakeKey("vllm-key-0123456789", "file", host)})
        model = RoutedModel(FakeSettings("Qwen/Qwen3-8B", server.api_base), keys)
        assert model.facts("Qwen/Qwen3-8B", server.api_base).context_window == 40960
        model.close()
