"""Models of this machine behind the port of all models: with real engines and made files."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from oi_tui.models.base import (
    ChatRequest,
    Loading,
    ModelFacts,
    Noticed,
    Reading,
    StopReason,
    TextDelta,
)
from oi_tui.models.chat_format import messages_json
from oi_tui.models.direct import DirectClient
from oi_tui.models.factory import RoutedModel
from oi_tui.models.local import engines
from oi_tui.models.local.engines import LoadRequest
from oi_tui.models.local.gguf import GgufHeader
from oi_tui.models.local.keeper import Load
from oi_tui.models.local.model import LocalModel
from oi_tui.models.local.plan import Wishes
from oi_tui.protocol.items import ChatMessage, ErrorKind, Role
from tests.models.reading import TOOL, ask, read
from tests.models.test_routes import FakeKeys, FakeSettings
from tests.support.local_models import smollm2
from tests.support.processes import Children
from tests.support.tiny_gguf import TEMPLATE, Tiny, tiny_model
from tests.support.waiting import wait_until

SAYS = "It is 你好, and 42."
LONG = " ".join(f"word{number} alpha beta" for number in range(300))


@pytest.fixture
def model(children: Children) -> Iterator[LocalModel]:
    client = DirectClient()
    made = LocalModel(Wishes(), client)
    yield made
    client.close()
    made.close()
    assert not children()


@pytest.fixture(scope="module")
def talker(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"local/{tiny_model(tmp_path_factory.mktemp('t') / 'talker.gguf', Tiny(SAYS))}"


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("e") / "endless.gguf"
    return f"local/{tiny_model(path, Tiny('on and ', endless=True, context=8192))}"


@pytest.fixture
def children() -> Children:
    return Children()


def slot(load: Load) -> Any:
    """Ask llama.cpp's server what it holds of a prompt."""
    assert load.served is not None
    answer = httpx.get(
        load.served.base.replace("/v1", "/slots"),
        headers={"Authorization": f"Bearer {load.served.key}"},
        trust_env=False,
    )
    return answer.json()[0]


def current(model: LocalModel) -> Load:
    load = model._keeper.current
    assert load is not None
    return load


@pytest.mark.parametrize("engine", ["llamacpp", "ctransformers"])
def test_a_file_is_loaded_once_and_answers(model: LocalModel, talker: str, engine: str) -> None:
    name = talker.replace("local", engine, 1)
    found = read(model.stream(ask(name)))
    assert found.error is None
    assert found.text == SAYS
    assert found.finished is not None
    assert found.finished.reason is StopReason.STOP
    loading = [part for part in found.parts if isinstance(part, Loading)]
    assert loading[-1].fraction == 1.0
    assert "2048 tokens" in loading[0].detail
    again = read(model.stream(ask(name)))
    assert again.text == SAYS
    assert not any(isinstance(part, Loading | Noticed) for part in again.parts)
    assert current(model).plan.engine.name == engine


def test_what_is_known_of_a_model_before_it_is_loaded(
    model: LocalModel, talker: str, children: Children
) -> None:
    assert model.facts(talker) == ModelFacts(context_window=2048, calls_tools=False)
    assert model.facts("local//nowhere/x.gguf") == ModelFacts()
    assert not children()


def test_tools_are_offered_to_templates_that_know_them(model: LocalModel, tmp_path: Path) -> None:
    knows = Tiny(template=TEMPLATE + "{% if tools %}{{ tools | tojson }}{% endif %}")
    path = tiny_model(tmp_path / "knows.gguf", knows)
    assert model.facts(f"local/{path}").calls_tools
    assert not model.facts(f"ctransformers/{path}").calls_tools
    assert read(model.stream(ask(f"local/{path}", TOOL))).text == "Hello."


def test_tokens_are_counted_by_its_tokenizer_once_it_is_loaded(
    model: LocalModel, talker: str
) -> None:
    said = (ChatMessage(Role.USER, "abcdefghij"),)
    estimate = model.count_tokens(talker, said)
    read(model.stream(ask(talker)))
    assert model.is_ready
    assert model.count_tokens(talker, said) == 4 + 10 + 1 > estimate  # a token a letter, a space


def test_another_model_takes_the_place_of_the_one_before(
    model: LocalModel, talker: str, endless: str, children: Children
) -> None:
    read(model.stream(ask(talker)))
    first = current(model).server.pid
    stream = model.stream(ask(endless))
    assert any(isinstance(part, TextDelta) for part in stream)
    stream.close()
    assert [child.pid for child in children()] == [current(model).server.pid]
    assert read(model.stream(ask(talker))).text == SAYS
    assert current(model).server.pid != first


def test_another_context_loads_it_anew(model: LocalModel, talker: str) -> None:
    read(model.stream(ask(talker)))
    found = read(model.stream(replace(ask(talker), context_window=1024)))
    assert any(isinstance(part, Loading) for part in found.parts)
    assert not any(isinstance(part, Noticed) for part in found.parts)
    assert current(model).plan.load.context == 1024


def test_too_much_for_its_context_is_said(model: LocalModel, talker: str) -> None:
    found = read(model.stream(ask(talker, text=LONG)))
    assert found.error is not None
    assert found.error.kind is ErrorKind.CONTEXT_TOO_LONG


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_an_engine_that_dies_keeps_what_was_said_and_comes_back(
    model: LocalModel, endless: str, number: signal.Signals
) -> None:
    seen = ""

    def reply() -> Iterator[TextDelta]:
        nonlocal seen
        for part in model.stream(ask(endless)):
            if isinstance(part, TextDelta):
                if not seen:
                    os.kill(current(model).server.pid, number)
                seen += part.text
                yield part

    found = read(reply())
    assert found.text.startswith("on")
    assert found.text == seen
    assert found.error is not None
    assert found.error.kind is ErrorKind.WORKER_DIED
    assert "endless.gguf" in found.error.title
    assert ("memory" if number is signal.SIGKILL else "crashed") in found.error.detail
    stream = model.stream(ask(endless))
    first = next(iter(stream))
    stream.close()
    assert isinstance(first, Noticed)
    assert "anew" in first.text


def test_the_key_is_nowhere_to_be_read(
    model: LocalModel, talker: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    read(model.stream(ask(talker)))
    load = current(model)
    assert load.served is not None
    key, child = load.served.key, psutil.Process(load.server.pid)
    assert len(key) > 20
    assert key not in " ".join(child.cmdline())
    assert key not in child.environ().values()
    assert not any(name.endswith(("_KEY", "_TOKEN")) for name in child.environ())
    assert key not in caplog.text + repr(load.served) + repr(load.plan)
    base = load.served.base
    for wrong in ("", "Bearer wrong"):
        answer = httpx.post(f"{base}/chat/completions", json={}, headers={"Authorization": wrong})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no GGUF"), (b"PK\x03\x04 a zip", "no GGUF"), (b"GGUF\x03\0\0\0", "cut short")],
)
def test_a_file_that_is_no_model_is_said(
    model: LocalModel, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "wrong.gguf"
    path.write_bytes(content)
    found = read(model.stream(ask(f"local/{path}")))
    assert found.error is not None
    assert found.error.kind is ErrorKind.CONFIG
    assert "wrong.gguf" in found.error.title
    assert words in found.error.detail


def test_a_file_that_is_not_there_is_said(model: LocalModel) -> None:
    found = read(model.stream(ask("local//nowhere/at-all.gguf")))
    assert found.error is not None
    assert found.error.kind is ErrorKind.MODEL_MISSING
    assert "oi-tui models list" in found.error.hint


def test_a_gpu_that_was_asked_for_and_cannot_be_used_is_said(talker: str) -> None:
    client = DirectClient()
    model = LocalModel(Wishes(gpu_layers=-1), client)
    found = read(model.stream(ask(talker.replace("local", "ctransformers", 1))))
    model.close()
    client.close()
    trouble = engines.engines()[1].gpu_trouble()
    notices = [part.text for part in found.parts if isinstance(part, Noticed)]
    assert found.text == SAYS
    assert bool(notices) == bool(trouble)
    assert all(trouble.rstrip(".") in notice for notice in notices)


# -- stopping -------------------------------------------------------------------------------------
def test_a_stop_while_it_reads_keeps_what_was_read(model: LocalModel) -> None:
    name = f"local/{smollm2()}"
    stream = model.stream(ask(name, text=LONG))
    assert any(isinstance(part, Reading) and part.fraction > 0.1 for part in stream)
    stream.close()
    load = current(model)
    assert load.served is not None
    assert read(model.stream(replace(ask(name, text="Say hi."), max_tokens=4))).text
    parts = iter(model.stream(ask(name, text=LONG)))  # it lives as long as the name
    assert any(isinstance(part, Reading) for part in parts)
    assert slot(load)["n_prompt_tokens_cache"] > 100
    assert current(model) is load


def test_a_stop_while_it_writes_leaves_it_useful(model: LocalModel, endless: str) -> None:
    stream = model.stream(ask(endless))
    assert any(isinstance(part, TextDelta) for part in stream)
    stream.close()
    found = read(model.stream(replace(ask(endless), max_tokens=3)))
    assert found.error is None
    assert found.text
    assert not any(isinstance(part, Loading) for part in found.parts)


@dataclass(frozen=True)
class FakeEngine:
    """An engine whose program does what a test wants."""

    code: str
    name: str = "fake"
    title: str = "Fake"

    def missing(self) -> str:
        return ""

    def why_not(self, header: GgufHeader) -> str:
        return ""

    def calls_tools(self, header: GgufHeader) -> bool:
        return False

    def gpu_trouble(self) -> str:
        return "there is none"

    def command(self, load: LoadRequest) -> Sequence[str]:
        return (sys.executable, "-c", f"import json, os, sys, time\n{self.code}")


@pytest.fixture
def use_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def use(code: str) -> None:
        engine = FakeEngine(code)
        monkeypatch.setattr("oi_tui.models.local.plan.choose", lambda header, wanted: engine)

    return use


def test_a_stop_while_it_loads_ends_the_load(
    model: LocalModel, talker: str, use_engine: Callable[[str], None], children: Children
) -> None:
    use_engine("print(json.dumps({'loading': 0.4}), flush=True)\nwhile True: time.sleep(60)")
    stream = model.stream(ask(talker))
    parts = []
    for part in stream:
        parts.append(part)
        if isinstance(part, Loading) and part.fraction == 0.4:
            assert len(children()) == 1
            stream.close()
    assert not children()
    assert not any(isinstance(part, TextDelta) for part in parts)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print(json.dumps({'error': 'no such\\x1b[31m thing'}), flush=True)", "no such"),
        ("os.kill(os.getpid(), 11)", "crashed (signal 11)"),
        ("sys.exit('the library is broken')", "the library is broken"),
        ("print('not ours'); print('[1]'); print('{}', flush=True)", "The engine ended."),
    ],
)
def test_a_load_that_fails_is_said_in_its_words(
    model: LocalModel, talker: str, use_engine: Callable[[str], None], code: str, words: str
) -> None:
    use_engine(code)
    found = read(model.stream(ask(talker)))
    assert found.error is not None
    assert found.error.kind is ErrorKind.WORKER_DIED
    assert words in found.error.detail
    assert "\x1b" not in found.error.detail


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")
def test_an_engine_cannot_take_all_memory(
    model: LocalModel, talker: str, use_engine: Callable[[str], None]
) -> None:
    use_engine("sys.stdin.readline()\ntime.sleep(0.05)\nbytearray(16 << 30)")
    found = read(model.stream(ask(talker)))
    assert found.error is not None
    assert "MemoryError" in found.error.detail


# -- the way there --------------------------------------------------------------------------------
def test_the_router_knows_local_names_and_asks_no_library(talker: str, children: Children) -> None:
    model = RoutedModel(FakeSettings(talker), FakeKeys())
    model.warm()
    wait_until(lambda: model.is_ready, "the model loaded ahead")
    found = read(model.stream(replace(ask(talker), api_base="http://127.0.0.1:9/v1")))
    assert found.text == SAYS
    assert not any(isinstance(part, Loading) for part in found.parts)
    assert model.cost(talker, 1000, 1000) == 0
    assert model.facts(talker).context_window == 2048
    assert len(children()) == 1  # no provider worker
    model.close()
    assert not children()
    closed = read(model.stream(ChatRequest(talker, (ChatMessage(Role.USER, "x"),))))
    assert not closed.text


def test_what_the_first_request_begins_with_is_read_ahead(children: Children) -> None:
    name = f"local/{smollm2()}"
    system = ChatMessage(Role.SYSTEM, "The cat sat on the mat. " * 20)
    model = RoutedModel(FakeSettings(name), FakeKeys())
    try:
        model.warm(lambda: ChatRequest(name, (system,)))
        local = model._local()
        wait_until(lambda: local._ahead._last is not None, "the reading to begin")
        assert local._ahead._last is not None
        local._ahead._last._thread.join(60)
        load = current(local)
        assert load.served is not None
        first = (system, ChatMessage(Role.USER, "Say hi."))
        answer = httpx.post(
            f"{load.served.base}/chat/completions",
            json={"messages": messages_json(first), "max_tokens": 1},
            headers={"Authorization": f"Bearer {load.served.key}"},
            timeout=60,
            trust_env=False,
        ).json()
        assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 100
    finally:
        model.close()
    assert not children()
