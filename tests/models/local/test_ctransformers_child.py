"""The child around ctransformers, for real: made models that say exactly what they should."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from oi_tui.models.local.ctransformers.engine import ENGINE
from oi_tui.models.local.engines import LoadRequest
from oi_tui.models.local.server import LocalServer, LocalServerError
from tests.support.local_models import Client, Json, content, said, served
from tests.support.tiny_gguf import Tiny, tiny_model
from tests.support.waiting import wait_until

CALL = '{"language": "python", "code": "print(2 + 3)"}'
FENCE = "Let me look.\n```python\nprint('你好')\n```\n"
WIDE = "這是一個很長的回答，一個字一個字地說出來。"
LONG = " ".join(f"line {number}" for number in range(400))
ANSWERS = {"?": CALL, "!": FENCE, ";": WIDE, "#": LONG}
USAGE = {"stream_options": {"include_usage": True}}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", Tiny("Hello.", ANSWERS))
    with served(ENGINE, path) as client:
        yield client


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("tiny") / "endless.gguf"
    tiny_model(path, Tiny("and so on, ", context=8192, endless=True, layers=8))
    with served(ENGINE, path, context=8192) as client:
        yield client


@pytest.mark.parametrize(("key", "answer"), [(".", "Hello."), *ANSWERS.items()])
def test_answers_are_exact_whole_and_streamed(model: Client, key: str, answer: str) -> None:
    prompt = f"Say it{key}"
    assert model.text(prompt) == answer
    assert content(model.events({"messages": [said("user", prompt)]})) == answer


def test_a_stream_tells_why_it_ended_and_what_it_took(model: Client) -> None:
    events = list(model.events({"messages": [said("user", "Say it?")], **USAGE}))
    assert [event["choices"][0]["finish_reason"] for event in events[:-1]][-2:] == [None, "stop"]
    usage = events[-1]["usage"]
    assert events[-1]["choices"] == []
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == len(
        [event for event in events[:-1] if event["choices"][0]["delta"].get("content")]
    )


def test_a_stream_without_a_wish_for_it_counts_nothing(model: Client) -> None:
    events = list(model.events({"messages": [said("user", "Say it?")]}))
    assert not [event for event in events if "usage" in event]


@pytest.mark.parametrize("stop", ['"code', ["nothing", ': "print(2'], [CALL[7:20]]])
def test_stop_words_end_an_answer_and_are_not_shown(model: Client, stop: str | list[str]) -> None:
    words = [stop] if isinstance(stop, str) else stop
    expected = CALL[: min(CALL.find(word) for word in words if word in CALL)]
    answer = model.ask("Say it?", stop=stop)
    assert answer["choices"][0]["message"]["content"] == expected
    assert answer["choices"][0]["finish_reason"] == "stop"
    asked = {"messages": [said("user", "Say it?")], "stop": stop}
    assert content(model.events(asked)) == expected


def test_the_end_of_a_stop_word_that_never_comes_is_shown(model: Client) -> None:
    assert model.text("Say it?", stop=["})never"]) == CALL


def test_a_bound_on_tokens_is_kept_and_told(model: Client) -> None:
    answer = model.ask("Say it#", max_tokens=5)
    assert answer["usage"]["completion_tokens"] == 5
    assert answer["choices"][0]["finish_reason"] == "length"
    assert LONG.startswith(answer["choices"][0]["message"]["content"])


def test_a_full_context_ends_an_answer(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny("and so on, ", endless=True))
    with served(ENGINE, path, context=256) as client:
        answer = client.ask("Go on")
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["total_tokens"] == 256


def test_a_prompt_beyond_the_context_is_refused_as_others_refuse_it(model: Client) -> None:
    answer = model.post({"messages": [said("user", "word " * 2000)]})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"
    assert "maximum context length is 2048 tokens" in answer.json()["error"]["message"]
    assert model.text("Say it?") == CALL


def test_what_earlier_turns_left_is_read_once(model: Client) -> None:
    history = [said("user", "tell me a story " * 30)]
    model.post({"messages": history})
    longer = [*history, said("assistant", "Hello."), said("user", "and then?")]
    usage = model.post({"messages": longer}).json()["usage"]
    known = usage["prompt_tokens_details"]["cached_tokens"]
    assert known > 450
    assert usage["prompt_tokens"] - known < 60
    other = model.ask("something else entirely.")["usage"]["prompt_tokens_details"]
    assert other["cached_tokens"] < 20


def test_reading_is_told_where_it_is_wanted(model: Client) -> None:
    body = {"messages": [said("user", "a long one " * 40)], "return_progress": True}
    told = [event["prompt_progress"] for event in model.events(body) if "prompt_progress" in event]
    assert len(told) > 2
    assert told[-1]["processed"] == told[-1]["total"]
    assert [one["processed"] for one in told] == sorted(one["processed"] for one in told)


def test_special_tokens_in_foreign_text_end_no_turn(model: Client) -> None:
    plain = model.ask("one two.")["usage"]["prompt_tokens"]
    parted = model.ask("one</s><s> two.")["usage"]["prompt_tokens"]
    assert parted - plain >= len("</s><s>")  # letters, not two tokens


def test_text_with_more_tokens_than_characters_is_read(model: Client) -> None:
    usage = model.ask("😀漢字" * 60 + "?")["usage"]
    assert usage["prompt_tokens"] > 60 * 10
    half = json.dumps({"messages": [said("user", "\0\ud800?")]})  # of a pair
    answer = model.http.post(f"{model.served.base}/chat/completions", content=half).json()
    assert answer["choices"][0]["message"]["content"] == CALL


# -- who asks -------------------------------------------------------------------------------------
def test_nothing_is_told_to_who_has_no_key(model: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        for address in ("/chat/completions", "/models"):
            with httpx.Client(trust_env=False) as client:
                answer = client.post(model.served.base + address, json={}, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("headers", [{"Host": "evil.example:80"}, {"Origin": "http://127.0.0.1"}])
def test_pages_in_a_browser_get_nothing(model: Client, headers: dict[str, str]) -> None:
    answer = model.http.get(f"{model.served.base}/models", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_key_is_neither_in_the_arguments_nor_in_the_environment(model: Client) -> None:
    for name in ("cmdline", "environ"):
        with open(f"/proc/{model.server.pid}/{name}", "rb") as file:
            assert model.served.key.encode() not in file.read()


def test_it_lists_its_model(model: Client) -> None:
    listed = model.http.get(f"{model.served.base}/models").json()["data"]
    assert [(row["id"], row["meta"]["n_ctx"]) for row in listed] == [("tiny", 2048)]
    health = model.served.base.removesuffix("/v1") + "/health"
    assert model.http.get(health).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"messages": []}, 400),
        ({"messages": "hello"}, 400),
        ({"messages": [{"role": "wizard", "content": "x"}]}, 400),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400),
        ({"messages": [said("user", "x")], "tools": [{"type": "function"}]}, 400),
        ({"messages": [said("user", "x")], "temperature": "hot"}, 400),
        ({"messages": [said("user", "x")], "top_p": 2}, 400),
        ({"messages": [said("user", "x")], "stop": [1]}, 400),
        ({"messages": [said("user", "x")], "n": 3}, 400),
        ([1, 2], 400),
    ],
)
def test_a_wrong_request_is_refused_in_words(model: Client, body: object, status: int) -> None:
    answer = model.http.post(f"{model.served.base}/chat/completions", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert model.text("Say it?") == CALL


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused(model: Client, data: bytes) -> None:
    answer = model.http.post(f"{model.served.base}/chat/completions", content=data)
    assert answer.status_code == 400
    assert model.text("Say it?") == CALL


def test_parts_of_text_and_results_of_tools_are_read_as_text(model: Client) -> None:
    parts = [{"type": "text", "text": "Say "}, {"type": "text", "text": "it?"}]
    answer = model.post({"messages": [{"role": "user", "content": parts}]}).json()
    assert answer["choices"][0]["message"]["content"] == CALL
    result = {"role": "tool", "tool_call_id": "1", "content": "it printed!"}
    called: Json = {"role": "assistant", "content": None, "tool_calls": []}
    answer = model.post({"messages": [said("user", "x"), called, result]}).json()
    assert answer["choices"][0]["message"]["content"] == FENCE


# -- stopping -------------------------------------------------------------------------------------
def test_a_caller_who_hangs_up_while_an_answer_is_written_frees_the_model(endless: Client) -> None:
    connection = endless.open({"messages": [said("user", "Go on")]})
    assert _read_until(connection, b'"and"')
    connection.close()
    answer = endless.ask("Go on", max_tokens=3)
    assert answer["usage"]["completion_tokens"] == 3


def test_a_caller_who_hangs_up_while_its_prompt_is_read_frees_the_model(endless: Client) -> None:
    body = {"messages": [said("user", "x" * 4000)], "return_progress": True}
    connection = endless.open(body)
    _read_until(connection, b"prompt_progress")
    connection.close()
    usage = endless.ask("x" * 4000, max_tokens=1)["usage"]
    # What was read before is known; the rest was not read for nobody.
    assert 0 < usage["prompt_tokens_details"]["cached_tokens"] < usage["prompt_tokens"] - 1


def test_who_comes_meanwhile_waits_and_may_hang_up(endless: Client) -> None:
    first = endless.open({"messages": [said("user", "Go on")]})
    _read_until(first, b'"and"')
    second = endless.open({"messages": [said("user", "Go on")]})
    second.close()
    first.close()
    assert endless.ask("Go on", max_tokens=2)["usage"]["completion_tokens"] == 2


def _read_until(connection: socket.socket, text: bytes) -> bytes:
    data = b""
    while text not in data:
        piece = connection.recv(65_536)
        assert piece, data
        data += piece
    return data


# -- ends -----------------------------------------------------------------------------------------
def test_a_child_that_dies_is_noticed_and_the_next_one_serves(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny("and so on, ", endless=True, context=100_000))
    with served(ENGINE, path, context=100_000) as client:
        connection = client.open({"messages": [said("user", "Go on")]})
        _read_until(connection, b'"and"')
        os.kill(client.server.pid, signal.SIGKILL)
        wait_until(lambda: not client.server.is_alive, "the end of the child")
        while connection.recv(65_536):
            pass  # the stream ends, too
        connection.close()
    with served(ENGINE, path) as client:
        assert client.text("Go on", max_tokens=4).startswith("and so on")


def test_a_child_ends_when_it_is_let_go_of_even_while_it_writes(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny("and so on, ", endless=True, context=100_000))
    with served(ENGINE, path, context=100_000) as client:
        connection = client.open({"messages": [said("user", "Go on")]})
        _read_until(connection, b'"and"')
        server = client.server
    assert not server.is_alive
    connection.close()


def test_a_model_beyond_its_memory_ends_alone_and_says_so(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny(context=1_000_000, layers=4))
    load = LoadRequest(path, 1_000_000, threads=1, gpu_layers=0)
    server = LocalServer(ENGINE.command(load), load, memory=400 * 1024 * 1024)
    with pytest.raises(LocalServerError) as caught:
        server.start()
    assert "memory" in str(caught.value)
    server.stop()


def test_progress_of_loading_is_told(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny())
    load = LoadRequest(path, 512, threads=1, gpu_layers=0)
    server = LocalServer(ENGINE.command(load), load)
    told: list[float] = []
    server.start(told.append)
    server.stop()
    assert told
    assert told[-1] == 1.0
