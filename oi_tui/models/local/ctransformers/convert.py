"""Rewrites a llama-family file so that ctransformers loads it: the same numbers, told as of 2023.

What is mended, where needed: one table for reading and writing words becomes two; scores are added;
byte pairs are stored as the bytes they stand for; tensors that the loader does not know are left
out; BF16 becomes F16. Everything else is copied as it is, in pieces, so that no file has to fit
into memory. Knows no engine's library.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oi_tui.models.local import gguf_writer as gguf
from oi_tui.models.local.ctransformers.rules import problems
from oi_tui.models.local.gguf import TENSOR_TYPES, GgufHeader, Tensor, Value, read_header
from oi_tui.models.local.machine import free_disk
from oi_tui.models.local.sizes import size_in_words
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_PIECE = 4 * 1024 * 1024  # bytes that are copied at once
_DROPPED = ("rope_freqs.weight",)
_REPLACED = ("general.alignment", "tokenizer.ggml.tokens", "tokenizer.ggml.merges")
_CONTROL, _USER_DEFINED = 3, 4
_F16, _BF16 = 1, 30
_LARGEST_F16 = 65_504.0


class ConvertError(Exception):
    """A file cannot be converted; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a file; `notes` say what was changed, for a person."""

    path: Path
    notes: tuple[str, ...]


def convert(
    source: Path, target: Path, written: Callable[[float], None] = lambda _part: None
) -> Converted:
    """Write what ctransformers can load of `source` to `target`, whole or not at all.

    `written` hears which part is there; what it raises ends the work, and nothing is left.

    Raises:
        ConvertError: `source` needs no conversion, or none helps.
        GgufError: `source` is no GGUF file, or a damaged one.
        OSError: a file cannot be read or written.
    """
    header = read_header(source)
    _check(header)
    _check_place(source, target, header)
    notes = _notes(header)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(source, "rb") as old, open(partial, "xb") as new:
            gguf.write_gguf(
                new, list(_entries(header, old.fileno())), _tensors(header, old.fileno()), written
            )
            new.flush()
            os.fsync(new.fileno())
        left = next(problems(read_header(partial)), None)
        if left is not None:
            raise ConvertError(tr("The result still does not load: {problem}.", problem=left.words))
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
    return Converted(target, tuple(notes))


def _check(header: GgufHeader) -> None:
    found = list(problems(header))
    if not found:
        raise ConvertError(tr("ctransformers loads this file as it is."))
    lasting = next((problem for problem in found if not problem.is_mendable), None)
    if lasting is not None:
        words = tr(
            "This file cannot be converted: {problem}. The llama.cpp engine may know it.",
            problem=lasting.words,
        )
        raise ConvertError(words)


def _check_place(source: Path, target: Path, header: GgufHeader) -> None:
    """Refuse what could not be written, before hours of work."""
    if target.is_dir():
        raise ConvertError(tr("{path} is a folder: name a file.", path=one_line(str(target), 300)))
    if not target.parent.is_dir():
        folder = one_line(str(target.parent), 300)
        raise ConvertError(tr("There is no folder {path}.", path=folder))
    if target.exists() and target.samefile(source):
        raise ConvertError(tr("The result cannot take the place of what it is made from."))
    sizes = {tensor.name: tensor.size or 0 for tensor in header.tensors}
    if sum(sizes.values()) > header.file_size:
        raise ConvertError(tr("The file is damaged: its numbers lie one upon the other."))
    needed, free = sum(sizes.values()) + sizes["token_embd.weight"], free_disk(target.parent)
    if needed > free:
        words = tr(
            "There is not enough room on the disk: {needed} are needed, {free} are free.",
            needed=size_in_words(needed),
            free=size_in_words(free),
        )
        raise ConvertError(words)


def _notes(header: GgufHeader) -> list[str]:
    names = {tensor.name for tensor in header.tensors}
    notes = []
    if _has_pairs(header):
        notes.append(tr("the vocabulary is written as bytes"))
    if "tokenizer.ggml.scores" not in header.metadata:
        notes.append(tr("scores of the vocabulary are added"))
    if "output.weight" not in names:
        notes.append(tr("the table of words is there twice"))
    if names & set(_DROPPED):
        notes.append(tr("the stretching of the context is left out: keep conversations short"))
    if any(tensor.kind == _BF16 for tensor in header.tensors):
        notes.append(tr("BF16 numbers are F16 now"))
    return notes


# -- metadata -------------------------------------------------------------------------------------
def _entries(header: GgufHeader, file: int) -> Iterator[bytes]:
    for key, (start, end) in header.spans.items():
        if key not in _REPLACED:
            yield os.pread(file, end - start, start)
    tokens = _texts(header, "tokenizer.ggml.tokens")
    if _has_pairs(header):
        yield gguf.texts("tokenizer.ggml.tokens", _tokens_as_bytes(header, tokens))
        merges = _texts(header, "tokenizer.ggml.merges")
        yield gguf.texts("tokenizer.ggml.merges", [_merge_as_bytes(merge) for merge in merges])
    else:
        yield gguf.texts("tokenizer.ggml.tokens", tokens)
    if "tokenizer.ggml.scores" not in header.metadata:
        yield gguf.reals("tokenizer.ggml.scores", [0.0] * len(tokens))


def _has_pairs(header: GgufHeader) -> bool:
    """Return whether the vocabulary is one of byte pairs that is not written as bytes yet."""
    is_modern = b"\n" not in _texts(header, "tokenizer.ggml.tokens")
    return header.text("tokenizer.ggml.model") == "gpt2" and is_modern


def _texts(header: GgufHeader, key: str) -> list[bytes]:
    value = header.metadata.get(key)
    found: list[Value] = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, bytes)]


def _tokens_as_bytes(header: GgufHeader, tokens: list[bytes]) -> list[bytes]:
    types = header.metadata.get("tokenizer.ggml.token_type")
    assert isinstance(types, list)  # the rules see to it
    return [
        text if kind in (_CONTROL, _USER_DEFINED) else _as_bytes(text)
        for text, kind in zip(tokens, types, strict=True)
    ]


def _merge_as_bytes(merge: bytes) -> bytes:
    """The old loader looks pairs up with space and newline spelled, and all else as bytes."""
    parts = (_as_bytes(part) for part in merge.split(b" "))
    return b" ".join(
        part.replace(b" ", _SPELLED_SPACE).replace(b"\n", _SPELLED_NEWLINE) for part in parts
    )


def _as_bytes(text: bytes) -> bytes:
    """Return the bytes that the characters of a byte-pair text stand for."""
    try:
        return bytes(_BYTES[character] for character in text.decode())
    except (KeyError, UnicodeDecodeError):
        return text  # a special token, with characters that stand for themselves


def _byte_characters() -> dict[str, int]:
    """Return GPT-2's table: bytes that can be printed stand for themselves, others from U+0100."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    table = {chr(byte): byte for byte in printed}
    return table | {chr(256 + place): byte for place, byte in enumerate(others)}


_BYTES = _byte_characters()
_SPELLED_SPACE, _SPELLED_NEWLINE = "\u0120".encode(), "\u010a".encode()


# -- tensors --------------------------------------------------------------------------------------
def _tensors(header: GgufHeader, file: int) -> list[gguf.NewTensor]:
    names = {tensor.name for tensor in header.tensors}
    found = []
    for tensor in header.tensors:
        if tensor.name in _DROPPED:
            continue
        found.append(_copied(tensor, tensor.name, header, file))
        if tensor.name == "token_embd.weight" and "output.weight" not in names:
            found.append(_copied(tensor, "output.weight", header, file))
    return found


def _copied(tensor: Tensor, name: str, header: GgufHeader, file: int) -> gguf.NewTensor:
    start, size = header.data_start + tensor.offset, tensor.size or 0
    kind = _F16 if tensor.kind == _BF16 else tensor.kind

    def pieces() -> Iterator[bytes]:
        for place in range(0, size, _PIECE):
            piece = os.pread(file, min(_PIECE, size - place), start + place)
            yield _as_f16(piece) if tensor.kind == _BF16 else piece

    assert kind in TENSOR_TYPES  # the rules see to it
    return gguf.NewTensor(name, tensor.shape, kind, pieces)


def _as_f16(data: bytes) -> bytes:
    """Return BF16 numbers as F16; what is too large for it becomes the largest."""
    count = len(data) // 2
    wide = bytearray(4 * count)
    wide[2::4], wide[3::4] = data[0::2], data[1::2]  # BF16 is the upper half of F32
    values = struct.unpack(f"<{count}f", wide)
    try:
        return struct.pack(f"<{count}e", *values)
    except OverflowError:
        near = (min(max(value, -_LARGEST_F16), _LARGEST_F16) for value in values)
        return struct.pack(f"<{count}e", *near)
