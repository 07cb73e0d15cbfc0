"""The hub is asked only what was wanted, believed in little, and its key goes nowhere else."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.local.hub import HOME, Hub, token_in
from oi_tui.models.local.hub_connection import ForbiddenAddressError, checked
from oi_tui.models.local.repository import (
    RepositoryFile,
    is_repository,
    is_safe_path,
    models_in,
    quantization_in,
)
from oi_tui.protocol.items import ErrorKind
from tests.support.fault_server import closed_port
from tests.support.hub_server import COMMIT, Fault, HubServer, hash_of

NAME = "someone/Small-GGUF"
FILES = {"small-Q4_K_M.gguf": b"four" * 9, "small-Q8_0.gguf": b"eight" * 20, "README.md": b"#"}


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        server.add(NAME, dict(FILES))
        yield server


def failure(call: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        call()
    return caught.value


# -- what a repository holds ----------------------------------------------------------------------
def test_models_of_a_repository_smallest_first(server: HubServer) -> None:
    files = Hub(server.base).models(NAME)
    assert [one.name for one in files.models] == ["small-Q4_K_M.gguf", "small-Q8_0.gguf"]
    first = files.models[0]
    assert (first.size, first.quantization) == (36, "Q4_K_M")
    assert first.parts[0].sha256 == hash_of(FILES["small-Q4_K_M.gguf"])
    assert (files.repository, files.commit, files.license) == (NAME, COMMIT, "apache-2.0")


def test_it_says_who_it_is_and_asks_only_what_was_wanted(server: HubServer) -> None:
    hub = Hub(server.base)
    assert server.asked == []
    hub.models(NAME)
    (asked,) = server.asked
    assert asked.path == f"/api/models/{NAME}?blobs=true"
    assert asked.headers["user-agent"].startswith("oi-tui/")


def test_parts_of_one_model_belong_together_and_lone_ones_are_none() -> None:
    names = ["b/m-Q4_K_M-00002-of-00002.gguf", "b/m-Q4_K_M-00001-of-00002.gguf"]
    names += ["m-Q8_0-00001-of-00003.gguf", "mmproj-m-F16.gguf", "imatrix.gguf", "notes.txt"]
    (model,) = models_in([RepositoryFile(name, 10) for name in names])
    assert model.name == "b/m-Q4_K_M-00001-of-00002.gguf"
    assert (model.size, len(model.parts), model.quantization) == (20, 2, "Q4_K_M")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Qwen3-4B-Instruct-2507-Q4_K_M.gguf", "Q4_K_M"),
        ("qwen2.5-coder-7b-instruct-q8_0.gguf", "Q8_0"),
        ("mistral-7b-instruct-v0.1.Q5_K_S.gguf", "Q5_K_S"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("Qwen3.6-35B-A3B-UD-Q4_K_XL.gguf", "Q4_K_XL"),
        ("BF16/model-00001-of-00002", "BF16"),
        ("model-IQ2_XXS.gguf", "IQ2_XXS"),
        ("model.fp16.gguf", "F16"),
        ("gemma-3-4b-it.gguf", ""),
        ("FAQ4.gguf", ""),
    ],
)
def test_quantization_is_read_from_names(path: str, expected: str) -> None:
    assert quantization_in(path) == expected


# -- what is not there ----------------------------------------------------------------------------
def test_a_repository_without_a_model_names_the_nearest_that_has_one(server: HubServer) -> None:
    server.add("maker/Small", {"model.safetensors": b"x"})
    server.add("other/Smaller-Thing-GGUF", {"t-Q4_0.gguf": b"x"})
    error = failure(lambda: Hub(server.base).models("maker/Small"))
    assert error.info.kind is ErrorKind.MODEL_MISSING
    assert (
        error.info.hint == "The nearest that has one: someone/Small-GGUF, other/Smaller-Thing-GGUF"
    )


def test_a_search_gives_words_up_until_something_is_found(server: HubServer) -> None:
    assert Hub(server.base).nearest("maker/Small-v9-Instruct") == (NAME,)
    assert Hub(server.base).nearest("maker/Nothing-Like-It") == ()


def test_without_the_nearest_the_repository_is_told_nevertheless(server: HubServer) -> None:
    server.add("maker/Other", {"model.bin": b"x"})
    server.hub_faults += [Fault(), Fault(status=500)]
    error = failure(lambda: Hub(server.base).models("maker/Other"))
    assert error.info.title == "maker/Other has no file that can be run here."


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(404), ErrorKind.MODEL_MISSING, "has no someone/Small-GGUF"),
        (Fault(401, {"X-Error-Code": "RepoNotFound"}), ErrorKind.MODEL_MISSING, "or it is private"),
        (Fault(403, {"X-Error-Code": "GatedRepo"}), ErrorKind.PERMISSION, "accepted its terms"),
        (Fault(429, {"Retry-After": "7"}), ErrorKind.RATE_LIMIT, "answered 429"),
        (Fault(503), ErrorKind.OVERLOADED, "answered 503"),
        (Fault(418), ErrorKind.BAD_REQUEST, "answered 418"),
        (Fault(200, body=b"<html>log in</html>"), ErrorKind.UNREADABLE_REPLY, "no list of files"),
        (Fault(200, body=b"[" * 90_000), ErrorKind.UNREADABLE_REPLY, "no list of files"),
        (Fault(200, body=b"[1]"), ErrorKind.UNREADABLE_REPLY, "no list of files"),
        (Fault(302), ErrorKind.NETWORK, "Cannot reach"),
        (Fault(302, {"Location": "http://example.com/x"}), ErrorKind.CONFIG, "must not go"),
        (Fault(302, {"Location": "file:///etc/passwd"}), ErrorKind.CONFIG, "must not go"),
    ],
)
def test_each_refusal_is_told_by_its_kind(
    server: HubServer, fault: Fault, kind: ErrorKind, words: str
) -> None:
    server.hub_faults.append(fault)
    error = failure(lambda: Hub(server.base).models(NAME))
    assert error.info.kind is kind
    assert words in error.info.title


def test_a_gated_repository_is_told_kindly_with_what_to_do(server: HubServer) -> None:
    server.repositories[NAME].gated = True
    hub = Hub(server.base)
    files = hub.models(NAME)
    assert files.is_gated
    error = failure(lambda: hub.open(files, files.models[0].parts[0]))
    assert error.info.kind is ErrorKind.PERMISSION
    assert f"{server.base}/{NAME}" in error.info.hint
    assert "HF_TOKEN" in error.info.hint


def test_a_refused_token_is_named_but_never_shown(server: HubServer) -> None:
    server.hub_faults.append(Fault(401))
    error = failure(lambda: Hub(server.base, "hf_secretsecret").models(NAME))
    assert error.info.kind is ErrorKind.AUTH
    assert "hf_secretsecret" not in repr(error.info)


def test_circles_end(server: HubServer) -> None:
    server.hub_faults += [Fault(302, {"Location": server.base + "/again"})] * 9
    error = failure(lambda: Hub(server.base).models(NAME))
    assert error.info.detail == "it redirects in circles"


def test_nobody_there() -> None:
    error = failure(lambda: Hub(f"http://127.0.0.1:{closed_port()}").models(NAME))
    assert error.info.kind is ErrorKind.NETWORK
    assert "Connection refused" in error.info.detail


# -- where a request may go, and what it carries --------------------------------------------------
def test_the_token_goes_to_the_hub_and_nowhere_else(server: HubServer) -> None:
    server.repositories[NAME].gated, server.token = True, "hf_mine"
    hub = Hub(server.base, "hf_mine")
    files = hub.models(NAME)
    with hub.open(files, files.models[0].parts[0]) as answer:
        assert answer.read_all(100) == FILES["small-Q4_K_M.gguf"]
    assert {one.headers.get("authorization") for one in server.requests("hub")} == {
        "Bearer hf_mine"
    }
    (stored,) = server.requests("store")
    assert "authorization" not in stored.headers


def test_the_token_does_not_come_back_after_a_detour(server: HubServer) -> None:
    server.location = lambda mark: f"{server.store}/detour/{mark}"
    hub = Hub(server.base, "hf_mine")
    files = hub.models(NAME)
    server.store_faults.append(Fault(302, {"Location": f"{server.base}/api/models/{NAME}"}))
    hub.open(files, files.models[0].parts[0]).close()
    last = server.asked[-1]
    assert last.path == f"/api/models/{NAME}"
    assert "authorization" not in last.headers


@pytest.mark.parametrize(
    "address",
    [
        "http://huggingface.co",
        "ftp://127.0.0.1",
        "https://user:password@example.com",
        "https://",
        "http://127.0.0.1.example.com",
        "http://[::1",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "http://127.0.0.1:99999",
    ],
)
def test_addresses_that_must_not_be_asked(address: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        checked(address)


def test_a_hub_with_such_an_address_is_refused_at_once() -> None:
    error = failure(lambda: Hub.from_environment({"HF_ENDPOINT": "http://example.com"}))
    assert error.info.kind is ErrorKind.CONFIG
    assert Hub.from_environment({"HF_TOKEN": "x"}).base == HOME


def test_the_token_comes_from_the_environment_or_the_hub_program(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_kept\n")
    assert token_in({"HF_HOME": str(tmp_path)}) == "hf_kept"
    assert token_in({"HF_TOKEN": "hf_said", "HF_HOME": str(tmp_path)}) == "hf_said"
    assert token_in({"HF_TOKEN": "two words", "HF_HOME": str(tmp_path)}) == ""
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    assert token_in({"HF_HOME": str(tmp_path)}) == ""


def test_a_proxy_is_used_as_the_environment_says_and_gets_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        port = proxy.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = proxy.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        error = failure(lambda: Hub(HOME, "hf_mine").models(NAME))
        thread.join(10)
    assert error.info.kind is ErrorKind.NETWORK
    assert "502" in error.info.detail
    assert heard[0].startswith(b"CONNECT huggingface.co:443 ")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in heard[0]
    assert b"hf_mine" not in heard[0]


def test_this_machine_is_asked_without_the_proxy(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert Hub(server.base).models(NAME).models


# -- hostile words --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [
        *("../up.gguf", "/etc/x.gguf", "a/../../b.gguf", "a//b.gguf", ".hidden.gguf", "a/./b.gguf"),
        *("a\\b.gguf", "a\x00.gguf", "a\x1b[2J.gguf", "a\n.gguf", "~/x.gguf", "a\u202e.gguf"),
        *("x" * 600, ""),
    ],
)
def test_names_that_could_lie_elsewhere_are_left_out(server: HubServer, path: str) -> None:
    assert not is_safe_path(path)
    row = {"rfilename": path, "size": 5, "lfs": {"sha256": "0" * 64}}
    server.repositories[NAME].extra = {"siblings": [row, {"rfilename": "good.gguf", "size": 5}]}
    assert [one.name for one in Hub(server.base).models(NAME).models] == ["good.gguf"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "name",
        "a/b/c",
        "../x",
        "a/..",
        "a/b?x=1",
        "a/b#c",
        "a b/c",
        "a/b\n",
        ".a/b",
        "a/" + "b" * 200,
    ],
)
def test_names_that_are_no_repository_are_not_asked_for(server: HubServer, name: str) -> None:
    assert not is_repository(name)
    assert failure(lambda: Hub(server.base).models(name)).info.kind is ErrorKind.MODEL_MISSING
    assert server.asked == []


def test_two_hundred_hostile_answers_give_words_or_whole_models(server: HubServer) -> None:
    """Values of the wrong type, size and sign, in every place."""
    lot = random.Random(4)
    odd: list[Any] = [
        None,
        True,
        -1,
        1e308,
        2**70,
        "",
        "x" * 5000,
        "\ud800",
        [],
        {},
        [[]],
        {"a": {}},
    ]
    for _ in range(200):
        rows = [
            lot.choice(
                [
                    {
                        "rfilename": lot.choice(["m.gguf", *odd]),
                        "size": lot.choice([7, *odd]),
                        "lfs": lot.choice([{"sha256": lot.choice(odd)}, *odd]),
                    },
                    *odd,
                ]
            )
            for _ in range(4)
        ]
        said = {key: lot.choice(odd) for key in ("id", "sha", "cardData", "tags", "gguf", "gated")}
        said["siblings"] = lot.choice([rows, rows, *odd])
        body = json.dumps(said).encode()
        server.hub_faults.append(
            Fault(200, body=body[: lot.choice([len(body), lot.randrange(len(body))])])
        )
        with contextlib.suppress(ModelError):
            files = Hub(server.base).files(NAME)
            assert is_repository(files.repository)
            assert all(is_safe_path(one.name) for one in files.models)
            assert all(one.size == 7 * len(one.parts) for one in files.models)
    assert len(server.asked) == 200


def test_a_search_that_answers_nonsense_finds_nothing(server: HubServer) -> None:
    nonsense: list[list[Any]] = [[{"id": "../../x"}, {"id": 5}, 7, {}], [], [None]]
    for server.found in nonsense:
        assert Hub(server.base).nearest("maker/Small") == ()
