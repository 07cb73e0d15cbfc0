"""What ctransformers can load, told from a file's header alone.

Its loader is that of September 2023: it refuses without a reason, or crashes, where these rules
are not kept. Each rule is a question with words for the answer. `Repair` marks what `convert` can
mend. Knows nothing of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oi_tui.models.local.gguf import TENSOR_TYPES, GgufHeader
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

KNOWN_TYPES = frozenset({0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14})
ARCHITECTURES = ("llama", "falcon")
_LLAMA = (
    "attn_norm.weight",
    "attn_q.weight",
    "attn_k.weight",
    "attn_v.weight",
    "attn_output.weight",
    "ffn_norm.weight",
    "ffn_gate.weight",
    "ffn_down.weight",
    "ffn_up.weight",
)
_FALCON = (
    "attn_norm.weight",
    "attn_norm.bias",
    "attn_qkv.weight",
    "attn_output.weight",
    "ffn_down.weight",
    "ffn_up.weight",
)
_FALCON_MORE = ("attn_norm_2.weight", "attn_norm_2.bias")  # of the larger ones
_TABLES = ("token_embd.weight", "output.weight")
_COUNTS = ("context_length", "embedding_length", "block_count", "feed_forward_length")
_EPSILONS = {
    "llama": "attention.layer_norm_rms_epsilon",
    "falcon": "attention.layer_norm_epsilon",
}
_MOST_BLOCKS = 1000
_MOST_NAME = 60  # characters of a foreign name in our words


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file does not load; `is_mendable`: `convert` makes a file of it that does."""

    words: str
    is_mendable: bool = False


def problems(header: GgufHeader) -> Iterator[Problem]:
    """Yield what keeps ctransformers from the file, what nothing can mend first."""
    architecture = header.text("general.architecture")
    if architecture not in ARCHITECTURES:
        words = tr(
            "it knows only the architectures llama and falcon, and this is {name}",
            name=one_line(architecture, _MOST_NAME) or tr("one without a name"),
        )
        yield Problem(words)
        return
    if header.is_cut_short:
        yield Problem(tr("the file is cut short: download or copy it again"))
    yield from _whole_model(header)
    yield from _numbers(header, architecture)
    yield from _shape(header, architecture)
    yield from _vocabulary(header)
    yield from _tensors(header, architecture)
    yield from _types(header)


def _whole_model(header: GgufHeader) -> Iterator[Problem]:
    if header.number("split.count") > 1:
        yield Problem(tr("the file is one of several that belong together"))


def _numbers(header: GgufHeader, architecture: str) -> Iterator[Problem]:
    keys = [f"{architecture}.{key}" for key in (*_COUNTS, "attention.head_count")]
    for key in keys:
        if header.number(key) <= 0:
            yield Problem(tr("its header lacks {name}", name=key))
    epsilon = f"{architecture}.{_EPSILONS[architecture]}"
    if not isinstance(header.metadata.get(epsilon), float):
        yield Problem(tr("its header lacks {name}", name=epsilon))


def _shape(header: GgufHeader, architecture: str) -> Iterator[Problem]:
    """Yield what makes the calculation itself another one."""
    if header.number(f"{architecture}.expert_count"):
        yield Problem(tr("it is a mixture of experts"))
    width, heads = (
        header.number(f"{architecture}.{key}")
        for key in ("embedding_length", "attention.head_count")
    )
    size = width // heads if heads > 0 else 0
    for key in ("attention.key_length", "rope.dimension_count"):
        if header.number(f"{architecture}.{key}") not in (0, size):
            yield Problem(tr("the size of its attention heads is not the usual one"))
            break
    scaling = header.text(f"{architecture}.rope.scaling.type")
    if scaling not in ("", "none", "linear"):
        words = tr(
            "it stretches its context in a way ({name}) that came later",
            name=one_line(scaling, _MOST_NAME),
        )
        yield Problem(words)


def _vocabulary(header: GgufHeader) -> Iterator[Problem]:
    model = header.text("tokenizer.ggml.model")
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    types = header.metadata.get("tokenizer.ggml.token_type")
    scores = header.metadata.get("tokenizer.ggml.scores")
    if model not in ("llama", "gpt2"):
        words = tr(
            "its vocabulary is of a kind that came later ({name})",
            name=one_line(model, _MOST_NAME) or "?",
        )
        yield Problem(words)
        return
    if not isinstance(tokens, list) or not tokens or not isinstance(tokens[0], bytes):
        yield Problem(tr("the file holds no vocabulary"))
        return
    if not isinstance(types, list) or len(types) != len(tokens):
        yield Problem(tr("its vocabulary does not say what kinds of tokens it has"))
    if model == "llama" and b"<0x0A>" not in tokens:
        yield Problem(tr("its vocabulary has no token for the end of a line"))
    if model == "gpt2" and not isinstance(header.metadata.get("tokenizer.ggml.merges"), list):
        yield Problem(tr("its vocabulary does not say how tokens are put together"))
    if any(_rows(header, name) not in (0, len(tokens)) for name in _TABLES):
        yield Problem(tr("its vocabulary and its numbers do not belong together"))
    if scores is None or (model == "gpt2" and b"\n" not in tokens):
        yield Problem(tr("its vocabulary is written in a way that came later"), is_mendable=True)
    elif not isinstance(scores, list) or len(scores) != len(tokens):
        yield Problem(tr("its vocabulary is damaged"))


def _rows(header: GgufHeader, name: str) -> int:
    shapes = (tensor.shape for tensor in header.tensors if tensor.name == name)
    return next((shape[1] for shape in shapes if len(shape) > 1), 0)


def _tensors(header: GgufHeader, architecture: str) -> Iterator[Problem]:
    """Yield tensors too many or too few: the loader wants exactly those it knows."""
    names = {tensor.name for tensor in header.tensors}
    wanted = expected_tensors(header, architecture, names)
    missing = sorted(wanted - names - {"output.weight"})
    if missing:
        yield Problem(tr("the file lacks the numbers {name}", name=missing[0]))
    odd = sorted(names - wanted - {"rope_freqs.weight"})
    if odd:
        words = tr("it has numbers that came later ({name})", name=one_line(odd[0], _MOST_NAME))
        yield Problem(words)
    if "output.weight" not in names:
        yield Problem(tr("it uses one table for reading and writing words"), is_mendable=True)
    if "rope_freqs.weight" in names:
        yield Problem(tr("it has numbers that came later (rope_freqs.weight)"), is_mendable=True)


def expected_tensors(header: GgufHeader, architecture: str, names: set[str]) -> set[str]:
    """Return the names of the tensors that the loader asks for."""
    wanted = {"token_embd.weight", "output_norm.weight", "output.weight"}
    parts: tuple[str, ...] = _LLAMA
    if architecture == "falcon":
        wanted.add("output_norm.bias")
        parts = _FALCON
        if any(name.endswith(_FALCON_MORE[0]) for name in names):
            parts += _FALCON_MORE
    blocks = min(header.number(f"{architecture}.block_count"), _MOST_BLOCKS)
    return wanted | {f"blk.{number}.{part}" for number in range(blocks) for part in parts}


def _types(header: GgufHeader) -> Iterator[Problem]:
    for tensor in header.tensors:
        if tensor.kind not in KNOWN_TYPES:
            known = TENSOR_TYPES.get(tensor.kind)
            name = known[0] if known else str(tensor.kind)
            words = tr("its numbers are of a kind ({name}) that came later", name=name)
            yield Problem(words, is_mendable=name == "BF16")
            return
        if tensor.shape and tensor.shape[0] % TENSOR_TYPES[tensor.kind][1]:
            yield Problem(tr("its numbers do not fill their blocks: the file is damaged"))
            return
