"""The header of a GGUF file, read without an engine and without trust.

Follows the GGUF specification of ggml, versions 2 and 3 (little endian). Owns the bounds: no file,
however damaged, makes the reader take more than a moment, more memory than the file's own header,
or raise anything but `GgufError`. Knows no engine and no tensor's content.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO

from oi_tui.text.translation import tr

MAGIC = b"GGUF"
VERSIONS = (2, 3)
_MOST_ENTRIES = 100_000  # metadata keys, and tensors
_MOST_TEXT = 16 * 1024 * 1024  # bytes of one text, such as a chat template
_MOST_ITEMS = 4_000_000  # items of all arrays; the largest vocabularies have 300,000
_MOST_TEXTS = 1_000_000  # of these, texts: each takes its time
_MOST_ARRAYS = 1000  # that lie in arrays; no known file has any
_MOST_BYTES = 256 * 1024 * 1024  # of a header; the largest known are below 20 MiB
_MOST_DIMENSIONS = 8
_MOST_NESTING = 4  # arrays within arrays
_DEFAULT_ALIGNMENT = 32

Value = int | float | bool | bytes | list["Value"]

_SCALARS: Mapping[int, str] = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_TEXT, _ARRAY = 8, 9

# Tensor type: its name, how many values a block holds, and how many bytes that block takes.
TENSOR_TYPES: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}


class GgufError(Exception):
    """A file is no GGUF file that can be read; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the header lists it; `offset` counts from the start of the data."""

    name: str
    shape: tuple[int, ...]
    kind: int  # see TENSOR_TYPES
    offset: int

    @property
    def values(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def size(self) -> int | None:
        """How many bytes it takes; None for a kind that this version does not know."""
        known = TENSOR_TYPES.get(self.kind)
        return None if known is None else -(-self.values // known[1]) * known[2]


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What stands before the tensors. Texts are bytes: nothing says that they are UTF-8."""

    version: int
    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]
    data_start: int  # bytes from the beginning of the file
    file_size: int
    # Where each entry of the metadata begins and ends in the file, for who copies it as it is.
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a text of the metadata; empty if it is absent or of another type."""
        value = self.metadata.get(key)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""

    def number(self, key: str) -> int:
        """Return a whole number of the metadata; 0 if it is absent or of another type."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    @property
    def is_cut_short(self) -> bool:
        """Whether the file ends before one of its tensors does."""
        ends = (self.data_start + one.offset + (one.size or 0) for one in self.tensors)
        return max(ends, default=self.data_start) > self.file_size


def read_header(path: Path) -> GgufHeader:
    """Read the header of the file at `path`.

    Raises:
        GgufError: it is no GGUF file, or a damaged one.
        OSError: it cannot be opened or read.
    """
    with open(path, "rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise GgufError(tr("This is no GGUF file."))
        return _Reader(stream, os.fstat(stream.fileno()).st_size).header()


class _Reader:
    """Reads forward, never beyond the file's end."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size
        self._items, self._texts, self._arrays = _MOST_ITEMS, _MOST_TEXTS, _MOST_ARRAYS  # to come
        self._bytes_left = _MOST_BYTES

    def header(self) -> GgufHeader:
        version = self._whole("<I")
        self._check_version(version)
        tensors, entries = self._count(_MOST_ENTRIES), self._count(_MOST_ENTRIES)
        metadata: dict[str, Value] = {}
        spans: dict[str, tuple[int, int]] = {}
        for _ in range(entries):
            start = self._stream.tell()
            name, value = self._entry()
            metadata[name], spans[name] = value, (start, self._stream.tell())
        listed = tuple(self._tensor() for _ in range(tensors))
        if len(metadata) < entries or len({one.name for one in listed}) < tensors:
            raise GgufError(tr("The file is damaged: something in it has the name of another."))
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
            raise _damaged()
        start = -(-self._stream.tell() // alignment) * alignment
        return GgufHeader(version, metadata, listed, start, self._size, spans)

    def _check_version(self, version: int) -> None:
        if version in VERSIONS:
            return
        if int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS:
            raise GgufError(tr("It was made for machines that store numbers the other way round."))
        raise GgufError(tr("Its format version, {version}, is not known.", version=version))

    def _entry(self) -> tuple[str, Value]:
        return self._name(), self._value(self._whole("<I"), _MOST_NESTING)

    def _tensor(self) -> Tensor:
        name, dimensions = self._name(), self._whole("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise _damaged()
        shape = tuple(self._whole("<Q") for _ in range(dimensions))
        if any(not 0 < side < 1 << 48 for side in shape):
            raise _damaged()
        return Tensor(name, shape, self._whole("<I"), self._whole("<Q"))

    def _name(self) -> str:
        return self._text().decode("utf-8", "replace")

    def _text(self) -> bytes:
        return self._bytes(self._count(_MOST_TEXT))

    def _value(self, kind: int, depth: int) -> Value:
        if kind == _TEXT:
            return self._text()
        if kind == _ARRAY:
            return self._array(depth)
        scalar = _SCALARS.get(kind)
        if scalar is None:
            raise _damaged()
        value: Value = self._unpack(scalar)[0]
        return value

    def _array(self, depth: int) -> list[Value]:
        kind, count = self._whole("<I"), self._count(self._items)
        if depth == 0:
            raise _damaged()
        self._items -= count
        scalar = _SCALARS.get(kind)
        self._texts -= count if kind == _TEXT else 0
        self._arrays -= count if kind == _ARRAY else 0
        if self._texts < 0 or self._arrays < 0:
            raise _damaged()
        if scalar is None:
            return [self._value(kind, depth - 1) for _ in range(count)]
        return list(self._unpack(f"<{count}{scalar[1]}"))

    def _count(self, most: int) -> int:
        count = self._whole("<Q")
        if count > most:
            raise _damaged()
        return count

    def _whole(self, form: str) -> int:
        (value,) = struct.unpack(form, self._bytes(struct.calcsize(form)))
        return int(value)

    def _unpack(self, form: str) -> tuple[Value, ...]:
        return struct.unpack(form, self._bytes(struct.calcsize(form)))

    def _bytes(self, count: int) -> bytes:
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise _damaged()
        data = self._stream.read(count) if count <= self._size else b""
        if len(data) != count:
            raise GgufError(tr("The file is cut short."))
        return data


def _damaged() -> GgufError:
    return GgufError(tr("The file is damaged: its header makes no sense."))
