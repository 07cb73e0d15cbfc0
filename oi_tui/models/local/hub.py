"""The model hub: what a repository holds, who has a file like it, and the bytes of a file.

Speaks the public interface of huggingface.co, or of a mirror that `HF_ENDPOINT` names. Contacts it
only when one of its methods is called. Everything that it says was written by strangers. Writes
nothing to the disk.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import quote

from oi_tui.models.base import ModelError
from oi_tui.models.local.hub_connection import (
    Answer,
    ForbiddenAddressError,
    UnreachableError,
    checked,
    get,
)
from oi_tui.models.local.repository import (
    RepositoryFile,
    RepositoryFiles,
    is_repository,
    is_safe_path,
    models_in,
)
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

HOME = "https://huggingface.co"
_MOST_BYTES = 16_000_000  # of an answer in JSON: the largest repositories have many files
_MOST_FILES = 20_000
_MOST_SIZE = 1 << 50  # bytes of one file
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_FOUND = 10  # repositories that a search is asked for
_NEAREST = 3
_LONGEST_WAIT = 60.0  # seconds that a server may ask for

Json = dict[str, Any]


class HubError(ModelError):
    """The hub, or a server that it sent us to, did not give what was asked for."""

    def __init__(self, info: ErrorInfo, *, may_pass: bool = False, wait: float = 0.0) -> None:
        """`may_pass`: asking again may help; `wait`: seconds that the server asked for."""
        super().__init__(info)
        self.may_pass, self.wait = may_pass, wait


class Hub:
    """One hub, by its address. Safe from any thread; every method waits for the network."""

    def __init__(self, base: str = HOME, token: str = "") -> None:
        """`token`: goes to the host of `base` only."""
        self.base = base.rstrip("/")
        try:
            self.host = checked(self.base).netloc
        except ForbiddenAddressError:
            raise _failure(
                ErrorKind.CONFIG,
                tr("The hub's address is not usable: {base}", base=one_line(base)),
                hint=tr("HF_ENDPOINT has to begin with https://"),
            ) from None
        self._token = token
        redactor.add(token)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Hub:
        """Return the hub as the person's other programs use it.

        Raises:
            ModelError: `HF_ENDPOINT` is no address.
        """
        return cls(environ.get("HF_ENDPOINT", "") or HOME, token_in(environ))

    # -- what there is --------------------------------------------------------------------------
    def models(self, repository: str) -> RepositoryFiles:
        """Return what a repository holds: at least one model.

        Raises:
            ModelError: there is none, nothing in it is a model (the nearest that has one is
                named), or the hub could not be asked.
        """
        files = self.files(repository)
        if not files.models:
            raise self._without_models(files)
        return files

    def files(self, repository: str) -> RepositoryFiles:
        """Return what a repository holds; it may be nothing that can be used.

        Raises:
            ModelError: there is none, or the hub could not be asked.
        """
        if not is_repository(repository):
            raise _failure(
                ErrorKind.MODEL_MISSING,
                tr("{name} is no name of a repository.", name=one_line(repository)),
                hint=tr("It looks like OWNER/NAME, as in the address of its page."),
            )
        said = self._json(f"/api/models/{repository}?blobs=true", repository)
        if not isinstance(said, dict):
            raise self._unreadable()
        return _repository(repository, said)

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return repositories with models whose names are most like this one, best first.

        Raises:
            ModelError: the hub could not be asked.
        """
        wanted = name.rpartition("/")[2]
        words = [one for one in re.split(r"[-_\s]+", wanted) if one]
        for count in range(len(words), 0, -1):
            query = quote(" ".join(words[:count]), safe="")
            rows = self._json(
                f"/api/models?search={query}&filter=gguf&sort=downloads&direction=-1&limit={_FOUND}",
                "",
            )
            names = (
                [row.get("id") for row in rows if isinstance(row, dict)]
                if isinstance(rows, list)
                else []
            )
            found = [one for one in names if isinstance(one, str) and is_repository(one)]
            if found:
                return tuple(sorted(found, key=lambda one: -_likeness(one, wanted))[:_NEAREST])
        return ()

    # -- bytes ------------------------------------------------------------------------------------
    def open(self, files: RepositoryFiles, file: RepositoryFile, start: int = 0) -> Answer:
        """Begin to receive a file from a byte on; the caller reads and closes the answer.

        The status is 200 (from the beginning, whatever was asked), 206, or 416: there is nothing
        after `start`.

        Raises:
            HubError: it is not given.
        """
        place = "/".join(quote(part, safe="") for part in file.path.split("/"))
        revision = files.commit or "main"
        address = f"{self.base}/{files.repository}/resolve/{revision}/{place}"
        answer = self._get(address, {"Range": f"bytes={start}-"} if start else {})
        if answer.status in (200, 206, 416):
            return answer
        with answer:
            raise self._refusal(answer, files.repository)

    # -- asking -----------------------------------------------------------------------------------
    def _json(self, path: str, repository: str) -> object:
        with self._get(self.base + path, {"Accept": "application/json"}) as answer:
            if answer.status != 200:
                raise self._refusal(answer, repository)
            try:
                return json.loads(answer.read_all(_MOST_BYTES))
            except UnreachableError as error:
                raise self.unreachable(str(error)) from None
            except (ValueError, RecursionError):
                raise self._unreadable() from None

    def _get(self, address: str, headers: Mapping[str, str]) -> Answer:
        try:
            return get(address, headers, self._token, self.host)
        except UnreachableError as error:
            raise self.unreachable(str(error)) from None
        except ForbiddenAddressError as error:
            raise _failure(
                ErrorKind.CONFIG,
                tr("{host} sent the request where it must not go.", host=self.host),
                tr("It redirects to {host}, without encryption.", host=one_line(str(error))),
            ) from None

    # -- words for failures -----------------------------------------------------------------------
    def unreachable(self, reason: str) -> HubError:
        """Return the failure of a connection that was not made, or broke."""
        return _failure(
            ErrorKind.NETWORK,
            tr("Cannot reach {host}.", host=self.host),
            one_line(reason, 200),
            tr("Models that are on this machine already work without the network."),
            may_pass=True,
        )

    def _unreadable(self) -> HubError:
        return _failure(
            ErrorKind.UNREADABLE_REPLY,
            tr("{host} sent something that is no list of files.", host=self.host),
            hint=tr("Does HF_ENDPOINT name a hub? A login page of the network may be in the way."),
        )

    def _refusal(self, answer: Answer, repository: str) -> HubError:
        code = answer.header("X-Error-Code")
        is_hub = answer.host == self.host
        if not is_hub and answer.status in (401, 403):  # a signed address that has run out
            return self._trouble(answer, may_pass=True)
        if answer.status in (401, 403):
            return self._no_entry(answer.status, code, repository)
        if answer.status == 404:
            return _failure(
                ErrorKind.MODEL_MISSING,
                tr("{host} has no {name}.", host=self.host, name=repository or tr("such list")),
                hint=tr("Is it written as in the address of its page, OWNER/NAME?"),
            )
        return self._trouble(answer, may_pass=answer.status in (408, 429) or answer.status >= 500)

    def _no_entry(self, status: int, code: str, repository: str) -> HubError:
        """Say why the hub does not give a repository: it asks for terms, a token, or both."""
        page = f"{self.base}/{repository}"
        if code == "GatedRepo":
            return _failure(
                ErrorKind.PERMISSION,
                tr("{name} is given only to who accepted its terms.", name=repository),
                tr("Its owner asks for an account and an agreement."),
                tr(
                    "Accept them at {page}, make a token at {base}/settings/tokens, and set "
                    "HF_TOKEN. Others may offer the same model without: search for its name.",
                    page=page,
                    base=self.base,
                ),
            )
        if self._token and status == 401 and code != "RepoNotFound":
            return _failure(
                ErrorKind.AUTH,
                tr("{host} refused the token.", host=self.host),
                hint=tr(
                    "Make a new one at {base}/settings/tokens, or unset HF_TOKEN.", base=self.base
                ),
            )
        return _failure(
            ErrorKind.MODEL_MISSING,
            tr("{host} has no {name}, or it is private.", host=self.host, name=repository),
            hint=tr("Check how it is written at {page}; a private one needs HF_TOKEN.", page=page),
        )

    def _trouble(self, answer: Answer, *, may_pass: bool) -> HubError:
        kind = ErrorKind.OVERLOADED if answer.status >= 500 else ErrorKind.BAD_REQUEST
        hint = tr("Try again in a while; what came is kept.")
        if answer.status == 429:
            kind = ErrorKind.RATE_LIMIT
            if not self._token:
                hint = tr("Try again in a few minutes. With HF_TOKEN set, more is allowed.")
        title = tr("{host} answered {status}.", host=one_line(answer.host), status=answer.status)
        return _failure(kind, title, hint=hint, may_pass=may_pass, wait=_wait(answer))

    def _without_models(self, files: RepositoryFiles) -> HubError:
        try:
            near = self.nearest(files.repository)
        except ModelError:
            near = ()
        hint = tr("Search the hub for its name and GGUF.")
        if near:
            hint = tr("The nearest that has one: {names}", names=", ".join(near))
        return _failure(
            ErrorKind.MODEL_MISSING,
            tr("{name} has no file that can be run here.", name=files.repository),
            tr("Local engines take files in the GGUF format, which it does not have."),
            hint,
        )


def token_in(environ: Mapping[str, str]) -> str:
    """Return the token that the person's environment, or the hub's own program, keeps."""
    token = environ.get("HF_TOKEN", "").strip()
    if not token:
        home = Path(environ.get("HF_HOME", "") or "~/.cache/huggingface")
        place = Path(environ.get("HF_TOKEN_PATH", "") or home / "token")
        try:
            with open(place.expanduser(), encoding="ascii") as file:
                token = file.read(4096).strip()
        except (OSError, ValueError, RuntimeError):
            return ""
    return token if token.isascii() and token.isprintable() and " " not in token else ""


def _repository(asked: str, said: Json) -> RepositoryFiles:
    """Return what the hub says of a repository; what cannot be right is left out."""
    name = said.get("id")
    card, told = _table(said.get("cardData")), _table(said.get("gguf"))
    rows = said.get("siblings")
    files = [_file(row) for row in rows[:_MOST_FILES]] if isinstance(rows, list) else []
    commit, base = said.get("sha"), card.get("base_model")
    context = told.get("context_length")
    return RepositoryFiles(
        repository=name if isinstance(name, str) and is_repository(name) else asked,
        commit=commit if isinstance(commit, str) and _COMMIT.match(commit) else "",
        models=models_in([one for one in files if one is not None]),
        license=_license(card, said.get("tags")),
        context_window=context if isinstance(context, int) and 0 < context < 1 << 31 else 0,
        base=base if isinstance(base, str) and is_repository(base) else "",
        is_gated=bool(said.get("gated")),
    )


def _file(row: object) -> RepositoryFile | None:
    if not isinstance(row, dict):
        return None
    path, size, stored = row.get("rfilename"), row.get("size"), _table(row.get("lfs"))
    if not isinstance(path, str) or not is_safe_path(path):
        return None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size < _MOST_SIZE:
        return None
    sha256 = stored.get("sha256")
    if isinstance(sha256, str) and _SHA256.match(sha256):
        return RepositoryFile(path, size, sha256.lower())
    return RepositoryFile(path, size)


def _license(card: Json, tags: object) -> str:
    for one in (card.get("license_name"), card.get("license")):
        if isinstance(one, str) and one not in ("", "other"):
            return one_line(one, 40)
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and tag.startswith("license:"):
            return one_line(tag.removeprefix("license:"), 40)
    return ""


def _table(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _likeness(found: str, wanted: str) -> float:
    name = re.sub(r"[-_.]?gguf\Z", "", found.rpartition("/")[2], flags=re.I)
    return SequenceMatcher(None, name.lower(), wanted.lower()).ratio()


def _wait(answer: Answer) -> float:
    asked = answer.header("Retry-After").strip()
    return min(float(asked), _LONGEST_WAIT) if asked.isascii() and asked.isdigit() else 0.0


def _failure(
    kind: ErrorKind,
    title: str,
    detail: str = "",
    hint: str = "",
    *,
    may_pass: bool = False,
    wait: float = 0.0,
) -> HubError:
    return HubError(ErrorInfo(kind, title, detail, hint), may_pass=may_pass, wait=wait)
