"""The same files and questions through both engines, for real: nothing that shows differs."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from oi_tui.models.local.ctransformers.convert import convert
from oi_tui.models.local.ctransformers.engine import ENGINE as CTRANSFORMERS
from oi_tui.models.local.engines import LoadRequest, LocalEngine
from oi_tui.models.local.llamacpp.engine import ENGINE as LLAMACPP
from tests.support.local_models import Client, content, said, served, smollm2
from tests.support.tiny_gguf import ENDLESS, Tiny, tiny_model
from tests.support.waiting import wait_until

CALL = '{"language": "python", "code": "print(2 + 3)"}'
FENCE = "Let me look.\n```python\nprint('你好')\n```\n"
LONG = " ".join(f"line {number}" for number in range(200))
ANSWERS = {"?": CALL, "!": FENCE, "#": LONG}
ENGINES = [
    CTRANSFORMERS,
    pytest.param(
        LLAMACPP,
        marks=pytest.mark.skipif(bool(LLAMACPP.missing()), reason="xllamacpp is not installed"),
    ),
]
CODE = """def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b  # 100% "exact"
    return a
"""


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.name)
def tiny(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    engine: LocalEngine = request.param
    path = tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", Tiny("Hello.", ANSWERS))
    with served(engine, path) as client:
        yield client


@pytest.mark.skipif(bool(LLAMACPP.missing()), reason="xllamacpp is not installed")
def test_a_child_ends_with_its_parent_while_its_library_is_busy(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny(template=ENDLESS))
    load = LoadRequest(path, 2048, threads=1, gpu_layers=0)
    with subprocess.Popen(
        LLAMACPP.command(load), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdin is not None
        order = {"path": str(path), "key": "k", "context": 2048, "threads": 1, "batch": 64}
        child.stdin.write(json.dumps({**order, "gpu_layers": 0}) + "\n")
        child.stdin.flush()
        wait_until(lambda: psutil.Process(child.pid).cpu_times().user > 1.0, "it to work")
        child.stdin.close()
        assert child.wait(30) in (0, -signal.SIGIO)


@pytest.mark.parametrize(("key", "answer"), [(".", "Hello."), *ANSWERS.items()])
def test_a_made_model_says_exactly_what_it_should(tiny: Client, key: str, answer: str) -> None:
    body = {"messages": [said("user", f"Say it{key}")], "temperature": 0.2}
    assert content(tiny.events(body)) == answer


def test_usage_and_the_reason_of_the_end_are_told(tiny: Client) -> None:
    body = {
        "messages": [said("user", "Say it#")],
        "max_tokens": 7,
        "stream_options": {"include_usage": True},
    }
    events = list(tiny.events(body))
    assert "length" in [choice["finish_reason"] for one in events for choice in one["choices"]]
    assert events[-1]["usage"]["completion_tokens"] == 7


def test_a_prompt_beyond_the_context_is_an_error_of_the_request(tiny: Client) -> None:
    assert tiny.post({"messages": [said("user", "word " * 3000)]}).status_code == 400


def test_an_endless_answer_can_be_left(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny("and so on, ", endless=True))
    engines: list[LocalEngine] = [CTRANSFORMERS]
    engines += [] if LLAMACPP.missing() else [LLAMACPP]
    for engine in engines:
        with served(engine, path) as client:
            body = {"messages": [said("user", "Go on")], "stream": True}
            address = f"{client.served.base}/chat/completions"
            with client.http.stream("POST", address, json=body) as answer:
                assert next(answer.iter_bytes())
            assert client.ask("Go on", max_tokens=2)["usage"]["completion_tokens"] == 2


def test_the_toy_model_reads_and_answers_alike_in_both(tmp_path: Path) -> None:
    if LLAMACPP.missing():
        pytest.skip("xllamacpp is not installed")
    source = smollm2()
    old = convert(source, tmp_path / "old.gguf").path
    asked = {
        "messages": [said("system", "You are terse."), said("user", f"What does it do?\n{CODE}")],
        "temperature": 0,
        "max_tokens": 16,
    }
    answers = []
    pairs: list[tuple[LocalEngine, Path]] = [(CTRANSFORMERS, old), (LLAMACPP, source)]
    with ExitStack() as stack:
        for engine, path in pairs:
            client = stack.enter_context(served(engine, path))
            answers.append(client.post(asked).json())
    first, second = answers
    assert first["usage"]["prompt_tokens"] == second["usage"]["prompt_tokens"]
    # Their sums differ in the last bits, so that only the beginning is the same for certain.
    beginnings = [one["choices"][0]["message"]["content"][:8] for one in answers]
    assert beginnings[0] == beginnings[1] != ""


def test_long_and_odd_prompts_are_the_same_tokens_in_both(tmp_path: Path) -> None:
    if LLAMACPP.missing():
        pytest.skip("xllamacpp is not installed")
    path = tiny_model(tmp_path / "tiny.gguf", Tiny())
    texts = ["a b", "  two  spaces ", "x\n y\n\n  z", "abc  def ghi\n" * 120, "x" * 1500 + " y z"]
    with served(CTRANSFORMERS, path) as first, served(LLAMACPP, path) as second:
        for text in texts:  # the long ones go to the library in pieces
            counts = [
                client.ask(text, max_tokens=1)["usage"]["prompt_tokens"]
                for client in (first, second)
            ]
            assert counts[0] == counts[1], text[:20]
