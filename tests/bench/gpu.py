"""Tokens a second on the processor and on the GPU, side by side, for both local engines.

Run with `python -m tests.bench.gpu`, or with a model file: `python -m tests.bench.gpu FILE`. Where
no GPU can be used, it says what is missing and measures the processor alone.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from oi_tui.models.local.ctransformers.convert import convert
from oi_tui.models.local.ctransformers.engine import ENGINE as CTRANSFORMERS
from oi_tui.models.local.engines import LoadRequest, LocalEngine
from oi_tui.models.local.gguf import read_header
from oi_tui.models.local.llamacpp.engine import ENGINE as LLAMACPP
from oi_tui.models.local.machine import look
from oi_tui.models.local.plan import usual_threads
from oi_tui.models.local.server import LocalServer
from tests.bench.table import Row, markdown
from tests.support.local_models import Client, said, smollm2

TOKENS = 100
ROUNDS = 3
CONTEXT = 4096
PROMPT = "The cat sat on the mat, and the dog looked at it for quite a while. " * 100


def measured(engine: LocalEngine, path: Path, gpu_layers: int) -> tuple[float, float]:
    """Return tokens a second of reading a prompt, and of writing an answer."""
    load = LoadRequest(path, CONTEXT, usual_threads(), gpu_layers)
    server = LocalServer(engine.command(load), load)
    try:
        client = Client(server, server.start())
        with client.http:
            rounds = [_one_round(client, number) for number in range(ROUNDS)]
    finally:
        server.stop()
    reading, writing = zip(*rounds, strict=True)
    return statistics.median(reading), statistics.median(writing)


def _one_round(client: Client, number: int) -> tuple[float, float]:
    # Another beginning each time, so that nothing of the last round can be used again.
    messages = [said("user", f"{number}. {PROMPT}")]
    body = {"messages": messages, "max_tokens": TOKENS, "temperature": 1.0, "seed": 7}
    began = first = last = time.perf_counter()
    count, prompt = 0, 0
    for event in client.events({**body, "stream_options": {"include_usage": True}}):
        if event["choices"] and event["choices"][0]["delta"].get("content"):
            last = time.perf_counter()
            first = first if first > began else last
        usage = event.get("usage") or {}
        prompt = usage.get("prompt_tokens", prompt)
        count = usage.get("completion_tokens", count)
    return prompt / (first - began), (count - 1) / max(last - first, 1e-9)


def rows_for(engine: LocalEngine, path: Path) -> list[Row]:
    """Measure one engine with and, where it can, without the processor alone."""
    found = []
    places = [("processor", 0)]
    trouble = engine.gpu_trouble()
    if trouble:
        print(f"{engine.title}: {trouble}", file=sys.stderr)
    else:
        places.append(("GPU", -1))
    for place, layers in places:
        reading, writing = measured(engine, path, layers)
        found.append(Row(f"{engine.title}, {place}: reading", reading, "tokens/s"))
        found.append(Row(f"{engine.title}, {place}: writing", writing, "tokens/s"))
    return found


def rows(path: Path | None = None) -> list[Row]:
    """Measure both engines with a file; None: the toy model."""
    path = path or smollm2()
    found = rows_for(LLAMACPP, path)
    with tempfile.TemporaryDirectory() as folder:
        if CTRANSFORMERS.why_not(read_header(path)):
            path = convert(path, Path(folder, "converted.gguf")).path
        return found + rows_for(CTRANSFORMERS, path)


if __name__ == "__main__":
    print(look().describe())
    print(markdown(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
