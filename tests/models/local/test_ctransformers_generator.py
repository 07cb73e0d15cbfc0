"""Reading a prompt in steps and writing an answer, with an engine that is a list of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from oi_tui.models.local.ctransformers.generator import (
    Account,
    ContextFullError,
    Generator,
    Wish,
)
from oi_tui.models.local.ctransformers.tokens import Tokenizer
from oi_tui.models.local.gguf import GgufHeader

END = 2


class FakeEngine:
    """Says what it was given to say, and keeps what it was asked."""

    eos_token_id, bos_token_id = END, 1

    def __init__(self, says: Sequence[int] = (), context_length: int = 1000) -> None:
        self._context: list[int] = []
        self.context_length = context_length
        self.says = list(says)
        self.steps: list[int] = []
        self.seeds: list[int] = []
        self.top_ks: list[int] = []

    def eval(self, tokens: Sequence[int], *, batch_size: int, threads: int) -> None:
        assert len(tokens) <= batch_size
        self.steps.append(len(tokens))
        self._context.extend(tokens)

    def sample(
        self,
        *,
        top_k: int,
        top_p: float,
        temperature: float,
        repetition_penalty: float,
        seed: int,
    ) -> int:
        assert temperature > 0  # the engine divides by it
        self.seeds.append(seed)
        self.top_ks.append(top_k)
        return self.says.pop(0) if self.says else END

    def ctransformers_llm_tokenize(self, data: bytes, begins: bool, buffer: object) -> int:
        return 0

    def ctransformers_llm_detokenize(self, token: int) -> bytes:
        return bytes([token])


def generator(engine: FakeEngine, batch: int = 64) -> Generator:
    return Generator(engine, Tokenizer(GgufHeader(3, {}, (), 0, 0), engine), 1, batch)


def read(engine: FakeEngine, prompt: Sequence[int], batch: int = 64) -> Account:
    account = Account()
    for _ in generator(engine, batch).read(prompt, account, lambda: False):
        pass
    return account


def write(engine: FakeEngine, wish: Wish, stopped: Sequence[bool] = ()) -> tuple[str, Account]:
    account, stops = Account(), list(stopped)
    text = "".join(generator(engine).write(account, wish, lambda: stops.pop(0) if stops else False))
    return text, account


def test_a_prompt_is_read_in_steps_that_grow_up_to_the_batch() -> None:
    engine = FakeEngine()
    account = read(engine, range(300), batch=32)
    assert engine._context == list(range(300))
    assert engine.steps[0] == 2
    assert max(engine.steps) == 32
    assert (account.prompt, account.reused, account.read) == (300, 0, 300)


def test_only_what_differs_is_read_again_and_at_least_one_token() -> None:
    engine = FakeEngine()
    read(engine, range(100))
    assert read(engine, [*range(60), 7, 7]).reused == 60
    assert engine._context == [*range(60), 7, 7]
    engine.steps.clear()
    assert read(engine, [*range(60), 7, 7]).reused == 61
    assert engine.steps == [1]
    assert read(engine, [*range(10)]).reused == 9


def test_a_stop_between_two_steps_leaves_what_is_true() -> None:
    engine, account = FakeEngine(), Account()
    stops = [False, False, True]
    for _ in generator(engine).read(range(500), account, lambda: stops.pop(0)):
        pass
    assert engine.steps == [2, 4]
    assert engine._context == list(range(6))
    assert account.read == 6
    assert read(engine, range(500)).reused == 6


def test_an_answer_ends_at_its_token_and_can_be_bounded() -> None:
    text, account = write(FakeEngine(b"hello"), Wish())
    assert (text, account.finish, account.written) == ("hello", "stop", 5)
    text, account = write(FakeEngine(b"hello"), Wish(max_tokens=3))
    assert (text, account.finish) == ("hel", "length")
    text, account = write(FakeEngine(b"hello", context_length=4), Wish())
    assert (text, account.finish) == ("hell", "length")


def test_the_space_that_older_vocabularies_begin_with_is_not_shown() -> None:
    assert write(FakeEngine(b" Hello there"), Wish())[0] == "Hello there"
    assert write(FakeEngine(b"  indented"), Wish())[0] == " indented"


def test_a_stopped_answer_has_no_end() -> None:
    text, account = write(FakeEngine(b"hello"), Wish(), [False, False, True])
    assert (text, account.finish) == ("he", "")


def test_a_character_of_several_tokens_is_shown_whole() -> None:
    engine, account = FakeEngine("é漢!".encode()), Account()
    shown = list(generator(engine).write(account, Wish(), lambda: False))
    assert shown == ["é", "漢", "!"]
    text, _ = write(FakeEngine("é".encode()[:1]), Wish())
    assert text == "\ufffd"


def test_a_prompt_must_leave_room_for_an_answer() -> None:
    made = generator(FakeEngine(context_length=10))
    made.check(range(9))
    with pytest.raises(ContextFullError, match="maximum context length is 10 tokens"):
        made.check(range(10))


def test_dice_are_thrown_anew_for_each_token_and_the_same_for_a_seed() -> None:
    first, second, third = (FakeEngine(b"hello") for _ in range(3))
    write(first, Wish(seed=5))
    write(second, Wish(seed=5))
    write(third, Wish())
    assert first.seeds == second.seeds
    assert len(set(first.seeds)) == len(first.seeds)
    assert third.seeds != first.seeds
    assert all(0 <= seed < 1 << 31 for seed in third.seeds)


def test_without_temperature_the_likeliest_token_is_taken() -> None:
    engine = FakeEngine(b"hello")
    write(engine, Wish(temperature=0))
    assert set(engine.top_ks) == {1}
