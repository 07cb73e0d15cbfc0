"""LiteLLM in its real process against the fault server. One warmed worker serves all tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.models.base import StopReason
from oi_tui.models.endpoints import Route
from oi_tui.models.errors import Target, explain
from oi_tui.models.factory import RoutedModel
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import Cause
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ChatMessage, ErrorKind, Role
from tests.models.reading import TOOL, Read, ask, read
from tests.models.test_routes import OPENAI_KEY, FakeSettings
from tests.support.fault_cases import CANARY, OPEN_ARGUMENTS, WORDS
from tests.support.fault_server import FaultServer, closed_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(180)
PATIENT = Timeouts(first_token=90, between=90)
TARGET = Target("m", "example.com", "OPENAI_API_KEY")


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose files would act if anything in it were imported or read."""
    folder = tmp_path_factory.mktemp("trap")
    for name in ("litellm.py", "json.py", "httpx.py", "sitecustomize.py", "socket.py"):
        (folder / name).write_text(f"open({str(folder / 'marker')!r}, 'a').write('x')\n")
    (folder / ".env").write_text("OPENAI_API_BASE=http://127.0.0.1:9\n")
    return folder


@pytest.fixture(scope="module")
def worker(trap: Path) -> Iterator[WorkerClient]:
    hostile = {
        **os.environ,
        "OPENAI_API_KEY": CANARY,
        "OPENAI_API_BASE": "http://127.0.0.1:9/v1",
        "PYTHONPATH": ".",
    }
    client = WorkerClient(hostile)
    with contextlib.chdir(trap):
        client.warm()
        assert client.wait_ready(120)
    yield client
    client.close()


def result(worker: WorkerClient, server: FaultServer, case: str) -> Read:
    route = Route(False, f"openai/{case}", server.api_base, TARGET, True, CANARY)
    return read(worker.begin(route, ask(case, TOOL), PATIENT))


def test_nothing_of_the_working_folder_is_touched_and_no_key_is_visible(
    worker: WorkerClient, server: FaultServer, trap: Path
) -> None:
    assert result(worker, server, "text").text == WORDS
    assert not (trap / "marker").exists()
    if sys.platform == "linux":
        process = Path(f"/proc/{worker.process_id}")
        assert CANARY.encode() not in (process / "cmdline").read_bytes()
        with contextlib.suppress(PermissionError):
            assert CANARY.encode() not in (process / "environ").read_bytes()
    assert CANARY not in repr(worker)


@pytest.mark.parametrize(
    ("case", "text", "reason"),
    [
        ("text", WORDS, StopReason.STOP),
        ("nodone", WORDS, StopReason.STOP),
        ("after", "ok", StopReason.STOP),
        ("surrogate", "a😀b\ufffdc\x00\x1b[2J", StopReason.STOP),
        ("length", "and then", StopReason.LENGTH),
        ("content_filter", "I", StopReason.CONTENT_FILTER),
        ("empty", "", StopReason.STOP),
    ],
)
def test_whole_replies(
    worker: WorkerClient, server: FaultServer, case: str, text: str, reason: StopReason
) -> None:
    found = result(worker, server, case)
    assert found.trouble is None
    assert (found.text, found.finished and found.finished.reason) == (text, reason)


@pytest.mark.parametrize(
    ("case", "calls"),
    [
        ("tools", ['{"language": "python", "code": "1"}', '{"language": "shell", "code": "ls"}']),
        ("sameidx", ['{"language": "python", "code": "1"}', '{"language": "shell", "code": "ls"}']),
        ("emptyargs", [""]),
        ("dupkeys", ['{"language": "python", "code": "safe", "code": "rm -rf /"}']),
    ],
)
def test_calls_arrive_exactly_as_sent(
    worker: WorkerClient, server: FaultServer, case: str, calls: list[str]
) -> None:
    found = result(worker, server, case)
    assert found.calls == [("execute", arguments) for arguments in calls]
    assert found.finished is not None
    assert found.finished.reason is StopReason.TOOL_CALLS


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("dropclean", ErrorKind.CUT_OFF),
        ("doneonly", ErrorKind.CUT_OFF),
        ("droptool", ErrorKind.CUT_OFF),
        ("drop:500", ErrorKind.CUT_OFF),
        ("badsse", ErrorKind.UNREADABLE_REPLY),
        ("badutf8", ErrorKind.UNREADABLE_REPLY),
        ("html", ErrorKind.CUT_OFF),
        ("inerr", ErrorKind.CUT_OFF),
        ("r429", ErrorKind.RATE_LIMIT),
        ("quota", ErrorKind.QUOTA),
        ("s500", ErrorKind.OVERLOADED),
        ("s529", ErrorKind.OVERLOADED),
        ("a401", ErrorKind.AUTH),
        ("a403", ErrorKind.PERMISSION),
        ("m404", ErrorKind.MODEL_MISSING),
        ("ctx", ErrorKind.CONTEXT_TOO_LONG),
        ("moved", ErrorKind.CONFIG),
    ],
)
def test_broken_replies_never_count_as_finished_and_are_asked_for_once(
    worker: WorkerClient, server: FaultServer, case: str, kind: ErrorKind
) -> None:
    before = len(server.chats)
    found = result(worker, server, case)
    assert found.finished is None
    assert found.trouble is not None
    info = explain(found.trouble, TARGET)
    assert info.kind is kind
    assert CANARY not in repr(info)
    assert len(server.chats) == before + 1
    if case == "droptool":
        assert found.calls == [("execute", OPEN_ARGUMENTS)]


def test_a_refused_connection_is_a_matter_of_the_network(worker: WorkerClient) -> None:
    base = f"http://127.0.0.1:{closed_port()}/v1"
    route = Route(False, "openai/text", base, TARGET, True, CANARY)
    found = read(worker.begin(route, ask("text"), PATIENT))
    assert found.trouble is not None
    assert found.trouble.cause is Cause.CONNECT


@pytest.mark.parametrize("case", ["hang", "stall", "endless"])
def test_closing_ends_the_iteration_and_the_request(
    worker: WorkerClient, server: FaultServer, case: str
) -> None:
    before = len(server.chats)
    route = Route(False, f"openai/{case}", server.api_base, TARGET, True, CANARY)
    attempt = worker.begin(route, ask(case), PATIENT)
    found: list[Read] = []
    reader = threading.Thread(target=lambda: found.append(read(attempt)))
    reader.start()
    wait_until(lambda: len(server.chats) > before)
    attempt.close()
    reader.join(30)
    assert found[0].trouble is None
    assert found[0].finished is None
    assert server.chats[before].gone.wait(30)


def test_facts_and_counts_are_those_of_the_library(worker: WorkerClient) -> None:
    model = RoutedModel(FakeSettings("gpt-4o"), OPENAI_KEY, worker)
    facts = model.facts("gpt-4o")
    assert facts.context_window == 128_000
    assert facts.calls_tools
    assert model.facts("nobody/knows").context_window == 0
    words = [ChatMessage(Role.USER, "hello " * 1000)]
    assert 1000 <= model.count_tokens("gpt-4o", words) <= 1020
    assert model.is_ready


def test_prices_are_those_of_the_library_where_the_provider_sells(worker: WorkerClient) -> None:
    model = RoutedModel(FakeSettings("gpt-4o"), OPENAI_KEY, worker)
    paid = model.cost("gpt-4o", 1000, 100)
    assert paid is not None
    assert 0 < paid < 0.1
    assert model.cost("gpt-4o", 2000, 200) == pytest.approx(2 * paid)
    assert model.cost("gpt-4o", 1000, 100, "https://api.openai.com/v1") == paid
    assert model.cost("gpt-4o", 1000, 100, "http://localhost:1234/v1") is None
    assert model.cost("gpt-4o", 1000, 100, "http://[") is None
    assert model.cost("nobody/knows", 1000, 100) is None


def test_a_killed_worker_is_an_error_of_one_reply(
    worker: WorkerClient, server: FaultServer
) -> None:
    own = WorkerClient()
    try:
        route = Route(False, "openai/stall", server.api_base, TARGET, True, CANARY)
        attempt = own.begin(route, ask("stall"), PATIENT)
        wait_until(lambda: own.process_id)
        os.kill(own.process_id, signal.SIGKILL)
        found = read(attempt)
        assert found.trouble is not None
        assert found.trouble.cause is Cause.WORKER_DIED
        assert "9" in found.trouble.text
        assert own.process_id == 0
        own.warm()
        wait_until(lambda: own.process_id)
    finally:
        own.close()
        own.close()
    assert own.process_id == 0


DEAF = """
import socket, sys, time
sys.path.append(sys.argv[3])
from oi_tui.models.worker.frames import send_frame
send_frame(socket.socket(fileno=int(sys.argv[1])), {"event": "ready"})
time.sleep(600)
"""


def test_nobody_waits_for_a_worker_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    deaf = WorkerClient(command=(sys.executable, "-c", DEAF))
    route = Route(False, "openai/text", "", TARGET, True, CANARY)
    try:
        assert deaf.wait_ready(30)
        attempt = deaf.begin(route, ask("x" * 5_000_000), PATIENT)
        attempt.close()
        assert read(attempt).finished is None
        first = deaf.process_id
        deaf.begin(route, ask("text"), PATIENT).close()
        assert deaf.process_id == first  # it may only be slow
        monkeypatch.setattr("oi_tui.models.worker.client._LAST_CHANCE", 0.0)
        deaf.begin(route, ask("text"), PATIENT).close()
        wait_until(lambda: deaf.process_id not in (0, first))
    finally:
        deaf.close()
    assert deaf.process_id == 0
    assert set(threading.enumerate()) <= before


def test_a_library_that_cannot_be_loaded_is_told_in_its_words(tmp_path: Path) -> None:
    broken = tmp_path / "litellm"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('half installed')\n")
    client = WorkerClient({**os.environ, "PYTHONPATH": str(tmp_path)})
    route = Route(False, "openai/text", "", TARGET, True, CANARY)
    found = read(client.begin(route, ask("text"), PATIENT))
    client.close()
    assert found.trouble is not None
    assert found.trouble.cause is Cause.LIBRARY
    assert "half installed" in found.trouble.text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_does_not_outlive_a_killed_program() -> None:
    code = (
        "import os, signal, time\n"
        "from oi_tui.models.worker.client import WorkerClient\n"
        "client = WorkerClient()\n"
        "client.warm()\n"
        "while not client.process_id: time.sleep(0.01)\n"
        "print(client.process_id, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert done.returncode == -signal.SIGKILL
    status = Path(f"/proc/{int(done.stdout)}/status")

    def is_gone() -> bool:
        try:
            return "State:\tZ" in status.read_text()
        except OSError:
            return True

    wait_until(is_gone)
