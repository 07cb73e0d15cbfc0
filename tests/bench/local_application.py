"""A model of this machine through the whole application, beside its bare engine in the same run.

Run with `python -m tests.bench.local_application`. The toy model answers; what the application is
measured by is when a person sees something, and when the engine is free again.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from oi_tui.config.schema import Settings
from oi_tui.engine.engine import Engine
from oi_tui.engine.requests import RequestBuilder
from oi_tui.models.chat_format import messages_json
from oi_tui.models.factory import RoutedModel
from oi_tui.models.local.plan import usual_threads
from oi_tui.models.scripted import ScriptedModel
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage, Role
from oi_tui.shells.scripted import ScriptedShells
from oi_tui.store.reader import read_journal
from tests.bench.program import Program
from tests.bench.table import Row, markdown
from tests.engine.harness import Stage
from tests.models.test_routes import FakeKeys
from tests.support.local_models import smollm2
from tests.support.waiting import wait_until

TOKENS = 200
ROUNDS = 5
TYPING = 8.0  # seconds
QUESTION = "Tell me a very long story about a cat and a dog."
STORY = "The cat sat on the mat, and the dog looked at it for quite a while. "  # 18 tokens
NEW = "What did the dog look at?"

# The library alone: it loads the file and writes so many tokens to a list in the same process.
_BARE = """
import json, sys, time
import xllamacpp
order = json.loads(sys.stdin.readline())
params = xllamacpp.CommonParams()
params.model.path = order["path"]
params.n_ctx, params.n_parallel, params.n_gpu_layers = 8192, 1, 0
params.n_batch = params.n_ubatch = 512
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["threads"]
params.verbosity, params.offline, params.use_jinja, params.ui = -1, True, True, False
server = xllamacpp.Server(params)
for _ in sys.stdin:
    times = []
    def heard(piece):
        pieces = piece if isinstance(piece, list) else [piece]
        for one in pieces:
            if one["choices"] and one["choices"][0]["delta"].get("content"):
                times.append(time.perf_counter())
        return False
    body = {"messages": order["messages"], "max_tokens": order["tokens"], "stream": True}
    server.handle_chat_completions(body, heard)
    print((len(times) - 1) / (times[-1] - times[0]), flush=True)
"""


# -- tokens a second -------------------------------------------------------------------------------
def asked_messages(folder: str) -> Sequence[ChatMessage]:
    """Return what the application asks, so that the bare engine reads the same."""
    builder = RequestBuilder(ScriptedModel(()), ScriptedShells(), folder)
    prompt = ChatMessage(Role.USER, QUESTION)
    return builder.build(Settings(model="scripted"), (prompt,)).request.messages


@contextmanager
def bare_engine(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the library alone, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", _BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        order = {
            "path": str(path),
            "threads": usual_threads(),
            "tokens": TOKENS,
            "messages": messages_json(asked_messages(tempfile.gettempdir())),
        }
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        yield process
        process.stdin.close()


def bare_speed(process: subprocess.Popen[str]) -> float:
    """Return the tokens a second of the library alone."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("again\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def play(path: Path, home: Path, pause: float) -> tuple[float, float, float]:
    """Ask twice in the program on a screen, `pause` seconds after its first prompt is there.

    Return the tokens a second of the first answer, and from Enter to the first token of both.
    """
    flags = ("-m", f"local/{path}", "-x", str(TOKENS))
    entered = []
    with Program([sys.executable, "-m", "oi_tui", *flags], home) as program:
        program.wait_ready()
        time.sleep(pause)
        for number, question in enumerate((QUESTION, NEW)):
            program.prompt(question)
            entered.append(time.time())
            wait_for(home, ev.TurnFinished, number + 1)
    used = of(home, ev.UsageReported)
    began = [of_turn(home, ev.MessageStarted, number).at for number in (1, 2)]
    assert isinstance(used[0].event, ev.UsageReported)
    tokens = used[0].event.request.completion_tokens
    waits = [start - enter for start, enter in zip(began, entered, strict=True)]
    return (tokens - 1) / (used[0].at - began[0]), waits[0], waits[1]


def of_turn(home: Path, kind: type[Any], turn: int) -> ev.Envelope:
    """Return the first recorded event of a kind in a turn."""
    return next(envelope for envelope in of(home, kind) if envelope.turn == turn)


def wait_for(home: Path, kind: type[Any], count: int) -> None:
    """Wait until so many events of a kind were recorded."""
    wait_until(lambda: len(of(home, kind)) >= count, kind.__name__)


def of(home: Path, kind: type[Any]) -> list[ev.Envelope]:
    """Return the recorded events of a kind in the one session below a folder."""
    journals = list(home.rglob("*.journal"))
    envelopes = read_journal(journals[0]).envelopes if journals else []
    return [envelope for envelope in envelopes if isinstance(envelope.event, kind)]


def speed_rows(path: Path) -> Iterator[Row]:
    """Compare the application with the bare engine, in turns."""
    pairs: list[tuple[float, float]] = []
    cold: list[float] = []
    warm: list[float] = []
    later: list[float] = []
    with bare_engine(path) as process:
        for number in range(2 * ROUNDS):
            before = bare_speed(process)
            with tempfile.TemporaryDirectory() as folder:
                speed, first, second = play(path, Path(folder), TYPING if number % 2 else 0)
            pairs.append((statistics.mean((before, bare_speed(process))), speed))
            (warm if number % 2 else cold).append(first)
            later.append(second)
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Row("llama.cpp, bare engine", bare, "tokens/s")
    yield Row("llama.cpp, through the application", ours, "tokens/s")
    ratio = statistics.median(one / two for one, two in pairs)
    yield Row("llama.cpp, time a token in the application to bare", ratio, "x", 1.03)
    yield Row("Enter to first token, asked at once after the start", statistics.median(cold), "s")
    yield Row("Enter to first token, after 8 s of typing", statistics.median(warm), "s")
    yield Row("Enter to first token, second question", statistics.median(later), "s")


# -- what is read again, and stopping --------------------------------------------------------------
class LocalStage(Stage):
    """An engine of ours with a model of this machine, without a screen."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        settings = Settings(model=f"local/{path}", max_tokens=32, temperature=0)
        self.routed = RoutedModel(settings, FakeKeys())
        self.engine = Engine(
            settings=settings,
            model=self.routed,
            shells=self.shells,
            bus=self.bus,
            folder=tempfile.gettempdir(),
        )

    def first_token(self, text: str) -> float:
        """Ask, and return the seconds from the prompt to the first token."""
        turns, replies = len(self.of(ev.TurnFinished)), len(self.of(ev.MessageStarted))
        began = time.perf_counter()
        self.prompt(text)
        wait_long(lambda: len(self.of(ev.MessageStarted)) > replies)
        took = time.perf_counter() - began
        wait_long(lambda: len(self.of(ev.TurnFinished)) > turns)
        return took

    def stop_at(self, prompt: str, kind: type[Any]) -> tuple[float, float]:
        """Interrupt at the next event of a kind, and forget the turn.

        Return the seconds until the turn has ended and until the engine is free.
        """
        turns, seen = len(self.of(ev.TurnFinished)), len(self.of(kind))
        self.prompt(prompt)
        wait_long(lambda: len(self.of(kind)) > seen)
        began = time.perf_counter()
        self.engine.interrupt()
        wait_until(lambda: len(self.of(ev.TurnFinished)) > turns)
        told = time.perf_counter() - began
        wait_until(lambda: not self.is_busy())
        free = time.perf_counter() - began
        self.engine.submit(ops.ResetSession())
        wait_until(lambda: not self.engine.is_busy)
        return told, free

    def stop_summary(self) -> tuple[float, float]:
        """Interrupt a summary of the older turns; return the seconds as `stop_at` does."""
        done = len(self.of(ev.CompactionFinished))
        self.engine.submit(ops.CompactHistory())
        wait_long(lambda: len(self.of(ev.CompactionStarted)) > done and self.is_busy())
        began = time.perf_counter()
        self.engine.interrupt()
        wait_until(lambda: len(self.of(ev.CompactionFinished)) > done)
        told = time.perf_counter() - began
        wait_until(lambda: not self.is_busy())
        return told, time.perf_counter() - began

    def is_busy(self) -> bool:
        """Ask the engine's server whether it computes."""
        load = self.routed._local()._keeper.current
        assert load is not None
        assert load.served is not None
        answer = httpx.get(
            load.served.base.replace("/v1", "/slots"),
            headers={"Authorization": f"Bearer {load.served.key}"},
            trust_env=False,
        )
        return bool(answer.json()[0]["is_processing"])


def wait_long(condition: Any) -> None:
    """Wait for what may take a minute on a busy machine."""
    end = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


@contextmanager
def staged(path: Path) -> Iterator[LocalStage]:
    """Start an engine of ours whose model is loaded already."""
    stage = LocalStage(path)
    stage.routed.warm()
    wait_until(lambda: stage.routed.is_ready)
    stage.engine.start()
    try:
        yield stage
    finally:
        stage.engine.stop()
        stage.routed.close()


def reuse_rows(path: Path) -> Iterator[Row]:
    """Ask the same new words in the first turn and after 4,000 tokens of history."""
    with staged(path) as stage:
        first = stage.first_token(NEW)
        stage.first_token(STORY * 190)
        later = statistics.median(stage.first_token(NEW) for _ in range(3))
        tokens = stage.of(ev.UsageReported)[-1].context_tokens
    yield Row("first token in turn 1", first, "s")
    yield Row("first token in a later turn", later, "s")
    yield Row("tokens of history then", tokens, "tokens")
    yield Row("first token in a later turn to turn 1", later / first, "x", 1.5)


def stop_rows(path: Path) -> Iterator[Row]:
    """Interrupt while a long prompt is read, and while an answer is written."""
    reading, writing = [], []
    with staged(path) as stage:
        for number in range(ROUNDS):
            reading.append(stage.stop_at(f"{number} {STORY * 200}", ev.PromptReading))
            writing.append(stage.stop_at(f"{number} {QUESTION}", ev.MessageStarted))
        stage.first_token(STORY * 60)
        stage.first_token(NEW)
        summing = [stage.stop_summary() for _ in range(ROUNDS)]
    for name, found in (("reading", reading), ("writing", writing), ("summing up", summing)):
        told, free = (max(column) for column in zip(*found, strict=True))
        yield Row(f"interrupt while {name}, until it is told, worst", told, "s", 1)
        yield Row(f"interrupt while {name}, until the engine is free, worst", free, "s", 1)


def rows() -> Iterator[Row]:
    """Measure everything."""
    path = smollm2()
    yield from speed_rows(path)
    yield from reuse_rows(path)
    yield from stop_rows(path)


if __name__ == "__main__":
    print(markdown(rows()))
