"""Folders of models as other programs leave them: a hub's cache, Ollama's lists and blobs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

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
