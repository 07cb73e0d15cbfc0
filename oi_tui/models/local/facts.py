"""What a model file is, in words and numbers for people and engines: read from its header.

Knows no engine and no machine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from oi_tui.models.local.gguf import TENSOR_TYPES, GgufHeader, Value, read_header

# The names of llama.cpp for the mixtures that quantizing makes (`general.file_type`).
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4",
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One model file. 0 and empty: the header does not say."""

    path: Path
    size: int  # bytes
    name: str
    architecture: str
    parameters: int
    quantization: str
    context_length: int  # tokens that it was trained for
    layers: int
    has_template: bool
    license: str
    cache_per_token: int  # bytes of keys and values for each token of context, at 16 bits


def facts_of(path: Path) -> FileFacts:
    """Read the facts of the file at `path`.

    Raises:
        GgufError: it is no GGUF file, or a damaged one.
        OSError: it cannot be read.
    """
    return facts_from(path, read_header(path))


def facts_from(path: Path, header: GgufHeader) -> FileFacts:
    """Return the facts that a header tells of its file."""
    architecture = header.text("general.architecture")
    return FileFacts(
        path=path,
        size=header.file_size,
        name=header.text("general.name") or path.stem,
        architecture=architecture,
        parameters=sum(tensor.values for tensor in header.tensors),
        quantization=_quantization(header),
        context_length=header.number(f"{architecture}.context_length"),
        layers=header.number(f"{architecture}.block_count"),
        has_template=bool(header.text("tokenizer.chat_template")),
        license=header.text("general.license"),
        cache_per_token=_cache_per_token(header, architecture),
    )


def _quantization(header: GgufHeader) -> str:
    """Return the name of the mixture, or of the kind that most of the numbers have."""
    named = _FILE_TYPES.get(header.number("general.file_type"), "")
    if "general.file_type" in header.metadata and named:
        return named
    weights: Counter[int] = Counter()
    for tensor in header.tensors:
        weights[tensor.kind] += tensor.values
    if not weights:
        return ""
    kind = weights.most_common(1)[0][0]
    known = TENSOR_TYPES.get(kind)
    return known[0] if known else ""


def _cache_per_token(header: GgufHeader, architecture: str) -> int:
    layers = header.number(f"{architecture}.block_count")
    width = header.number(f"{architecture}.embedding_length")
    heads = _most(header.metadata.get(f"{architecture}.attention.head_count"))
    shared = _most(header.metadata.get(f"{architecture}.attention.head_count_kv")) or heads
    if not (layers and width and heads):
        return 0
    key = header.number(f"{architecture}.attention.key_length") or width // heads
    value = header.number(f"{architecture}.attention.value_length") or width // heads
    return layers * shared * (key + value) * 2


def _most(value: Value | None) -> int:
    """Return a count of heads; some models list one for each layer."""
    counts = value if isinstance(value, list) else [value]
    return max((one for one in counts if isinstance(one, int)), default=0)
