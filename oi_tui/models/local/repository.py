"""What a repository of the hub holds: its files, and which of them are models.

Plain data, and the reading of names. Every name was written by a stranger: those that could lie
outside a folder are refused. Knows no network.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\Z")
_PATH_PART = re.compile(r"[\w+@=()\[\], -][\w.+@=()\[\], -]{0,199}\Z")
_SPLIT = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf\Z", re.I)
# The last of these in a name is the quantization: `Model-Q4_K_M.gguf`, `model.q8_0.gguf`.
_QUANTIZATION = re.compile(
    r"(?<![A-Za-z0-9])(?:UD-)?"
    r"(I?Q[1-9](?:_[A-Z0-9]{1,3}){0,3}|TQ[12]_0|MXFP4|BF16|F16|F32|FP16)(?![A-Za-z0-9])",
    re.I,
)
# Files in the format of models that nobody can talk to: pictures' encoders, measurements,
# vocabularies, heads for drafting.
_PARTS_OF_MODELS = re.compile(r"mmproj|imatrix|ggml-vocab|control[-_]vector|lora|draft", re.I)
_MOST_PARTS = 999
_LONGEST = 200  # bytes of a name: file systems take 255, and a part's name is longer
DEEPEST = 4  # folders below a repository: what lies deeper is neither fetched nor found


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """One file. `sha256` empty: the hub did not tell."""

    path: str  # within the repository
    size: int  # bytes
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model: a file, or the parts that it was split into, in order."""

    parts: tuple[RepositoryFile, ...]
    quantization: str = ""  # Q4_K_M; empty: its name does not tell

    @property
    def name(self) -> str:
        """The path of its (first) file in the repository."""
        return self.parts[0].path

    @property
    def size(self) -> int:
        """Bytes, all parts together."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class RepositoryFiles:
    """A repository at one commit. 0 and empty: the hub did not tell."""

    repository: str  # OWNER/NAME as the hub writes it
    commit: str
    models: tuple[ModelFile, ...]  # smallest first
    license: str = ""
    context_window: int = 0  # tokens that it was trained for
    base: str = ""  # the repository that it was made from
    is_gated: bool = False

    def named(self, file: str) -> ModelFile | None:
        """Return the model whose (first) file has this path."""
        return next((one for one in self.models if one.name == file), None)

    def quantized(self, quantization: str) -> ModelFile | None:
        """Return the smallest model of this quantization."""
        of_it = (one for one in self.models if one.quantization == quantization)
        return next(of_it, None) if quantization else None


def is_repository(name: str) -> bool:
    """Return whether a name can be a repository: `OWNER/NAME`."""
    return bool(_NAME.match(name)) and ".." not in name and "--" not in name


def is_safe_path(path: str) -> bool:
    """Return whether a path stays inside the folder that it is put into, and is found there."""
    parts = path.split("/")
    return (
        len(path.encode("utf-8", "replace")) <= 512
        and len(parts) <= DEEPEST + 1
        and all(_PATH_PART.match(part) and len(os.fsencode(part)) <= _LONGEST for part in parts)
    )


def models_in(files: list[RepositoryFile]) -> tuple[ModelFile, ...]:
    """Return the models among files, smallest first; parts that lack others are left out."""
    whole: list[ModelFile] = []
    split: dict[tuple[str, int], dict[int, RepositoryFile]] = {}
    for file in files:
        name = file.path.rpartition("/")[2]
        if not file.path.lower().endswith(".gguf") or _PARTS_OF_MODELS.search(name):
            continue
        part = _SPLIT.match(file.path)
        if part is None:
            whole.append(ModelFile((file,), quantization_in(file.path)))
        else:
            split.setdefault((part[1], int(part[3])), {})[int(part[2])] = file
    for (stem, count), parts in split.items():
        if 0 < count <= _MOST_PARTS and set(parts) == set(range(1, count + 1)):
            ordered = tuple(parts[number] for number in range(1, count + 1))
            whole.append(ModelFile(ordered, quantization_in(stem)))
    return tuple(sorted(whole, key=lambda one: (one.size, one.name)))


def quantization_in(path: str) -> str:
    """Return the quantization that a file's name tells: its own words first, then its folder's."""
    for part in reversed(path.split("/")):
        found = _QUANTIZATION.findall(part)
        if found:
            return str(found[-1]).upper().replace("FP16", "F16")
    return ""
