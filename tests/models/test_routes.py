"""Where requests go, and which key they carry."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from oi_tui.config.keys import known_host
from oi_tui.models.base import ModelError
from oi_tui.models.endpoints import checked_host, key_bound_to, owner_of_key, route_for
from oi_tui.models.factory import RoutedModel, open_model
from oi_tui.models.policy import RetryPolicy
from oi_tui.models.providers import probably_calls_tools
from oi_tui.protocol.items import ChatMessage, ErrorKind, Role
from tests.models.reading import Read, ask, read
from tests.support.fault_cases import CANARY, WORDS
from tests.support.fault_server import FaultServer


@dataclass
class FakeKey:
    key: str = field(repr=False)
    source: str = "environment"
    host: str = ""


@dataclass
class FakeKeys:
    keys: dict[str, FakeKey] = field(default_factory=dict)

    def look_up(self, provider: str) -> FakeKey | None:
        return self.keys.get(provider)


@dataclass
class FakeSettings:
    model: str = ""
    api_base: str = ""
    context_window: int | None = None
    gpu_layers: int | None = None
    threads: int = 0


OPENAI_KEY = FakeKeys({"openai": FakeKey(CANARY, host="api.openai.com")})


@pytest.mark.parametrize(
    ("model", "base", "is_direct", "name", "where"),
    [
        ("gpt-4o", "", True, "gpt-4o", "https://api.openai.com/v1"),
        ("openai/o3", "", True, "o3", "https://api.openai.com/v1"),
        ("ollama/llama3", "", False, "ollama/llama3", ""),
        ("foo/bar", "", False, "foo/bar", ""),
        ("Qwen/Qwen3", "http://localhost:8000/v1/", True, "Qwen/Qwen3", "http://localhost:8000/v1"),
        ("openai/x", "https://a.example/v1", True, "x", "https://a.example/v1"),
        ("ollama/x", "http://[::1]:11434", False, "ollama/x", "http://[::1]:11434"),
    ],
)
def test_models_find_their_way(
    model: str, base: str, is_direct: bool, name: str, where: str
) -> None:
    route = route_for(model, base, OPENAI_KEY)
    assert (route.is_direct, route.model, route.base) == (is_direct, name, where)


def test_a_key_goes_only_to_its_host() -> None:
    assert route_for("gpt-4o", "", OPENAI_KEY).key == CANARY
    assert route_for("gpt-4o", "https://evil.example/v1", OPENAI_KEY).key == ""
    assert route_for("gpt-4o", "https://api.openai.com/v1", OPENAI_KEY).key == CANARY
    own = FakeKeys({"a.example": FakeKey("own-key", "file", "a.example")})
    assert route_for("m", "https://a.example/v1", own).key == "own-key"


def test_a_key_of_a_provider_with_many_hosts_goes_to_those_only() -> None:
    bound = known_host("azure")
    azure = FakeKeys({"azure": FakeKey(CANARY, "environment", bound)})
    for base, key in (
        ("https://mine.openai.azure.com", CANARY),
        ("https://mine.openai.azure.com:443/x", CANARY),
        ("https://mine.cognitiveservices.azure.com/", CANARY),
        ("https://mine.openai.azure.us", CANARY),
        ("https://anybody.westeurope.cloudapp.azure.com", ""),  # anybody can rent it
        ("https://evil-openai.azure.com", ""),
        ("https://azure.com.evil.example", ""),
    ):
        assert route_for("azure/gpt-4o", base, azure).key == key
    assert route_for("azure/gpt-4o", "", azure).key == CANARY
    assert key_bound_to("https://evil.example/v1", azure) == ""


def test_a_key_of_the_command_line_goes_only_to_whom_it_was_given_for() -> None:
    for_openai = FakeKeys({"openai": FakeKey("flag-key", "flag")})
    assert route_for("gpt-4o", "", for_openai).key == "flag-key"
    assert route_for("m", "https://a.example/v1", for_openai).key == ""
    assert route_for("openai/qwen3", "http://127.0.0.1:11434/v1", for_openai).key == ""
    assert route_for("ollama/m", "https://a.example", for_openai).key == ""
    assert route_for("voyage/m", "", for_openai).key == ""

    for_voyage = FakeKeys({owner_of_key("voyage/m", ""): FakeKey("flag-key", "flag")})
    assert route_for("voyage/m", "", for_voyage).key == "flag-key"
    assert route_for("other/m", "", for_voyage).key == ""
    with pytest.raises(ModelError):
        route_for("gpt-4o", "", for_voyage)

    base = "https://a.example/v1"
    for_host = FakeKeys({owner_of_key("m", base): FakeKey("flag-key", "flag")})
    assert route_for("m", base, for_host).key == "flag-key"
    assert route_for("m", "https://b.example/v1", for_host).key == ""
    assert route_for("unknown/m", "", OPENAI_KEY).key == ""


def test_a_host_that_is_named_as_a_provider_gets_no_key_of_it() -> None:
    assert route_for("openai/m", "https://openai/v1", OPENAI_KEY).key == ""
    assert key_bound_to("https://openai/v1", OPENAI_KEY) == ""
    assert key_bound_to("https://api.openai.com/v1", OPENAI_KEY) == CANARY


def test_a_saved_key_of_another_host_is_refused_by_name() -> None:
    moved = FakeKeys({"openai": FakeKey(CANARY, "file", "proxy.example")})
    with pytest.raises(ModelError) as caught:
        route_for("gpt-4o", "", moved)
    assert "proxy.example" in caught.value.info.hint


def test_a_key_that_no_header_can_carry_is_refused_without_quoting_it() -> None:
    for bad in ("sk-one\nsk-two", "sk-ключ"):
        with pytest.raises(ModelError) as caught:
            route_for("gpt-4o", "", FakeKeys({"openai": FakeKey(bad)}))
        assert bad not in repr(caught.value.info)
    assert route_for("gpt-4o", "", FakeKeys({"openai": FakeKey(f" {CANARY}\n")})).key == CANARY


def test_a_key_is_in_no_repr() -> None:
    assert CANARY not in repr(route_for("gpt-4o", "", OPENAI_KEY))


@pytest.mark.parametrize(
    ("model", "base", "kind", "word"),
    [
        ("", "", ErrorKind.NO_MODEL, "--model"),
        ("gpt-4o", "", ErrorKind.AUTH, "OPENAI_API_KEY"),
        ("claude-sonnet-4", "", ErrorKind.AUTH, "ANTHROPIC_API_KEY"),
        ("hosted_vllm/x", "", ErrorKind.CONFIG, "--api_base"),
        ("x", "http://example.com/v1", ErrorKind.CONFIG, "https"),
        ("x", "http://127.0.0.1.evil.example/v1", ErrorKind.CONFIG, "https"),
        ("x", "https://user:pass@example.com/v1", ErrorKind.CONFIG, "--api_key"),
        ("x", "file:///etc/passwd", ErrorKind.CONFIG, "http"),
        ("x", "http://[", ErrorKind.CONFIG, "http"),
    ],
)
def test_what_cannot_be_reached_says_what_to_do(
    model: str, base: str, kind: ErrorKind, word: str
) -> None:
    with pytest.raises(ModelError) as caught:
        route_for(model, base, FakeKeys())
    assert caught.value.info.kind is kind
    assert word in caught.value.info.hint


def test_loopback_means_this_machine_only() -> None:
    assert checked_host("http://127.0.0.1:1/v1") == ("127.0.0.1:1", True)
    assert checked_host("https://example.com") == ("example.com", False)


def test_tool_callers_are_guessed_carefully() -> None:
    assert probably_calls_tools("gpt-4o")
    assert probably_calls_tools("anthropic/claude-sonnet-4")
    assert not probably_calls_tools("llama3")


def through(server: FaultServer, case: str, keys: FakeKeys) -> Read:
    model = RoutedModel(
        FakeSettings(case, server.api_base), keys, policy=RetryPolicy(first_wait=0.001)
    )
    try:
        return read(model.stream(replace(ask(case), api_base=server.api_base)))
    finally:
        model.close()


GIVEN = FakeKeys({"openai": FakeKey(CANARY, "flag")})


def test_a_passing_trouble_is_tried_again_and_told() -> None:
    with FaultServer() as server:
        server.fault("s500")
        server.fault("r429:0")
        found = through(server, "text", GIVEN)
    assert found.text == WORDS
    assert [r.kind for r in found.retries] == [ErrorKind.OVERLOADED, ErrorKind.RATE_LIMIT]


@pytest.mark.parametrize(
    ("case", "kind", "requests"),
    [
        ("a401", ErrorKind.AUTH, 1),
        ("m404", ErrorKind.MODEL_MISSING, 1),
        ("quota", ErrorKind.QUOTA, 1),
        ("r429long", ErrorKind.RATE_LIMIT, 1),
        ("ctx", ErrorKind.CONTEXT_TOO_LONG, 1),
        ("s529", ErrorKind.OVERLOADED, 3),
        ("dropclean", ErrorKind.CUT_OFF, 1),
        ("html", ErrorKind.UNREADABLE_REPLY, 1),
        ("moved", ErrorKind.CONFIG, 1),
    ],
)
def test_errors_end_in_words_without_the_key(case: str, kind: ErrorKind, requests: int) -> None:
    with FaultServer() as server:
        found = through(server, case, GIVEN)
        assert len(server.chats) == requests
    assert found.error is not None
    assert found.error.kind is kind
    assert CANARY not in repr(found)


def test_a_redirect_is_not_followed() -> None:
    with FaultServer() as other, FaultServer() as server:
        server.fault(f"moved:{other.api_base}/chat/completions")
        found = through(server, "text", GIVEN)
        assert other.requests == []
    assert found.error is not None


def test_endpoints_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as other, FaultServer() as server:
        for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, other.api_base)
        monkeypatch.setenv("HTTP_PROXY", f"http://{other.host}")
        assert through(server, "text", GIVEN).text == WORDS
        assert other.requests == []


def test_before_anything_is_loaded_facts_and_counts_are_estimates() -> None:
    model = open_model(FakeSettings("gpt-4o"), OPENAI_KEY)
    assert model.facts("gpt-4o").calls_tools
    assert model.count_tokens("gpt-4o", [ChatMessage(Role.USER, "你好")]) > 2
    model.close()
    model.close()


def test_no_model_is_an_error_of_the_reply_not_of_the_program() -> None:
    model = open_model(FakeSettings(), FakeKeys())
    found = read(model.stream(ask("")))
    assert found.error is not None
    assert found.error.kind is ErrorKind.NO_MODEL


def test_a_script_file_plays(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    parts = ["你好", {"propose": {"language": "python", "code": "1"}}, {"fail": "timeout"}]
    script.write_text(json.dumps(["hi", parts]), encoding="utf-8")
    model = open_model(FakeSettings(), FakeKeys(), str(script))
    assert read(model.stream(ask("x"))).text == "hi"
    second = read(model.stream(ask("x")))
    assert second.text == "你好\n```python\n1\n```\n"
    assert second.error is not None
    with pytest.raises(ModelError):
        open_model(FakeSettings(), FakeKeys(), str(tmp_path / "missing"))
