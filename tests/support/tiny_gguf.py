"""Makes tiny `llama` files that load in both engines and answer exactly a given text.

How: attention and feed-forward weights are zero, so what reaches the output is the last token's
embedding, which is one-hot; the output table is then a table of what follows what. The answer is
cut into pieces that are tokens of their own, chained piece -> piece -> end; every other token
leads to the first piece. Nothing but the standard library.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oi_tui.models.local import gguf_writer as gguf

# Ends in the last character of the last message: what `Tiny.on` picks an answer by.
TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|assistant|>\n' + messages[-1]['content'][-1:] }}"
    "{% endif %}"
)
# One that is never done, for no engine may wait for it.
_LOOPS = "".join("{% for " + name + " in range(99999) %}" for name in "abc")
ENDLESS = _LOOPS + "{% endfor %}" * 3
_F32, _F16, _Q8_0 = 0, 1, 8
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_SPACE = "\u2581"
_END = 2  # the token
_HEAD, _INNER = 64, 64  # width of an attention head; of the feed-forward part
ONE = struct.pack("<e", 1.0)

Token = tuple[bytes, float, int]  # text, score, type


@dataclass(frozen=True)
class Tiny:
    """What a tiny model is to be."""

    says: str = "Hello."
    # Other answers, by the last character of the last message (one character each).
    on: Mapping[str, str] = field(default_factory=dict)
    context: int = 2048
    endless: bool = False
    template: str = TEMPLATE
    name: str = "tiny-test"
    layers: int = 1


def tiny_model(path: Path, tiny: Tiny) -> Path:
    """Write a tiny model to `path`."""
    with open(path, "wb") as stream:
        gguf.write_gguf(stream, *parts(tiny))
    return path


def parts(tiny: Tiny) -> tuple[list[bytes], list[gguf.NewTensor]]:
    """Return the entries and tensors of a tiny model, for who wants to change some."""
    vocabulary, follows = _table(tiny)
    width = max(256, -(-len(vocabulary) // _HEAD) * _HEAD)
    return entries(tiny, vocabulary, width), _tensors(tiny.layers, len(vocabulary), width, follows)


def entries(tiny: Tiny, vocabulary: Sequence[Token], width: int) -> list[bytes]:
    """Return the metadata."""
    found = [
        gguf.text("general.architecture", "llama"),
        gguf.text("general.name", tiny.name),
        gguf.whole("llama.context_length", tiny.context),
        gguf.whole("llama.embedding_length", width),
        gguf.whole("llama.block_count", tiny.layers),
        gguf.whole("llama.feed_forward_length", _INNER),
        gguf.whole("llama.attention.head_count", width // _HEAD),
        gguf.whole("llama.attention.head_count_kv", 1),
        gguf.whole("llama.rope.dimension_count", _HEAD),
        gguf.real("llama.attention.layer_norm_rms_epsilon", 1e-5),
        gguf.whole("llama.vocab_size", len(vocabulary)),
        gguf.text("tokenizer.ggml.model", "llama"),
        gguf.texts("tokenizer.ggml.tokens", [text for text, _, _ in vocabulary]),
        gguf.reals("tokenizer.ggml.scores", [score for _, score, _ in vocabulary]),
        gguf.wholes("tokenizer.ggml.token_type", [kind for _, _, kind in vocabulary]),
        gguf.whole("tokenizer.ggml.bos_token_id", 1),
        gguf.whole("tokenizer.ggml.eos_token_id", _END),
        gguf.whole("tokenizer.ggml.unknown_token_id", 0),
    ]
    return [
        *found,
        *([gguf.text("tokenizer.chat_template", tiny.template)] if tiny.template else []),
    ]


def _vocabulary() -> list[Token]:
    found: list[Token] = [
        (b"<unk>", 0.0, _UNKNOWN),
        (b"<s>", 0.0, _CONTROL),
        (b"</s>", 0.0, _CONTROL),
    ]
    found += [(f"<0x{byte:02X}>".encode(), 0.0, _BYTE) for byte in range(256)]
    found.append((_SPACE.encode(), -1.0, _NORMAL))
    return found + [(chr(code).encode(), -1.0, _NORMAL) for code in range(33, 127)]


def _table(tiny: Tiny) -> tuple[list[Token], dict[int, int]]:
    """Return the vocabulary, and which token follows which."""
    vocabulary = _vocabulary()
    base = len(vocabulary)
    numbers = {text: number for number, (text, _, _) in enumerate(vocabulary)}
    follows: dict[int, int] = {}
    starts: dict[str, int] = {}
    used: set[str] = set()
    for key, text in {"": tiny.says, **tiny.on}.items():
        first = len(vocabulary)
        for piece in _pieces(text, used):
            follows[len(vocabulary)] = len(vocabulary) + 1
            vocabulary.append((piece.replace(" ", _SPACE).encode(), -100.0, _NORMAL))
        last = len(vocabulary) - 1
        starts[key] = first if last >= first else _END
        if last >= first:
            follows[last] = first if tiny.endless else _END
    follows |= dict.fromkeys(range(base), starts[""])
    for key in tiny.on:
        last_byte = key.encode()[-1]
        for token in (key.replace(" ", _SPACE).encode(), f"<0x{last_byte:02X}>".encode()):
            if token in numbers:
                follows[numbers[token]] = starts[key]
    return vocabulary, follows


def _pieces(text: str, used: set[str]) -> list[str]:
    """Cut a text into pieces of three characters or more, each new.

    So that the tokenizer, which joins pairs, never makes one of them out of a prompt.
    """
    found: list[str] = []
    start = 0
    while start < len(text):
        size = 3
        while text[start : start + size] in used and start + size < len(text):
            size += 1
        piece = text[start : start + size]
        while found and (piece in used or len(piece) < 3):  # only at the very end of the text
            before = found.pop()
            used.discard(before)
            piece = before + piece
        used.add(piece)
        found.append(piece)
        start += size
    return found


def _tensors(
    layers: int, tokens: int, width: int, follows: Mapping[int, int]
) -> list[gguf.NewTensor]:
    comes_from: dict[int, list[int]] = {}
    for before, after in follows.items():
        comes_from.setdefault(after, []).append(before)
    found = [
        _table_of("token_embd.weight", width, [[token] for token in range(tokens)], tokens),
        _ones("output_norm.weight", width),
        _table_of(
            "output.weight", width, [comes_from.get(token, []) for token in range(tokens)], tokens
        ),
    ]
    for layer in range(layers):
        sides = {
            "attn_q": (width, width),
            "attn_k": (width, _HEAD),
            "attn_v": (width, _HEAD),
            "attn_output": (width, width),
            "ffn_gate": (width, _INNER),
            "ffn_up": (width, _INNER),
            "ffn_down": (_INNER, width),
        }
        found += [_ones(f"blk.{layer}.{name}.weight", width) for name in ("attn_norm", "ffn_norm")]
        found += [_zeros(f"blk.{layer}.{name}.weight", shape) for name, shape in sides.items()]
    return found


def _table_of(name: str, width: int, rows: Iterable[Sequence[int]], count: int) -> gguf.NewTensor:
    """Return a table of zeros, with ones at the given places of each row."""

    def pieces() -> Iterator[bytes]:
        for places in rows:
            row = bytearray(2 * width)
            for place in places:
                row[2 * place : 2 * place + 2] = ONE
            yield bytes(row)

    return gguf.NewTensor(name, (width, count), _F16, pieces)


def _ones(name: str, width: int) -> gguf.NewTensor:
    values = struct.pack(f"<{width}f", *[1.0] * width)
    return gguf.NewTensor(name, (width,), _F32, lambda: [values])


def _zeros(name: str, shape: tuple[int, int]) -> gguf.NewTensor:
    size = shape[0] * shape[1] // 32 * 34
    return gguf.NewTensor(name, shape, _Q8_0, lambda: [bytes(size)])
