"""Answers of one loaded model, token by token: what of a prompt is known, read and written.

Owns the reuse of what earlier turns left in the model's memory, the small steps in which a prompt
is read so that a stop is seen soon, and the words that end an answer. Knows no request format.
"""

from __future__ import annotations

import codecs
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from oi_tui.models.local.ctransformers.tokens import Tokenizer

_LONGEST_STEP = 64  # prompt tokens that are read at once
_FIRST_STEP = 2  # until it is known how fast this machine is
_STEP_SECONDS = 0.3  # that a step should take: a stop is seen between steps
_TOP_K = 40
_MOST_SEED = 0x7FFFFFFF


class ContextFullError(Exception):
    """A prompt does not fit into the context."""

    def __init__(self, prompt: int, context: int) -> None:
        super().__init__(
            f"This model's maximum context length is {context} tokens; "
            f"the messages are {prompt} tokens."
        )


class Engine(Protocol):
    """What is needed of a loaded model. `_context` is what its memory holds."""

    _context: list[int]
    context_length: int

    def eval(self, tokens: Sequence[int], *, batch_size: int, threads: int) -> None:
        """Put tokens behind what the memory holds."""
        ...

    def sample(
        self,
        *,
        top_k: int,
        top_p: float,
        temperature: float,
        repetition_penalty: float,
        seed: int,
    ) -> int:
        """Choose the token that comes next."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """How an answer is to be made. `max_tokens` 0: until the context is full."""

    max_tokens: int = 0
    temperature: float = 0.8
    top_p: float = 0.95
    repeat_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(slots=True)
class Account:
    """What an answer took so far. `finish` is empty while it goes on and where it was stopped."""

    prompt: int = 0
    reused: int = 0  # tokens of the prompt that the model still knew
    read: int = 0  # tokens of the prompt that are read, the reused ones included
    written: int = 0
    finish: str = ""


class Generator:
    """One model's answers, one at a time."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, threads: int, batch: int) -> None:
        self._engine, self._tokenizer = engine, tokenizer
        self._threads, self._batch = threads, min(max(batch, 1), _LONGEST_STEP)
        self._step = min(_FIRST_STEP, self._batch)

    def check(self, prompt: Sequence[int]) -> None:
        """Raise `ContextFullError` where the engine would go on in noise."""
        if len(prompt) >= self._engine.context_length:
            raise ContextFullError(len(prompt), self._engine.context_length)

    def read(
        self, prompt: Sequence[int], account: Account, stopped: Callable[[], bool]
    ) -> Iterator[None]:
        """Read a prompt, in steps; what earlier turns left is not read again."""
        known = self._engine._context
        same = 0
        while same < min(len(known), len(prompt) - 1) and known[same] == prompt[same]:
            same += 1
        del known[same:]  # the memory goes by position: this is how it is rewound
        account.prompt, account.reused, account.read = len(prompt), same, same
        while account.read < len(prompt) and not stopped():
            step = prompt[account.read : account.read + self._step]
            before = time.monotonic()
            self._engine.eval(step, batch_size=self._batch, threads=self._threads)
            account.read += len(step)
            if len(step) == self._step:
                self._adapt(time.monotonic() - before)
            yield

    def write(self, account: Account, wish: Wish, stopped: Callable[[], bool]) -> Iterator[str]:
        """Yield the answer to the prompt that was read."""
        words = Words(wish.stop)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in self._tokens(account, wish, stopped):
            data = self._tokenizer.bytes_of(token)
            if account.written == 1 and self._tokenizer.begins_with_space:
                data = data.removeprefix(b" ")
            text = words.feed(decoder.decode(data))
            if text:
                yield text
            if words.ended:
                account.finish = "stop"
                return
        rest = words.feed(decoder.decode(b"", final=True)) + words.rest()
        if rest:
            yield rest

    def _tokens(self, account: Account, wish: Wish, stopped: Callable[[], bool]) -> Iterator[int]:
        # The engine seeds its dice anew for each token, and by the second where none is given.
        seed = secrets.randbits(31) if wish.seed is None else wish.seed
        is_greedy = wish.temperature <= 0
        while not stopped():
            is_full = len(self._engine._context) >= self._engine.context_length
            if is_full or account.written >= wish.max_tokens > 0:
                account.finish = "length"
                return
            token = self._engine.sample(
                top_k=1 if is_greedy else _TOP_K,
                top_p=wish.top_p,
                temperature=1.0 if is_greedy else wish.temperature,
                repetition_penalty=wish.repeat_penalty,
                seed=(seed + account.written) & _MOST_SEED,
            )
            if token in self._tokenizer.ends:
                account.finish = "stop"
                return
            self._engine.eval([token], batch_size=1, threads=self._threads)
            account.written += 1
            yield token

    def _adapt(self, seconds: float) -> None:
        """Choose the next step so that it takes about `_STEP_SECONDS` on this machine."""
        fitting = int(self._step * _STEP_SECONDS / max(seconds, 1e-6))
        self._step = max(1, min(fitting, self._step * 2, self._batch))


class Words:
    """Holds text back that may be the beginning of a stop word, and ends at the first whole one."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [word for word in stop if word]
        self._held = ""
        self.ended = False

    def feed(self, text: str) -> str:
        """Take the next text; return what can be shown."""
        if self.ended:
            return ""
        held = self._held + text
        cut = min((held.find(word) for word in self._stop if word in held), default=-1)
        if cut >= 0:
            self._held, self.ended = "", True
            return held[:cut]
        keep = max((_overlap(held, word) for word in self._stop), default=0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def rest(self) -> str:
        """Return what was held back, once nothing follows."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, word: str) -> int:
    """Return how many characters at the end of `text` begin `word`."""
    longest = min(len(word) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(word[:size])), 0)
