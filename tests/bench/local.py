"""What it costs to have an engine behind a server: speed, stopping, and what is read again.

Run with `python -m tests.bench.local`. Bare engine and server take turns in the same run with the
same file, the toy model; ratios carry further than figures.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oi_tui.models.chat_format import messages_json
from oi_tui.models.local.ctransformers.convert import convert
from oi_tui.models.local.ctransformers.engine import ENGINE as CTRANSFORMERS
from oi_tui.models.local.ctransformers.libraries import package_libraries, processor_library
from tests.bench.local_application import asked_messages
from tests.bench.table import Row, markdown
from tests.support.local_models import Client, said, served, smollm2

TOKENS = 100
ROUNDS = 7
CONTEXT = 8192
STORY = "The cat sat on the mat, and the dog looked at it for quite a while. "  # 18 tokens
HISTORY = 220  # times the story: about 4,000 tokens
GREEDY = {"temperature": 0, "stream_options": {"include_usage": True}}


# -- ctransformers --------------------------------------------------------------------------------
def bare_ctransformers(path: Path) -> Any:
    """Load a file without anything of ours around it."""
    from ctransformers.llm import LLM, Config

    libraries = package_libraries()
    assert libraries is not None
    config = Config(context_length=CONTEXT, threads=1)
    return LLM(str(path), config=config, lib=str(processor_library(libraries)))


def bare_speed(llm: Any) -> float:
    """Return the tokens a second of the bare engine."""
    llm._context.clear()
    llm.eval(llm.tokenize(STORY * 2), batch_size=8, threads=1)
    began = time.perf_counter()
    for _ in range(TOKENS):
        llm.eval([llm.sample(top_k=1)], threads=1)
    return TOKENS / (time.perf_counter() - began)


def served_speed(client: Client) -> float:
    """Return the tokens a second that arrive, from the first to the last."""
    body = {"messages": [said("user", "Tell me a long story.")], "max_tokens": TOKENS, **GREEDY}
    body["temperature"], body["seed"] = 1.0, 7
    first = last = 0.0
    count = 0
    for event in client.events(body):
        if event["choices"] and event["choices"][0]["delta"].get("content"):
            last = time.perf_counter()
            first = first or last
        count = event.get("usage", {}).get("completion_tokens", count)
    return (count - 1) / (last - first)


def first_token(client: Client, messages: list[dict[str, Any]]) -> float:
    """Return the seconds until the first words of an answer."""
    began = time.perf_counter()
    body = {"messages": messages, "max_tokens": 2, "return_progress": True, **GREEDY}
    for event in client.events(body):
        if event["choices"] and event["choices"][0]["delta"].get("content"):
            return time.perf_counter() - began
    return time.perf_counter() - began


def stop_while_reading(client: Client, prompt: str) -> float:
    """Return the seconds from hanging up to a free model, in the middle of a long prompt."""
    body = {"messages": [said("user", prompt)], "return_progress": True}
    connection = client.open(body)
    data = b""
    while data.count(b"prompt_progress") < 3:
        data += connection.recv(65_536)
    time.sleep(0.1)  # into the next step
    connection.close()
    return _until_free(client)


def stop_while_writing(client: Client) -> float:
    """Return the seconds from hanging up to a free model, in the middle of an answer."""
    connection = client.open({"messages": [said("user", "Tell me a long story.")]})
    data = b""
    while data.count(b'"content"') < 5:
        data += connection.recv(65_536)
    connection.close()
    return _until_free(client)


def _until_free(client: Client) -> float:
    """Wait for the answer to a wrong request, which is read when its turn comes."""
    began = time.perf_counter()
    assert client.post({"messages": []}).status_code == 400
    return time.perf_counter() - began


def ctransformers_rows() -> Iterator[Row]:
    """Measure the child around ctransformers."""
    with tempfile.TemporaryDirectory() as folder:
        path = convert(smollm2(), Path(folder, "smollm2.gguf")).path
        with served(CTRANSFORMERS, path, CONTEXT) as client:
            yield from _speed_rows(client, path)
            yield from _reading_rows(client)


def _speed_rows(client: Client, path: Path) -> Iterator[Row]:
    llm = bare_ctransformers(path)
    pairs = [(bare_speed(llm), served_speed(client)) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Row("ctransformers, bare engine", bare, "tokens/s")
    yield Row("ctransformers, through our server", ours, "tokens/s")
    ratio = bare / ours
    yield Row("ctransformers, time a token through the server to bare", ratio, "x", 1.03)


def _reading_rows(client: Client) -> Iterator[Row]:
    beginning = messages_json(asked_messages("."))[:-1]  # what the application tells a model
    first = first_token(client, beginning + _question(0))
    history = [*beginning, said("user", STORY * HISTORY)]
    cold = first_token(client, history)
    history.append(said("assistant", "I see."))
    warm = statistics.median(first_token(client, history + _question(n)) for n in range(ROUNDS))
    yield Row("ctransformers, first token of the first turn", first, "s")
    yield Row("ctransformers, first token after 4,000 unknown ones", cold, "s")
    yield Row("ctransformers, first token of the turn after", warm, "s")
    yield Row("ctransformers, turn after 4,000 known tokens to the first", warm / first, "x", 1.5)
    reading = max(stop_while_reading(client, f"{n} " + STORY * 200) for n in range(ROUNDS))
    yield Row("ctransformers, hang-up while reading until free, worst", reading, "s", 1)
    writing = max(stop_while_writing(client) for _ in range(ROUNDS))
    yield Row("ctransformers, hang-up while writing until free, worst", writing, "s", 1)


def _question(number: int) -> list[dict[str, Any]]:
    """Return new words, different ones each time."""
    return [said("user", f"{number} dogs look at a cat. {STORY} How many animals are there?")]


def rows() -> Iterator[Row]:
    """Measure everything."""
    yield from ctransformers_rows()


if __name__ == "__main__":
    print(markdown(rows()))
