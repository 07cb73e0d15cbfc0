"""Writes GGUF files, version 3: entries of metadata, then tensors, one after the other.

Follows the GGUF specification of ggml. Tensors come as pieces of bytes, so that no file has to fit
into memory. Knows no model and no engine.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import BinaryIO

from oi_tui.models.local.gguf import MAGIC, TENSOR_TYPES

VERSION = 3
ALIGNMENT = 32  # of each tensor, in bytes: what a reader takes for granted
_U32, _I32, _F32, _BOOL, _TEXT, _ARRAY = 4, 5, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class NewTensor:
    """A tensor to write; `pieces` is asked for its bytes once, in their order."""

    name: str
    shape: tuple[int, ...]
    kind: int  # see TENSOR_TYPES
    pieces: Callable[[], Iterable[bytes]]

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        _, values, bytes_ = TENSOR_TYPES[self.kind]
        return -(-prod(self.shape) // values) * bytes_


# -- entries --------------------------------------------------------------------------------------
def text(key: str, value: str | bytes) -> bytes:
    """Return the entry of a text."""
    return _entry(key, _TEXT, _string(value))


def whole(key: str, value: int) -> bytes:
    """Return the entry of a count."""
    return _entry(key, _U32, struct.pack("<I", value))


def real(key: str, value: float) -> bytes:
    """Return the entry of a number with a fraction."""
    return _entry(key, _F32, struct.pack("<f", value))


def truth(key: str, value: bool) -> bytes:
    """Return the entry of a yes or no."""
    return _entry(key, _BOOL, struct.pack("<?", value))


def texts(key: str, values: Sequence[bytes]) -> bytes:
    """Return the entry of a list of texts."""
    return _array(key, _TEXT, len(values), b"".join(_string(value) for value in values))


def wholes(key: str, values: Sequence[int]) -> bytes:
    """Return the entry of a list of whole numbers."""
    return _array(key, _I32, len(values), struct.pack(f"<{len(values)}i", *values))


def reals(key: str, values: Sequence[float]) -> bytes:
    """Return the entry of a list of numbers with fractions."""
    return _array(key, _F32, len(values), struct.pack(f"<{len(values)}f", *values))


# -- the file -------------------------------------------------------------------------------------
def write_gguf(
    stream: BinaryIO,
    entries: Sequence[bytes],
    tensors: Sequence[NewTensor],
    written: Callable[[float], None] = lambda _part: None,
) -> None:
    """Write a file; `written` hears which part of the tensors is there.

    Raises:
        ValueError: a tensor had another size than its shape says.
        OSError: it cannot be written.
    """
    stream.write(MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(entries)))
    stream.writelines(entries)
    offset = 0
    for tensor in tensors:
        stream.write(_listed(tensor, offset))
        offset += _padded(tensor.size)
    stream.write(bytes(-stream.tell() % ALIGNMENT))
    done = 0
    for tensor in tensors:
        size = 0
        for piece in tensor.pieces():
            stream.write(piece)
            size += len(piece)
            written((done + size) / max(offset, 1))
        if size != tensor.size:
            raise ValueError(f"{tensor.name}: {size} bytes instead of {tensor.size}")
        stream.write(bytes(_padded(size) - size))
        done += _padded(size)


def _listed(tensor: NewTensor, offset: int) -> bytes:
    sides = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    return _string(tensor.name) + sides + struct.pack("<IQ", tensor.kind, offset)


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return _string(key) + struct.pack("<I", kind) + value


def _array(key: str, kind: int, count: int, values: bytes) -> bytes:
    return _entry(key, _ARRAY, struct.pack("<IQ", kind, count) + values)


def _string(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return size + -size % ALIGNMENT
