"""The model files that lie on this machine: ours, and what other programs for models keep.

Told by folders, links and lists of those programs alone: no model file is opened. Others' folders
are read and never written to. What a stranger put there is data: names are not trusted, links and
deep trees end somewhere.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from oi_tui.models.local.part_file import SUFFIX, is_busy
from oi_tui.models.local.repository import DEEPEST, RepositoryFile, models_in
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_MOST_ENTRIES = 20_000  # that are looked at in one place
_MOST_LIST = 1_000_000  # bytes of a list that another program wrote
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf\Z", re.I)
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})\Z")
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_OLLAMA_HUB = "registry.ollama.ai"
OLLAMA = "ollama:"  # begins the names of its models


class Source(StrEnum):
    """Who keeps a file."""

    OURS = "oi-tui"
    HUGGING_FACE = "hugging_face"
    LM_STUDIO = "lm_studio"
    OLLAMA = "ollama"
    LLAMA_CPP = "llama_cpp"
    PACKAGE = "package"
    FILE = "file"  # a person, somewhere

    def in_words(self) -> str:
        """Say it to a person."""
        match self:
            case Source.OURS:
                return "oi-tui"
            case Source.HUGGING_FACE:
                return tr("Hugging Face cache")
            case Source.LM_STUDIO:
                return "LM Studio"
            case Source.OLLAMA:
                return "Ollama"
            case Source.LLAMA_CPP:
                return tr("llama.cpp cache")
            case Source.PACKAGE:
                return tr("a Python package: a toy, to try things")
            case Source.FILE:
                return tr("a file of yours")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """One model: a file, or all parts that it was split into.

    `repository` and `tag` name it: `OWNER/NAME` and a quantization or a file; `ollama:NAME` and
    Ollama's tag; a name that needs no tag. Without a repository its path is its name.
    """

    parts: tuple[Path, ...]
    size: int  # bytes, all parts together
    source: Source
    repository: str = ""
    tag: str = ""
    file: str = ""  # its path within the repository
    problem: str = ""  # why it cannot be read, for a person
    to_pull: str = ""  # what goes on with its download: OWNER/NAME:FILE

    @property
    def path(self) -> Path:
        """The file that an engine is given: the first part."""
        return self.parts[0]

    @property
    def title(self) -> str:
        """What it is called in a message: its name, or that of its file."""
        return self.name if self.repository else self.path.name

    @property
    def name(self) -> str:
        """What `Library.find` gets it back by."""
        if not self.repository:
            return str(self.path)
        return f"{self.repository}:{self.tag}" if self.tag else self.repository


def found_models(ours: Path | None, environ: Mapping[str, str]) -> Iterator[FoundModel]:
    """Yield what is on this machine, ours first; what cannot be looked into is passed over."""
    if ours is not None:
        yield from in_repositories(ours, Source.OURS)
        yield from begun_downloads(ours)
    yield from in_hub_cache(hub_cache(environ))
    for folder in lm_studio_folders(environ):
        yield from in_repositories(folder, Source.LM_STUDIO)
    for folder in ollama_folders(environ):
        yield from in_ollama(folder)
    yield from loose_files(llama_cpp_cache(environ), Source.LLAMA_CPP)


# -- where they are -------------------------------------------------------------------------------
def hub_cache(environ: Mapping[str, str]) -> Path:
    """Return the folder in which the hub's own programs keep what they fetch."""
    named = environ.get("HF_HUB_CACHE", "") or environ.get("HUGGINGFACE_HUB_CACHE", "")
    if named:
        return _folder(named, environ)
    home = environ.get("HF_HOME", "")
    return (_folder(home, environ) if home else _cache(environ) / "huggingface") / "hub"


def ollama_folders(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders in which Ollama keeps models: the person's, and the system service's."""
    named = environ.get("OLLAMA_MODELS", "")
    if named:
        return (_folder(named, environ),)
    return (_home(environ) / ".ollama/models", Path("/usr/share/ollama/.ollama/models"))


def lm_studio_folders(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders in which LM Studio keeps models: where it says, else where it used to."""
    home = _home(environ)
    pointed = _text(home / ".lmstudio-home-pointer").strip()
    places = [Path(pointed)] if os.path.isabs(pointed) else []
    places += [home / ".lmstudio", home / ".cache/lm-studio"]
    chosen = [_json(place / "settings.json").get("downloadsFolder") for place in places]
    folders = [Path(one) for one in chosen if isinstance(one, str) and os.path.isabs(one)]
    return tuple(dict.fromkeys([*folders, *(place / "models" for place in places)]))


def llama_cpp_cache(environ: Mapping[str, str]) -> Path:
    """Return the folder in which llama.cpp's programs keep what they fetch."""
    named = environ.get("LLAMA_CACHE", "")
    return _folder(named, environ) if named else _cache(environ) / "llama.cpp"


def _cache(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CACHE_HOME", "")
    return Path(named) if os.path.isabs(named) else _home(environ) / ".cache"


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME", "") or os.path.expanduser("~"))


def _folder(named: str, environ: Mapping[str, str]) -> Path:
    rest = named.removeprefix("~/")
    return _home(environ) / rest if rest != named else Path(named).absolute()


# -- folders OWNER/NAME ---------------------------------------------------------------------------
def in_repositories(folder: Path, source: Source) -> Iterator[FoundModel]:
    """Yield the models below folders `OWNER/NAME`, and files that lie beside these."""
    yield from loose_files(folder, source)
    for owner in _folders(folder):
        yield from loose_files(owner, source)
        for place in _folders(owner):
            files = {str(path.relative_to(place)): path for path in _files(place)}
            yield from _of_repository(f"{owner.name}/{place.name}", files, source)


def begun_downloads(folder: Path) -> Iterator[FoundModel]:
    """Yield what was fetched of models that are not here whole yet."""
    for owner in _folders(folder):
        for place in _folders(owner):
            for path in _files(place, SUFFIX):
                target = path.with_suffix("").with_suffix("")  # behind the name: a mark, `.part`
                if not target.exists():
                    name, file = f"{owner.name}/{place.name}", str(target.relative_to(place))
                    to_pull = "" if is_busy(path) else _to_pull(name, file)
                    problem = _unfinished(to_pull)
                    size = max(_size(path), 0)
                    yield FoundModel((path,), size, Source.OURS, name, file, file, problem, to_pull)


def _unfinished(to_pull: str) -> str:
    if not to_pull:
        return tr("It is being fetched.")
    return tr(
        "Its download is not finished: oi-tui models pull {name} goes on with it.", name=to_pull
    )


def _to_pull(repository: str, file: str) -> str:
    """Return what fetches the model that a file, or one of its parts, belongs to."""
    first = _PART.sub(lambda part: f"-00001{part[0][6:]}", file)
    return one_line(f"{repository}:{first}", 200)


def loose_files(folder: Path, source: Source) -> Iterator[FoundModel]:
    """Yield the models that lie in a folder itself."""
    files = {path.name: path for path in _files(folder, depth=0)}
    yield from _of_repository("", files, source)


def _of_repository(
    repository: str, files: Mapping[str, Path], source: Source
) -> Iterator[FoundModel]:
    """Yield the models among the files of a repository; `files`: by their path in it."""
    sizes = {name: _size(path) for name, path in files.items()}
    whole = models_in([RepositoryFile(name, size) for name, size in sizes.items() if size >= 0])
    tags = [model.quantization.lower() for model in whole]
    used = {part.path for model in whole for part in model.parts}
    for model in whole:
        parts = tuple(files[part.path] for part in model.parts)
        is_told = bool(model.quantization) and tags.count(model.quantization.lower()) == 1
        tag = model.quantization if is_told else model.name
        yield FoundModel(parts, model.size, source, repository, tag, model.name)
    for name in sorted(files.keys() - used):
        to_pull = ""
        if source is Source.OURS and _PART.search(name):
            to_pull = _to_pull(repository, name)
        if problem := _problem(name, sizes[name], to_pull):
            size = max(sizes[name], 0)
            yield FoundModel((files[name],), size, source, repository, name, name, problem, to_pull)


def _problem(name: str, size: int, to_pull: str) -> str:
    """Return why a file is not part of a whole model; empty: it is none to talk to."""
    if size < 0:
        return tr("It is a link to a file that is gone.")
    if not _PART.search(name):
        return ""
    if not to_pull:
        return tr("Other parts of it are not here.")
    return tr(
        "Other parts of it are not here: oi-tui models pull {name} fetches them.", name=to_pull
    )


# -- the hub's cache ------------------------------------------------------------------------------
def in_hub_cache(folder: Path) -> Iterator[FoundModel]:
    """Yield the models in a cache of the hub's programs: links to files that are named by hash."""
    for place in _folders(folder):
        kind, _, rest = place.name.partition("--")
        if kind != "models" or not rest:
            continue
        files: dict[str, Path] = {}
        snapshots = sorted(_folders(place / "snapshots"), key=_changed, reverse=True)
        for snapshot in snapshots:  # what an older one has only is still there
            for path in _files(snapshot):
                files.setdefault(str(path.relative_to(snapshot)), path)
        yield from _of_repository(rest.replace("--", "/", 1), files, Source.HUGGING_FACE)


# -- Ollama ---------------------------------------------------------------------------------------
def in_ollama(folder: Path) -> Iterator[FoundModel]:
    """Yield the models of an Ollama: lists, by name and tag, of files that are named by hash."""
    lists = folder / "manifests"
    for path in _files(lists, ending="", depth=6):
        host, *middle, tag = path.relative_to(lists).parts
        blob = _ollama_blob(folder, _json(path))
        if blob is None or not middle:
            continue
        if host == _OLLAMA_HUB:
            middle = middle[1:] if middle[0] == "library" else middle
        else:
            middle = [host, *middle]
        size = _size(blob)
        problem = tr("The file that Ollama names for it is gone.") if size < 0 else ""
        name = OLLAMA + "/".join(middle)
        yield FoundModel((blob,), max(size, 0), Source.OLLAMA, name, tag, problem=problem)


def _ollama_blob(folder: Path, listed: Mapping[str, object]) -> Path | None:
    """Return the model file that one of Ollama's lists names; None: it is not on this machine."""
    layers = listed.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or layer.get("mediaType") != _OLLAMA_MODEL:
            continue
        digest = layer.get("digest")
        if isinstance(digest, str) and (found := _DIGEST.match(digest)):
            old = folder / "blobs" / digest
            return old if old.exists() else folder / "blobs" / f"sha256-{found[1]}"
    return None


# -- reading --------------------------------------------------------------------------------------
def _folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, by name, links to folders too."""
    return [path for path in _entries(folder) if os.path.isdir(path)]


def _files(folder: Path, ending: str = ".gguf", depth: int = DEEPEST) -> Iterator[Path]:
    """Yield the files below a folder, by name, links too; no link to a folder is followed."""
    for path in _entries(folder):
        if os.path.isdir(path):
            if depth and not path.is_symlink():
                yield from _files(path, ending, depth - 1)
        elif path.name.lower().endswith(ending):
            yield path


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, by name, without what is hidden; nothing if it is no folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in itertools.islice(entries, _MOST_ENTRIES)]
        return [folder / name for name in sorted(names) if not name.startswith(".")]
    return []


def _size(path: Path) -> int:
    """Return the bytes of a file; -1: there is none."""
    try:
        state = path.stat()
    except OSError:
        return -1
    return state.st_size if stat.S_ISREG(state.st_mode) else -1


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _text(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_LIST)
    except OSError:
        return ""


def _json(path: Path) -> Mapping[str, object]:
    try:
        value = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
