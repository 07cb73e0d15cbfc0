"""The direct client against a server that misbehaves in every way we know."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from oi_tui.models.base import StopReason, TextDelta
from oi_tui.models.direct import DirectClient, Endpoint
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import Cause
from tests.models.reading import TOOL, Read, ask, read
from tests.support.fault_cases import OPEN_ARGUMENTS, WORDS
from tests.support.fault_server import FaultServer, Tool, closed_port
from tests.support.waiting import wait_until

PATIENT = Timeouts(connect=10, first_token=30, between=30)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def client() -> Iterator[DirectClient]:
    made = DirectClient()
    yield made
    made.close()


def endpoint(server: FaultServer, case: str, key: str = "") -> Endpoint:
    return Endpoint(server.api_base, server.host, case, key, is_local=True)


def result(client: DirectClient, server: FaultServer, case: str) -> Read:
    return read(client.begin(endpoint(server, case), ask(case, TOOL), PATIENT))


@pytest.mark.parametrize(
    ("case", "text", "reason"),
    [
        ("text", WORDS, StopReason.STOP),
        ("nodone", WORDS, StopReason.STOP),
        ("doneonly", WORDS, StopReason.STOP),  # believed of a server on this machine
        ("nullcontent", "ok", StopReason.STOP),
        ("empty", "", StopReason.STOP),
        ("after", "ok", StopReason.STOP),
        ("surrogate", "a😀b\ufffdc\x00\x1b[2J", StopReason.STOP),
        ("length", "and then", StopReason.LENGTH),
        ("content_filter", "I", StopReason.CONTENT_FILTER),
        ("huge:3", "x" * 3_000_000, StopReason.STOP),
    ],
)
def test_whole_replies(
    client: DirectClient, server: FaultServer, case: str, text: str, reason: StopReason
) -> None:
    found = result(client, server, case)
    assert found.trouble is None
    assert found.text == text
    assert found.finished is not None
    assert found.finished.reason is reason


@pytest.mark.parametrize(
    ("case", "calls"),
    [
        ("tool", ['{"language": "python", "code": "print(\'你好\')"}']),
        ("tools", ['{"language": "python", "code": "1"}', '{"language": "shell", "code": "ls"}']),
        ("sameidx", ['{"language": "python", "code": "1"}', '{"language": "shell", "code": "ls"}']),
        ("emptyargs", [""]),
        ("badargs", ['{"language": "python", "code": "print(1)']),
        ("dupkeys", ['{"language": "python", "code": "safe", "code": "rm -rf /"}']),
    ],
)
def test_calls_arrive_exactly_as_sent(
    client: DirectClient, server: FaultServer, case: str, calls: list[str]
) -> None:
    found = result(client, server, case)
    assert found.calls == [("execute", arguments) for arguments in calls]
    assert found.finished is not None
    assert found.finished.reason is StopReason.TOOL_CALLS


@pytest.mark.parametrize(
    ("case", "cause", "status"),
    [
        ("dropclean", Cause.CUT_OFF, 0),
        ("droptool", Cause.CUT_OFF, 0),
        ("donetool", Cause.CUT_OFF, 0),  # [DONE] never closes a call
        ("nothing", Cause.CUT_OFF, 0),
        ("emptychoices", Cause.CUT_OFF, 0),
        ("badsse", Cause.UNREADABLE, 0),
        ("badline", Cause.UNREADABLE, 0),
        ("badutf8", Cause.UNREADABLE, 0),
        ("html", Cause.UNREADABLE, 0),
        ("longline", Cause.UNREADABLE, 0),
        ("inerr", Cause.STREAM_ERROR, 502),
        ("inerrfirst", Cause.STREAM_ERROR, 503),
        ("r429", Cause.STATUS, 429),
        ("quota", Cause.STATUS, 429),
        ("s500", Cause.STATUS, 500),
        ("s504html", Cause.STATUS, 504),
        ("s529", Cause.STATUS, 529),
        ("a401", Cause.STATUS, 401),
        ("m404", Cause.STATUS, 404),
        ("ctx", Cause.STATUS, 400),
        ("moved", Cause.REDIRECT, 307),
    ],
)
def test_broken_replies_never_count_as_finished(
    client: DirectClient, server: FaultServer, case: str, cause: Cause, status: int
) -> None:
    found = result(client, server, case)
    assert found.finished is None
    assert found.trouble is not None
    assert (found.trouble.cause, found.trouble.status) == (cause, status)


def test_what_came_before_a_fault_is_kept(client: DirectClient, server: FaultServer) -> None:
    assert result(client, server, "badsse").text == "good so far"
    assert result(client, server, "inerr").text == "good so far"
    assert result(client, server, "droptool").calls == [("execute", OPEN_ARGUMENTS)]


@pytest.mark.parametrize("cut", [0, 1, *range(120, 700, 29)])
def test_a_dropped_connection_is_a_cut_reply_that_keeps_its_beginning(
    client: DirectClient, server: FaultServer, cut: int
) -> None:
    found = result(client, server, f"drop:{cut}")
    assert found.finished is None
    assert found.trouble is not None
    assert found.trouble.cause is Cause.CUT_OFF
    assert WORDS.startswith(found.text)


def test_retry_after_is_told(client: DirectClient, server: FaultServer) -> None:
    found = result(client, server, "r429:7")
    assert found.trouble is not None
    assert found.trouble.retry_after == 7


def test_a_refused_connection_is_a_matter_of_the_network(client: DirectClient) -> None:
    port = closed_port()
    where = Endpoint(f"http://127.0.0.1:{port}/v1", f"127.0.0.1:{port}", "text", is_local=True)
    found = read(client.begin(where, ask("text"), PATIENT))
    assert found.trouble is not None
    assert found.trouble.cause is Cause.CONNECT


@pytest.mark.parametrize("case", ["hang", "stall"])
def test_silence_ends_after_the_limit(client: DirectClient, server: FaultServer, case: str) -> None:
    impatient = Timeouts(connect=10, first_token=0.3, between=0.3)
    found = read(client.begin(endpoint(server, case), ask(case), impatient))
    assert found.trouble is not None
    assert found.trouble.cause is Cause.TIMEOUT


@pytest.mark.parametrize("case", ["hang", "stall", "endless"])
def test_closing_ends_the_iteration_and_the_connection(
    client: DirectClient, server: FaultServer, case: str
) -> None:
    before = len(server.chats)
    attempt = client.begin(endpoint(server, case), ask(case), PATIENT)
    found: list[Read] = []
    reader = threading.Thread(target=lambda: found.append(read(attempt)))
    reader.start()
    wait_until(lambda: len(server.chats) > before)
    attempt.close()
    reader.join(30)
    assert found[0].trouble is None
    assert found[0].finished is None
    assert server.chats[before].gone.wait(30)


def test_a_connection_serves_again(client: DirectClient, server: FaultServer) -> None:
    for _ in range(3):
        assert result(client, server, "text").text == WORDS
    first = next(iter(client.begin(endpoint(server, "stall"), ask("stall"), PATIENT)))
    assert isinstance(first, TextDelta)
    assert result(client, server, "text").text == WORDS


def test_a_refused_parameter_is_left_out(client: DirectClient) -> None:
    with FaultServer() as server:
        server.rejects_usage = True
        assert result(client, server, "text").text == WORDS
        assert result(client, server, "text").text == WORDS
        asked = [("stream_options" in chat.body) for chat in server.chats]
    assert asked == [True, False, False]


def test_the_key_goes_into_one_header_only(client: DirectClient, server: FaultServer) -> None:
    before = len(server.chats)
    read(client.begin(endpoint(server, "text", "sk-secret-key"), ask("text"), PATIENT))
    sent = server.chats[before]
    assert sent.headers["authorization"] == "Bearer sk-secret-key"
    assert "sk-secret-key" not in str(sent.body)
    read(client.begin(endpoint(server, "text"), ask("text"), PATIENT))
    assert "authorization" not in server.chats[before + 1].headers


def test_a_server_that_does_not_stream_is_read_too(client: DirectClient) -> None:
    with FaultServer() as server:
        server.ignores_stream = True
        server.reply("你好", Tool("python", "1"))
        found = read(client.begin(endpoint(server, "text"), ask("text"), PATIENT))
    assert found.text == "你好"
    assert found.calls == [("execute", '{"language": "python", "code": "1"}')]
