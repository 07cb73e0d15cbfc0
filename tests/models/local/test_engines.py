"""Engines of other packages, and what llama.cpp's server does that only it can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from oi_tui.models.local import engines
from oi_tui.models.local.ctransformers.engine import ENGINE as CTRANSFORMERS
from oi_tui.models.local.llamacpp.engine import ENGINE as LLAMACPP
from tests.support.local_models import Client, said, served
from tests.support.tiny_gguf import Tiny, tiny_model

needs_llamacpp = pytest.mark.skipif(bool(LLAMACPP.missing()), reason="xllamacpp is not installed")


class Entry:
    """An entry point as `importlib.metadata` tells of it."""

    def __init__(self, load: Callable[[], object]) -> None:
        self.load = load


def broken() -> object:
    raise ImportError("this package is half installed")


def test_a_package_adds_an_engine_and_a_broken_one_adds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strange = object()
    asked: list[str] = []

    def entry_points(*, group: str) -> list[Entry]:
        asked.append(group)
        return [Entry(broken), Entry(lambda: strange)]

    monkeypatch.setattr(engines, "entry_points", entry_points)
    found = engines.engines.__wrapped__()
    assert found == (LLAMACPP, CTRANSFORMERS, strange)
    assert asked == ["oi_tui.local_engines"]


@pytest.fixture(scope="module")
def llamacpp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", Tiny("Hello."))
    with served(LLAMACPP, path) as client:
        yield client


@needs_llamacpp
def test_an_answer_keeps_to_a_json_schema(llamacpp: Client) -> None:
    schema = {
        "type": "object",
        "properties": {"day": {"enum": ["monday", "friday"]}},
        "required": ["day"],
        "additionalProperties": False,
    }
    wish = {"type": "json_schema", "json_schema": {"name": "d", "strict": True, "schema": schema}}
    answer = llamacpp.post({"messages": [said("user", "Say it.")], "response_format": wish})
    text = answer.json()["choices"][0]["message"]["content"]
    assert json.loads(text)["day"] in ("monday", "friday")


@needs_llamacpp
def test_no_page_of_the_web_may_read_what_it_answers(llamacpp: Client) -> None:
    http, base = llamacpp.http, llamacpp.served.base
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8080"):
        asked = http.get(f"{base}/models", headers={"Origin": origin})
        before = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        may = http.options(f"{base}/chat/completions", headers=before)
        allowed = {one.headers.get("access-control-allow-origin", "") for one in (asked, may)}
        assert allowed == {""}
