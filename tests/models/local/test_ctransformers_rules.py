"""Why ctransformers cannot use a file: every reason has words, and advice that is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from oi_tui.models.local.ctransformers.engine import ENGINE
from oi_tui.models.local.families import Family, family_of
from oi_tui.models.local.gguf import GgufHeader, Tensor, Value, read_header
from tests.support.tiny_gguf import Tiny, tiny_model

Change = Callable[[GgufHeader], GgufHeader]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> GgufHeader:
    return read_header(tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", Tiny()))


def with_value(key: str, value: Value) -> Change:
    return lambda header: replace(header, metadata={**header.metadata, key: value})


def without_value(key: str) -> Change:
    def change(header: GgufHeader) -> GgufHeader:
        return replace(header, metadata={k: v for k, v in header.metadata.items() if k != key})

    return change


def without_tensor(name: str) -> Change:
    def change(header: GgufHeader) -> GgufHeader:
        return replace(header, tensors=tuple(one for one in header.tensors if one.name != name))

    return change


def with_tensor(name: str) -> Change:
    def change(header: GgufHeader) -> GgufHeader:
        return replace(header, tensors=(*header.tensors, Tensor(name, (4,), 0, 0)))

    return change


def of_kind(kind: int) -> Change:
    def change(header: GgufHeader) -> GgufHeader:
        first, *rest = header.tensors
        return replace(header, tensors=(replace(first, kind=kind), *rest))

    return change


def of_shape(name: str, *shape: int) -> Change:
    def change(header: GgufHeader) -> GgufHeader:
        tensors = (replace(one, shape=shape) if one.name == name else one for one in header.tensors)
        return replace(header, tensors=tuple(tensors))

    return change


def test_a_file_that_it_can_use_has_no_reason(good: GgufHeader) -> None:
    assert ENGINE.why_not(good) == ""


CONVERT = "oi-tui models convert"
OTHER = "llama.cpp engine may know it"


@pytest.mark.parametrize(
    ("change", "words", "advice"),
    [
        (with_value("general.architecture", b"qwen2"), "this is qwen2", OTHER),
        (without_value("general.architecture"), "one without a name", OTHER),
        (with_value("general.architecture", b"\x1b[2J"), "llama and falcon", OTHER),
        (without_value("llama.block_count"), "llama.block_count", OTHER),
        (with_value("llama.attention.head_count", [4, 4]), "head_count", OTHER),
        (without_value("llama.attention.layer_norm_rms_epsilon"), "epsilon", OTHER),
        (with_value("llama.expert_count", 8), "mixture of experts", OTHER),
        (with_value("llama.attention.key_length", 128), "attention heads", OTHER),
        (with_value("llama.rope.scaling.type", b"yarn"), "yarn", OTHER),
        (with_value("split.count", 3), "one of several", OTHER),
        (with_value("tokenizer.ggml.model", b"t5"), "(t5)", OTHER),
        (without_value("tokenizer.ggml.tokens"), "no vocabulary", OTHER),
        (without_value("tokenizer.ggml.token_type"), "kinds of tokens", OTHER),
        (with_value("tokenizer.ggml.scores", [0.0]), "damaged", OTHER),
        (with_value("tokenizer.ggml.model", b"gpt2"), "put together", OTHER),
        (without_value("tokenizer.ggml.scores"), "vocabulary", CONVERT),
        (without_tensor("output.weight"), "one table", CONVERT),
        (with_tensor("rope_freqs.weight"), "rope_freqs.weight", CONVERT),
        (without_tensor("blk.0.ffn_up.weight"), "blk.0.ffn_up.weight", OTHER),
        (with_tensor("blk.0.attn_q.bias"), "blk.0.attn_q.bias", OTHER),
        (of_kind(30), "BF16", CONVERT),
        (of_kind(20), "IQ4_NL", OTHER),
        (of_kind(99), "99", OTHER),
        (of_shape("blk.0.ffn_up.weight", 100, 64), "do not fill their blocks", OTHER),
        (of_shape("output.weight", 256, 64), "do not belong together", OTHER),
    ],
)
def test_each_reason_is_told_with_advice(
    good: GgufHeader, change: Change, words: str, advice: str
) -> None:
    told = ENGINE.why_not(change(good))
    assert words in told
    assert advice in told
    assert "\x1b" not in told


def test_what_nothing_mends_is_told_before_what_converting_mends(good: GgufHeader) -> None:
    both = with_value("llama.expert_count", 8)(without_tensor("output.weight")(good))
    assert "mixture" in ENGINE.why_not(both)
    assert CONVERT not in ENGINE.why_not(both)


def test_a_file_that_is_cut_short_is_told_so(good: GgufHeader) -> None:
    assert "cut short" in ENGINE.why_not(replace(good, file_size=good.file_size - 100_000))


@pytest.mark.parametrize(
    ("change", "family"),
    [
        (lambda header: header, Family.LLAMA2),
        (with_value("general.architecture", b"falcon"), Family.FALCON),
        (with_value("tokenizer.chat_template", b"{{ '<|im_start|>' }}"), Family.CHATML),
        (with_value("tokenizer.chat_template", b"[INST] <<SYS>>"), Family.LLAMA2),
        (with_value("tokenizer.chat_template", b"[INST] {{ x }}"), Family.MISTRAL),
        (with_value("tokenizer.ggml.tokens", [b"<|im_start|>"]), Family.CHATML),
        (with_value("general.name", b"codellama_codellama-7b-instruct-hf"), Family.CODE_LLAMA),
        (with_value("general.name", b"mistralai_mistral-7b-instruct-v0.1"), Family.MISTRAL),
        (with_value("general.name", b"lmsys_vicuna-7b-v1.5"), Family.VICUNA),
        (with_value("general.name", b"WizardCoder Python 7B"), Family.ALPACA),
        (with_value("general.name", b"OpenHermes 2.5"), Family.CHATML),
        (with_value("general.name", b"LLaMA v2"), Family.LLAMA2),
    ],
)
def test_the_family_of_a_file_is_found(good: GgufHeader, change: Change, family: Family) -> None:
    assert family_of(change(good)) is family
