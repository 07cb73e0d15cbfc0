"""Servers of one's own: found, told apart by their own answers, and asked for what they give."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from oi_tui.models import discovery
from oi_tui.models.base import ModelError
from oi_tui.models.choices import ServedModel
from oi_tui.models.discovery import base_of, each_once, server_at, servers_here
from oi_tui.models.local.llamacpp.engine import ENGINE as LLAMACPP_ENGINE
from oi_tui.models.server_kinds import Listing, identify
from oi_tui.protocol.items import ErrorKind
from tests.models.test_routes import FakeKey, FakeKeys
from tests.support import servers
from tests.support.fault_cases import CANARY
from tests.support.fault_server import FaultServer, closed_port
from tests.support.local_models import served, smollm2
from tests.support.servers import Double, ServerDouble, listed

ANYWHERE = "Nobody's port"  # the port must not be what tells them apart
DOUBLES = [
    (
        "Ollama",
        servers.OLLAMA,
        (
            ServedModel("qwen3:8b", 16384),
            ServedModel("wide:latest", 32768, is_loaded=False),
            ServedModel("short:latest", 1024, is_loaded=False),
        ),
    ),
    (
        "LM Studio",
        servers.LM_STUDIO,
        (
            ServedModel("qwen2-vl-7b-instruct", 32768, is_loaded=False),
            ServedModel("meta-llama-3.1-8b-instruct", 8192),
        ),
    ),
    ("llama.cpp", servers.LLAMACPP, (ServedModel("gemma-3-4b-it-Q4_K_M.gguf", 12288),)),
    ("llamafile", servers.LLAMAFILE, (ServedModel("Llama-3.2-1B-Instruct.Q6_K"),)),
    ("vLLM", servers.VLLM, (ServedModel("Qwen/Qwen3-8B", 40960),)),
    ("KoboldCpp", servers.KOBOLDCPP, (ServedModel("koboldcpp/L3-8B-Stheno", 8192),)),
    (
        "text-generation-webui",
        servers.TEXT_GENERATION_WEBUI,
        (ServedModel("Qwen3-8B-exl3"),),
    ),
]


@pytest.mark.parametrize(("name", "double", "models"), DOUBLES, ids=[row[0] for row in DOUBLES])
def test_each_server_is_known_by_its_own_answers(
    name: str, double: Double, models: tuple[ServedModel, ...]
) -> None:
    with ServerDouble(double) as server:
        (found,) = servers_here(ports=((ANYWHERE, server.port),))
        assert (found.name, found.api_base) == (name, server.api_base)
        assert found.models == models
        assert {one.authorization for one in server.asked} == {""}
        assert server_at(f"localhost:{server.port}").models == models


def test_jan_is_found_without_its_key_and_lists_models_with_it() -> None:
    with ServerDouble(servers.JAN) as server:
        (found,) = servers_here(ports=(("Jan", server.port),))
        assert (found.name, found.models, found.wants_key) == ("Jan", (), True)
        host = f"127.0.0.1:{server.port}"
        with pytest.raises(ModelError) as refused:
            server_at(server.api_base)
        assert refused.value.info.kind is ErrorKind.AUTH
        assert "wants a key" in refused.value.info.title
        with pytest.raises(ModelError) as refused:
            server_at(server.api_base, FakeKeys({host: FakeKey("wrong-key", "keyring", host)}))
        assert "did not accept the key" in refused.value.info.title
        keys = FakeKeys({host: FakeKey(servers.JAN.key, "file", host)})
        assert server_at(server.root, keys).models == (
            ServedModel("Jan-v3-4b-base-instruct-Q4_K_XL", 40960),
        )


def test_a_key_of_somebody_else_stays_at_home() -> None:
    with ServerDouble(servers.VLLM) as server:
        given = FakeKeys({"openai": FakeKey(CANARY, "flag")})
        server_at(server.root, given)
        servers_here(ports=(("vLLM", server.port),))
        assert {one.authorization for one in server.asked} == {""}


def test_an_unknown_server_is_called_after_its_port_and_names_are_made_harmless() -> None:
    body = listed("bad\x1b[31mname", owner="me", context_length=9000)
    with ServerDouble(Double({"GET /v1/models": body})) as server:
        (found,) = servers_here(ports=(("Somebody", server.port),))
        assert found.name == "Somebody"
        assert found.models == (ServedModel("badname", 9000),)
        assert server_at(server.root).name == f"127.0.0.1:{server.port}"


def test_a_server_elsewhere_is_asked_only_what_its_own_list_suggests() -> None:
    asked: list[str] = []

    def ask(path: str, body: object) -> dict[str, object]:
        asked.append(path)
        return {}

    rows = listed("a", owner="somebody")["data"]
    assert identify(Listing(rows), ask, is_local=False) == ("", (ServedModel("a"),))
    assert asked == []
    rows = listed("a", owner="koboldcpp")["data"]
    identify(Listing(rows), ask, is_local=False)
    assert asked == ["/api/extra/version"]


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("localhost:11434", "http://localhost:11434/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("models.example.com", "https://models.example.com/v1"),
        ("https://a.example/openai/v1/chat/completions", "https://a.example/openai/v1"),
        (" https://a.example/own/path ", "https://a.example/own/path"),
    ],
)
def test_addresses_are_taken_as_people_write_them(address: str, base: str) -> None:
    assert base_of(address)[0] == base


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.7:11434", "ftp://a.example", "https://u:p@a.example/v1", "", "http://["],
)
def test_an_address_that_must_not_be_used_is_not_asked(address: str) -> None:
    with pytest.raises(ModelError) as refused:
        server_at(address)
    assert refused.value.info.kind is ErrorKind.CONFIG


@pytest.mark.parametrize(
    ("double", "kind"),
    [
        (Double({}), ErrorKind.UNREADABLE_REPLY),
        (Double({"GET /v1/models": "<html>hello</html>"}), ErrorKind.UNREADABLE_REPLY),
        (Double({"GET /v1/models": {"data": "none"}}), ErrorKind.UNREADABLE_REPLY),
        (Double({}, other=(401, {})), ErrorKind.AUTH),
        (Double({}, other=(302, {})), ErrorKind.CONFIG),
    ],
)
def test_what_is_no_server_of_models_is_said_in_words(double: Double, kind: ErrorKind) -> None:
    with ServerDouble(double) as server:
        with pytest.raises(ModelError) as refused:
            server_at(server.root)
        assert refused.value.info.kind is kind
        assert refused.value.info.title
        assert servers_here(ports=(("x", server.port),)) == ()


def test_nobody_there_is_a_matter_of_the_network() -> None:
    with pytest.raises(ModelError) as refused:
        server_at(f"localhost:{closed_port()}")
    assert refused.value.info.kind is ErrorKind.NETWORK


def test_a_port_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_QUICK", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, ServerDouble(servers.VLLM) as server:
        ports = (("Silent", silent.getsockname()[1]),)
        assert servers_here(ports=ports) == ()
        monkeypatch.setattr(discovery, "_QUICK", 5.0)
        assert servers_here(ports=(("vLLM", server.port),))


def test_rubbish_from_a_server_is_left_out_not_believed() -> None:
    rows = [
        {"id": "a", "max_model_len": "long"},
        {"id": "b", "max_model_len": -1},
        {"id": "c", "max_model_len": True},
        {"id": 7},
        "row",
        {},
    ]
    double = replace(
        servers.LLAMACPP,
        answers={
            "GET /v1/models": {"data": rows},
            "GET /props": {"default_generation_settings": 1},
        },
    )
    with ServerDouble(double) as server:
        assert [one.context_window for one in server_at(server.root).models] == [0, 0, 0]
    with ServerDouble(replace(servers.OLLAMA, shown=lambda _name: {"model_info": []})) as server:
        assert [one.context_window for one in server_at(server.root).models] == [16384, 0, 0, 0]


def test_the_same_server_is_told_once() -> None:
    with ServerDouble(servers.VLLM) as server:
        usual = servers_here(ports=(("vLLM", server.port),))
        named = server_at(f"http://localhost:{server.port}/v1")
        assert each_once([named, *usual]) == (named,)


def test_the_real_server_of_llamacpp_is_known_and_tells_its_context() -> None:
    with served(LLAMACPP_ENGINE, smollm2(), context=1024) as client:
        host = client.served.base.removeprefix("http://").removesuffix("/v1")
        keys = FakeKeys({host: FakeKey(client.served.key, "file", host)})
        found = server_at(host, keys)
        assert found.name == "llama.cpp"
        (model,) = found.models
        assert model.context_window == 1024
        assert Path(model.name).name


def test_the_plain_fault_server_stays_a_server_without_a_name() -> None:
    with FaultServer(models=("one",)) as server:
        (found,) = servers_here(ports=(("Ollama", server.port),))
        assert (found.name, found.models) == ("Ollama", (ServedModel("one"),))
