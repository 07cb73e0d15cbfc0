"""What the model picker finds, piece by piece, while the person already reads.

Owns the background work and what came of it. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from oi_tui.config.schema import Settings
from oi_tui.engine.live import SessionOpener
from oi_tui.models.base import ModelError
from oi_tui.models.choices import (
    DownloadChoice,
    FileChoice,
    HostedChoice,
    ServerChoice,
    UsedModel,
)
from oi_tui.models.discovery import each_once
from oi_tui.text.sanitize import one_line
from oi_tui.ui.background import Post, in_background
from oi_tui.ui.screens.model_rows import (
    ModelRow,
    download_rows,
    file_rows,
    provider_rows,
    server_rows,
    with_used_first,
)

Result = TypeVar("Result")


class Finding:
    """Asks the shelf for everything; `changed` is called on the loop whenever more is known."""

    def __init__(self, opener: SessionOpener, post: Post, changed: Callable[[], None]) -> None:
        self._opener, self._post, self._changed = opener, post, changed
        self._files: Sequence[FileChoice] = ()
        self._offers: Sequence[DownloadChoice] = ()
        self._servers: Sequence[ServerChoice] = ()
        self._used: Sequence[UsedModel] = ()
        self._with_key: Sequence[str] = ()
        self._listed: dict[str, Sequence[HostedChoice]] = {}
        self._under_way = 0
        self.machine = ""

    @property
    def is_looking(self) -> bool:
        """Whether more may come."""
        return self._under_way > 0

    def begin(self, *, is_local: bool) -> None:
        """Look for everything; `is_local`: only for what runs on this machine."""
        shelf = self._opener.models
        self.look_at_files()
        self._ask(shelf.machine, self._take_machine)
        self._ask(shelf.downloads, self._take_offers)
        self._ask(shelf.used, self._take_used)
        if not is_local:
            self._ask(shelf.servers, self._take_servers)
            if in_use := self._opener.settings.api_base:
                self._ask(lambda: shelf.server_at(in_use), lambda one: self._take_servers([one]))
            self.look_at_keys()

    def look_at_keys(self) -> None:
        """Look which providers have a key, and for their models."""
        self._ask(self._opener.providers_with_key, self._take_keys)

    def look_at_files(self) -> None:
        """Look for the files of this machine anew."""
        self._ask(self._opener.models.files, self._take_files)

    def look_at_used(self) -> None:
        """Look for favorites and recent ones anew."""
        self._ask(self._opener.models.used, self._take_used)

    def rows(self, *, is_local: bool) -> list[ModelRow]:
        """Return the rows of all that is known now."""
        here = file_rows(self._files)
        offers = download_rows(self._offers)
        if is_local:
            favorites = {one.model for one in self._used if one.is_favorite}
            here = [replace(row, is_favorite=row.model in favorites) for row in here]
            return here + offers
        providers = provider_rows(self._with_key, self._listed)
        ready = [row for row in providers if row.is_ready]
        rest = [row for row in providers if not row.is_ready]
        rows = here + server_rows(self._servers) + ready + offers + rest
        settings = self._opener.settings
        used = [*self._used]
        if settings.model and not any(_is(one, settings) for one in used):
            used.append(UsedModel(settings.model, settings.api_base))  # from a flag
        return with_used_first(used, rows)

    def take_server(self, server: ServerChoice) -> None:
        """Add a server that the person named."""
        self._servers = each_once([server, *self._servers])
        self._changed()

    # -- what came ------------------------------------------------------------------------------
    def _take_files(self, files: Sequence[FileChoice]) -> None:
        self._files = files

    def _take_machine(self, machine: str) -> None:
        self.machine = machine

    def _take_offers(self, offers: Sequence[DownloadChoice]) -> None:
        self._offers = offers

    def _take_used(self, used: Sequence[UsedModel]) -> None:
        self._used = used

    def _take_servers(self, servers: Sequence[ServerChoice]) -> None:
        self._servers = each_once([*self._servers, *servers])

    def _take_keys(self, names: Sequence[str]) -> None:
        self._with_key = names
        for name in names:
            if name not in self._listed:
                self._ask_for_models(name)

    def _ask_for_models(self, provider: str) -> None:
        def take(models: Sequence[HostedChoice]) -> None:
            self._listed[provider] = models

        self._ask(lambda: self._opener.models.hosted(provider), take)

    def _ask(self, work: Callable[[], Result], take: Callable[[Result], None]) -> None:
        """What fails is left out: the list is a help, and every name can be typed."""

        def done(result: Result) -> None:
            self._under_way -= 1
            take(result)
            self._changed()

        def failed(_error: Exception) -> None:
            self._under_way -= 1
            self._changed()

        self._under_way += 1
        in_background(self._post, work, done, failed)


def _is(one: UsedModel, settings: Settings) -> bool:
    return (one.model, one.api_base) == (settings.model, settings.api_base)


def words_of(error: Exception) -> str:
    """Return an error as the sentences that are there, for a person."""
    if not isinstance(error, ModelError):
        return one_line(str(error) or type(error).__name__, 300)
    info = error.info
    title = f"{info.title} {info.detail}".strip()
    return one_line(" ".join(part for part in (title, info.hint) if part), 300)
