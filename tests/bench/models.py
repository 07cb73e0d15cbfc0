"""What it costs to reach a model: Enter to the wire, and CPU per streamed token.

Run with `python -m tests.bench.models`. The server lives in a process of its own, so that its work
is not counted; bare httpx in the same run is the measure for the rest.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oi_tui.models.base import ChatRequest, TextDelta
from oi_tui.models.direct import DirectClient, Endpoint
from oi_tui.models.endpoints import Route
from oi_tui.models.errors import Target
from oi_tui.models.policy import Timeouts
from oi_tui.models.worker.client import WorkerClient
from oi_tui.protocol.items import ChatMessage, Role
from tests.bench.table import Row, markdown
from tests.support.fault_server import FaultServer

TOKENS = 20_000
WORKER_TOKENS = 4_000
ROUNDS = 15
PATIENT = Timeouts(first_token=60, between=60)


def request(model: str) -> ChatRequest:
    return ChatRequest(model, (ChatMessage(Role.USER, "hello"),))


@contextmanager
def server_elsewhere() -> Iterator[str]:
    """Yield the address of a fault server in another process."""
    code = (
        "import sys\n"
        "from tests.support.fault_server import FaultServer\n"
        "with FaultServer() as server:\n"
        "    print(server.api_base, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def cpu_of_process(process: int) -> float:
    """Return the CPU seconds that a process used (Linux)."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def enter_to_wire() -> Iterator[Row]:
    """From `begin` to the request being read by a server in the same process."""
    with FaultServer() as server:
        client = DirectClient()
        where = Endpoint(server.api_base, server.host, "text", is_local=True)
        waits = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            attempt = client.begin(where, request("text"), PATIENT)
            for _ in attempt:
                pass
            waits.append((server.chats[-1].at - began) * 1000)
        client.close()
        yield Row("Enter to wire, first (loads httpx)", waits[0], "ms")
        yield Row("Enter to wire, warm, median", statistics.median(waits[1:]), "ms", 50)
        yield Row("Enter to wire, warm, worst", max(waits[1:]), "ms", 50)


def cost(run: Callable[[], int], clock: Callable[[], float] = time.process_time) -> float:
    """Return the CPU microseconds a token of `run`, which returns how many characters came."""
    before = clock()
    assert run() > 0
    return (clock() - before) * 1e6


def bare_httpx(base: str) -> int:
    import httpx

    size = 0
    body = {"model": f"tokens:{TOKENS}", "stream": True}
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", f"{base}/chat/completions", json=body) as response,
    ):
        for line in response.iter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    size += len(choice["delta"].get("content") or "")
    return size


def direct(base: str) -> int:
    client = DirectClient()
    where = Endpoint(base, "here", f"tokens:{TOKENS}", is_local=True)
    attempt = client.begin(where, request("tokens"), PATIENT)
    size = sum(len(part.text) for part in attempt if isinstance(part, TextDelta))
    client.close()
    return size


def through_worker(worker: WorkerClient, base: str, tokens: int) -> int:
    route = Route(False, f"openai/tokens:{tokens}", base, Target("m", "here"), True, "none")
    attempt = worker.begin(route, request("tokens"), PATIENT)
    return sum(len(part.text) for part in attempt if isinstance(part, TextDelta))


def token_costs() -> Iterator[Row]:
    """CPU a token of each way; of the worker, here and in its own process."""
    with server_elsewhere() as base:
        bare = cost(lambda: bare_httpx(base)) / TOKENS
        ours = cost(lambda: direct(base)) / TOKENS
        yield Row("bare httpx, CPU a token", bare, "µs")
        yield Row("direct client, CPU a token", ours, "µs")
        yield Row("direct client to bare httpx", ours / bare, "x", 2)
        worker = WorkerClient()
        began = time.perf_counter()
        worker.wait_ready(60)
        yield Row("worker, start to ready", time.perf_counter() - began, "s")
        through_worker(worker, base, 100)
        process = worker.process_id
        if sys.platform == "linux":
            inside = cpu_of_process(process)
        here = cost(lambda: through_worker(worker, base, WORKER_TOKENS)) / WORKER_TOKENS
        yield Row("through the worker, CPU a token in the application", here, "µs")
        if sys.platform == "linux":
            spent = (cpu_of_process(process) - inside) / WORKER_TOKENS * 1e6
            yield Row("through the worker, CPU a token in the worker", spent, "µs")
        worker.close()


def rows() -> Iterator[Row]:
    """Measure everything."""
    yield from enter_to_wire()
    yield from token_costs()


if __name__ == "__main__":
    print(markdown(rows()))
