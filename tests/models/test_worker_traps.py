"""LiteLLM's traps, each sprung on purpose: docs/architecture.md names which test is for which."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.models.endpoints import Route
from oi_tui.models.errors import Target, explain, is_retryable
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import Cause, Trouble
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ErrorKind
from tests.models.reading import TOOL, Read, ask, read
from tests.support.fault_cases import CANARY
from tests.support.fault_server import FaultServer, closed_port

pytestmark = pytest.mark.timeout(180)
PATIENT = Timeouts(first_token=90, between=90)
TARGET = Target("m", "example.com")


class WatchedProxy:
    """What all traffic to other machines would pass: counts it and lets nothing through."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture(scope="module")
def proxy() -> Iterator[WatchedProxy]:
    watched = WatchedProxy()
    yield watched
    watched.close()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def worker(proxy: WatchedProxy) -> Iterator[WorkerClient]:
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    through_proxy = dict.fromkeys((*names, *map(str.lower, names)), proxy.address)
    environ = {**os.environ, **through_proxy, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    client = WorkerClient(environ)
    client.warm()
    assert client.wait_ready(120)
    yield client
    client.close()


def hosted(worker: WorkerClient, model: str, key: str = "") -> Read:
    return read(worker.begin(Route(False, model, "", TARGET, False, key), ask(model), PATIENT))


def sent(
    worker: WorkerClient, server: FaultServer, case: str, timeouts: Timeouts = PATIENT
) -> Read:
    route = Route(False, f"openai/{case}", server.api_base, TARGET, True, CANARY)
    return read(worker.begin(route, ask(case, TOOL), timeouts))


def test_prices_and_tokenizers_are_not_fetched(worker: WorkerClient, proxy: WatchedProxy) -> None:
    before = proxy.connections
    words = [{"role": "user", "content": "hello"}]
    for model in ("meta-llama/Meta-Llama-3-8B-Instruct", "claude-3-opus", "command-r", "nobody/x"):
        assert worker.ask("count", model, messages=words)
    assert worker.ask("facts", "gpt-4o")["context_window"] == 128_000
    assert worker.ask("cost", "gpt-4o", prompt_tokens=1000, completion_tokens=0) == 0.0025
    assert len(worker.ask("models", "")) > 100
    assert proxy.connections == before == 0
    found = hosted(worker, "groq/any", CANARY)  # and this is how it looks when something is
    assert found.trouble is not None
    assert proxy.connections > 0


def test_tools_need_no_other_package_and_the_switch_for_it_stays_here(
    worker: WorkerClient, server: FaultServer
) -> None:
    assert sent(worker, server, "tools").trouble is None
    body = server.chats[-1].body
    assert body["tools"][0]["function"]["name"] == TOOL.name
    assert not any("mcp" in name for name in body)


@pytest.mark.parametrize(
    "model",
    [
        "openai/gpt-4o",
        "anthropic/claude-x",
        "gemini/gemini-x",
        "perplexity/x",
        "fireworks_ai/x",
        "azure/x",
        "snowflake/x",
    ],
)
def test_a_missing_key_is_no_problem_of_the_server_or_the_network(
    worker: WorkerClient, proxy: WatchedProxy, model: str
) -> None:
    before = proxy.connections
    found = hosted(worker, model)
    assert found.trouble is not None
    info = explain(found.trouble, TARGET)
    assert info.kind is ErrorKind.AUTH
    assert not is_retryable(found.trouble)
    assert "Traceback" not in info.detail
    assert proxy.connections == before


@pytest.mark.parametrize(
    "words",
    [
        "the model is missing a license key on the server",
        "overloaded, please try again",
        "Internal error: key error in handler",
    ],
)
def test_other_words_about_keys_stay_a_problem_of_the_server(words: str) -> None:
    assert explain(Trouble(Cause.STATUS, words, 500), TARGET).kind is ErrorKind.OVERLOADED


@pytest.mark.parametrize("model", ["openai/x", "groq/x", "mistral/x", "anthropic/x"])
def test_a_refused_connection_is_a_matter_of_the_network(worker: WorkerClient, model: str) -> None:
    base = f"http://127.0.0.1:{closed_port()}/v1"
    found = read(worker.begin(Route(False, model, base, TARGET, True, CANARY), ask("x"), PATIENT))
    assert found.trouble is not None
    assert found.trouble.cause is Cause.CONNECT
    assert CANARY not in found.trouble.text


@pytest.mark.parametrize("case", ["r429", "s500", "a401", "drop:0", "inerr"])
def test_the_library_never_tries_again_by_itself(
    worker: WorkerClient, server: FaultServer, case: str
) -> None:
    before = len(server.chats)
    assert sent(worker, server, case).trouble is not None
    assert len(server.chats) == before + 1


@pytest.mark.parametrize(
    ("case", "timeouts"),
    [("hang", Timeouts(first_token=0.2)), ("stall", Timeouts(first_token=90, between=0.2))],
)
def test_silence_ends_by_our_limits_not_by_the_librarys(
    worker: WorkerClient, server: FaultServer, case: str, timeouts: Timeouts
) -> None:
    before = len(server.chats)
    found = sent(worker, server, case, timeouts)
    assert found.trouble is not None
    assert found.trouble.cause is Cause.TIMEOUT
    assert len(server.chats) <= before + 1


@pytest.mark.parametrize("case", ["inerr", "badsse"])
def test_what_breaks_in_the_middle_keeps_what_came_and_is_not_sent_again(
    worker: WorkerClient, server: FaultServer, case: str
) -> None:
    found = sent(worker, server, case)  # MidStreamFallbackError claims to be a status of 503
    assert found.text
    assert found.finished is None
    assert found.trouble is not None
    assert found.trouble.cause in (Cause.CUT_OFF, Cause.UNREADABLE)
    assert not is_retryable(found.trouble)


LOADED = """
import asyncio, os, sys
from oi_tui.models.worker import library
before = dict(os.environ)
library.load()
print("TRAP_VALUE" in os.environ, os.environ.get("OPENAI_API_BASE"), flush=True)

async def fail():
    frame = {"body": {"messages": [{"role": "user", "content": "x"}]}, "model": "nobody-knows",
             "key": "", "base": ""}
    try:
        async for _ in library.stream(frame):
            pass
    except Exception as error:
        print(type(error).__name__, flush=True)
asyncio.run(fail())
"""


def test_a_file_of_variables_in_the_folder_is_not_read_and_nothing_is_printed(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("TRAP_VALUE=1\nOPENAI_API_BASE=http://127.0.0.1:9\n")
    environ = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADED],
        cwd=tmp_path,
        env={**environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )
    assert done.stdout.split("\n") == ["False None", "AttemptError", ""]
    assert done.stderr == ""
