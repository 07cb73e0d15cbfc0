"""Folders of models as other programs leave them: a hub's cache, Ollama's lists and blobs."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

from oi_tui.models.local import gguf_writer as gguf
from tests.support.tiny_gguf import Tiny, parts

_COMMIT = "c" * 40


def written(path: Path, text: str = "words") -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def hub_file(
    cache: Path, repository: str, file: str, text: str = "", commit: str = _COMMIT
) -> Path:
    """Put a file into a cache of the hub's programs; return the link to it."""
    place = cache / f"models--{repository.replace('/', '--')}"
    text = text or repository + file
    blob = written(place / "blobs" / hashlib.sha256(text.encode()).hexdigest(), text)
    link = place / "snapshots" / commit / file
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(Path("../" * (1 + file.count("/")) + f"../blobs/{blob.name}"))
    return link


def ollama_model(
    folder: Path, name: str, tag: str, text: str = "", host: str = "registry.ollama.ai"
) -> Path:
    """Give an Ollama a model; return its file."""
    text = text or name + tag
    digest = hashlib.sha256(text.encode()).hexdigest()
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "0" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"},
    ]
    written(folder / "manifests" / host / name / tag, json.dumps({"layers": layers}))
    return written(folder / "blobs" / f"sha256-{digest}", text)


def split_model(folder: Path, tiny: Tiny) -> list[Path]:
    """Write a tiny model in two parts, as large ones are; the second holds numbers only."""
    entries, tensors = parts(tiny)
    half = len(tensors) // 2
    paths = []
    for number, some in enumerate((tensors[:half], tensors[half:])):
        told = [
            _entry("split.no", 2, struct.pack("<H", number)),
            _entry("split.count", 2, struct.pack("<H", 2)),
            _entry("split.tensors.count", 5, struct.pack("<i", len(tensors))),
        ]
        paths.append(folder / f"tiny-Q8_0-0000{number + 1}-of-00002.gguf")
        with open(paths[-1], "wb") as stream:
            gguf.write_gguf(stream, told if number else [*entries, *told], some)
    return paths


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value
