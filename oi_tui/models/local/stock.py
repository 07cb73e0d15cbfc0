"""The models of this machine for front ends: those here, those that could be here, and the way.

Puts together the library, the catalog, the hub and downloads. Contacts the hub only in `look_up`
and `fetch`. Every method may block.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from oi_tui.models.base import ModelError
from oi_tui.models.choices import DownloadChoice, Fetching, FileChoice
from oi_tui.models.local import catalog, download, machine, quality
from oi_tui.models.local.appraisal import CONVERTED, Reading, appraised, label_of, reading_of
from oi_tui.models.local.gguf import GgufError
from oi_tui.models.local.hub import HOME, Hub
from oi_tui.models.local.library import Library
from oi_tui.models.local.repository import ModelFile, RepositoryFiles, quantization_in
from oi_tui.models.local.sources import FoundModel, Source
from oi_tui.models.providers import LOCAL
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.names import file_name
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_PAGES_OF_THE_HUB = ("huggingface.co", "hf.co")
_PAGE = re.compile(r"https?://([^/]+)/([^/?#]+/[^/?#]+)(?:/(?:blob|resolve)/[^/]+/([^?#]+))?")


class Stock:
    """What is here and what could be. `folder`: where fetched models go; need not exist."""

    def __init__(self, folder: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._environ = environ
        self.library = Library(folder, environ)

    # -- here -----------------------------------------------------------------------------------
    def machine(self) -> machine.Machine:
        """Return what this machine has."""
        return machine.look(self._folder)

    def files(self) -> Sequence[FileChoice]:
        """List the models that are here: usable ones first, by name."""
        here = self.machine()
        rows = [appraised(one, here) for one in self.library.models()]
        return sorted(rows, key=lambda row: (bool(row.problem), row.label.casefold()))

    def named(self, name: str) -> FileChoice:
        """Return the model that a name means, also one that cannot be used.

        Raises:
            ModelError: there is none, or the name could mean several.
        """
        return appraised(self._found(name), self.machine())

    def reading(self, name: str) -> Reading:
        """Return what the header of a model says.

        Raises:
            ModelError: as above.
        """
        return reading_of(self._found(name))

    def convert(
        self,
        name: str,
        target: Path | None,
        written: Callable[[float], None],
        *,
        may_replace: bool = False,
    ) -> tuple[FileChoice, Sequence[str]]:
        """Rewrite a model so that ctransformers loads it; return it, and what was changed.

        `target` None: into our folder. `written` hears which part is there.

        Raises:
            ModelError: it needs no conversion, none helps, something is at `target` already, or a
                file cannot be read or written.
        """
        from oi_tui.models.local.ctransformers.convert import ConvertError, convert
        from oi_tui.models.local.part_file import make_folder

        found = self.library.find(name)
        try:
            if target is None:
                stem = _stem_of(found)
                target = self._folder / CONVERTED / stem / f"{stem}.gguf"
                make_folder(target.parent)
            if target.is_file() and not may_replace:
                raise _is_there(target)
            made = convert(found.path, target.absolute(), written)
        except (ConvertError, GgufError) as error:
            raise _unconverted(name, str(error)) from None
        except OSError as error:
            place = one_line(str(error.filename or target), 300)
            raise _unconverted(name, f"{place}: {error.strerror or error}") from None
        choice = appraised(self.library.find(str(made.path)), self.machine())
        here = next((one for one in self.library.models() if one.path == made.path), None)
        short = here.name if here is not None else str(made.path)
        return replace(choice, model=f"ctransformers/{short}"), made.notes

    def remove(self, path: Path) -> None:
        """Delete one of our models, by the path of its (first) file.

        Raises:
            ModelError: it is not ours, or the system refuses.
        """
        found = self.library.holding(path) or FoundModel((path,), 0, Source.FILE)
        try:
            self.library.remove(found)
        except OSError as error:
            title = tr("{name} could not be deleted.", name=one_line(path.name))
            detail = one_line(f"{error.filename}: {error.strerror}", 300)
            raise ModelError(ErrorInfo(ErrorKind.STORE, title, detail)) from None

    def _found(self, name: str) -> FoundModel:
        means = self.library.all_of(name)
        if len(means) > 1:
            names = ", ".join(one_line(one.name) for one in means)
            raise ModelError(
                ErrorInfo(
                    ErrorKind.MODEL_MISSING,
                    tr("{name} could be several models.", name=one_line(name)),
                    names,
                    tr("Name one of them."),
                )
            )
        return means[0] if means else self.library.find(name)

    # -- to be fetched --------------------------------------------------------------------------
    def offers(self) -> Sequence[DownloadChoice]:
        """List what the catalog offers for this machine, best first; contacts nobody."""
        return catalog.offers(self.machine())

    def look_up(self, name: str, wanted: float | None = None) -> DownloadChoice:
        """Ask the hub for a repository; return its file of a quality (0 to 1), or the best here.

        `name` may say the file: `OWNER/NAME:Q4_K_M`, `OWNER/NAME:FILE.gguf`, a page's address.

        Raises:
            ModelError: there is none, or the hub cannot be asked.
        """
        hub = Hub.from_environment(self._environ)
        repository, tag = _told(name, hub.host)
        files = hub.models(repository)
        here = self.machine()
        return catalog.found(files, _model_of(files, tag, wanted, here), here)

    def fetch(
        self, choice: DownloadChoice, tell: Callable[[Fetching], None], stop: Event
    ) -> FileChoice:
        """Download a model; see `download.fetch`."""
        hub = Hub.from_environment(self._environ)
        repository, _ = _told(choice.model, hub.host)
        files = download.unless_stopped(lambda: hub.models(repository), stop)
        model = files.named(choice.file) or files.quantized(quantization_in(choice.file))
        if model is None:  # the person agreed to that one, and to its size
            raise _gone(choice, hub.host)
        path = download.fetch(hub, files, model, self._folder, tell, stop)
        found = self.library.holding(path) or self.library.find(str(path))
        return appraised(found, self.machine())


def _told(name: str, host: str) -> tuple[str, str]:
    """Return repository and tag that a name tells, in whatever form a person has it.

    Raises:
        ModelError: it is the address of a page elsewhere than at the hub.
    """
    name = name.strip()
    if page := _PAGE.match(name):
        if page[1].removeprefix("www.") not in (*_PAGES_OF_THE_HUB, host):
            raise _elsewhere(name, host)
        return page[2], page[3] or ""
    prefix, slash, rest = name.partition("/")
    if slash and (prefix in LOCAL or prefix in ("huggingface", HOME.partition("//")[2])):
        name = rest
    repository, _, tag = name.partition(":")
    return repository, tag


def _stem_of(found: FoundModel) -> str:
    """Return a name that no other model's conversion has."""
    label = label_of(found)
    owner = found.repository.partition("/")[0] if "/" in found.repository else ""
    return file_name(f"{owner}-{label}" if owner else label)


def _is_there(path: Path) -> ModelError:
    title = tr("{path} is there already.", path=one_line(str(path), 300))
    hint = tr("--force writes over it, -o names another place.")
    return ModelError(ErrorInfo(ErrorKind.STORE, title, hint=hint))


def _unconverted(name: str, why: str) -> ModelError:
    title = tr("{name} was not converted.", name=one_line(name))
    return ModelError(ErrorInfo(ErrorKind.CONFIG, title, why))


def _elsewhere(address: str, host: str) -> ModelError:
    title = tr("{page} is not a page of {host}.", page=one_line(address, 200), host=host)
    hint = tr("Name a repository there: OWNER/NAME. HF_ENDPOINT names another hub.")
    return ModelError(ErrorInfo(ErrorKind.CONFIG, title, hint=hint))


def _gone(choice: DownloadChoice, host: str) -> ModelError:
    title = tr("{host} no longer has {file}.", host=host, file=one_line(choice.file))
    repository = one_line(choice.model.removeprefix("local/"))
    hint = tr("See what it has: oi-tui models pull {name}", name=repository)
    return ModelError(ErrorInfo(ErrorKind.MODEL_MISSING, title, hint=hint))


def _model_of(
    files: RepositoryFiles, tag: str, wanted: float | None, here: machine.Machine
) -> ModelFile:
    if not tag:
        found = quality.pick(files.models, wanted, here)
        assert found is not None  # the hub's `models` has one
        return found
    for model in files.models:
        names = (model.quantization, model.name, model.name.rpartition("/")[2])
        if tag.casefold() in {one.casefold() for one in names if one}:
            return model
    tags = ", ".join(one.quantization or one.name for one in files.models)
    raise ModelError(
        ErrorInfo(
            ErrorKind.MODEL_MISSING,
            tr("{name} has no {tag}.", name=files.repository, tag=one_line(tag)),
            tr("It has: {tags}", tags=one_line(tags, 400)),
        )
    )
