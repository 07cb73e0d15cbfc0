"""The models that a person can talk to, for front ends: see `engine.model_shelf.ModelShelf`.

Owns the way between the rooms that find, fetch and try models. Knows no screen. What it needs is
loaded when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from oi_tui.models.base import ModelError
from oi_tui.models.choices import (
    DownloadChoice,
    Fetching,
    FileChoice,
    HostedChoice,
    ServerChoice,
    UsedModel,
)
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.config.keys import KeyStore
    from oi_tui.config.places import Places
    from oi_tui.config.schema import Settings
    from oi_tui.config.used_models import UsedModels


class Models:
    """See `ModelShelf`. `settings` returns those that count now."""

    def __init__(self, settings: Callable[[], Settings], keys: KeyStore, places: Places) -> None:
        self._settings = settings
        self._keys = keys
        self._places = places

    # -- on this machine ------------------------------------------------------------------------
    def machine(self) -> str:
        """Return what this machine has, in one line for a person."""
        return ""

    def files(self) -> Sequence[FileChoice]:
        """List the model files on this machine."""
        return ()

    def remove(self, choice: FileChoice) -> None:
        """Delete a file that `fetch` made."""
        raise _not_there(choice.label)

    # -- to be fetched --------------------------------------------------------------------------
    def downloads(self) -> Sequence[DownloadChoice]:
        """List what the catalog offers for this machine."""
        return ()

    def look_up(self, name: str, quality: float | None = None) -> DownloadChoice:
        """Ask the hub what a repository has, and which file fits `quality`."""
        raise _not_there(name)

    def fetch(
        self, choice: DownloadChoice, tell: Callable[[Fetching], None], stop: Event
    ) -> FileChoice:
        """Download a model; what was fetched before is kept and gone on with."""
        raise _not_there(choice.label)

    # -- elsewhere ------------------------------------------------------------------------------
    def servers(self) -> Sequence[ServerChoice]:
        """Ask well-known ports of this machine, and kept addresses, for their models."""
        from oi_tui.models.discovery import servers_here

        addresses = [self._settings().api_base, *(row.api_base for row in self._used().all())]
        return servers_here(tuple(dict.fromkeys(filter(None, addresses))), self._keys)

    def server_at(self, address: str) -> ServerChoice:
        """Ask one server for its models."""
        from oi_tui.models.discovery import server_at

        return server_at(address, self._keys)

    def hosted(self, provider: str) -> Sequence[HostedChoice]:
        """List the chat models that LiteLLM knows of a provider."""
        from oi_tui.models.hosted import hosted

        return hosted(provider)

    # -- used -----------------------------------------------------------------------------------
    def used(self) -> Sequence[UsedModel]:
        """List favorites, then what was used lately."""
        rows = self._used().all()
        return tuple(UsedModel(row.model, row.api_base, row.is_favorite) for row in rows)

    def mark_favorite(self, model: str, api_base: str, on: bool) -> None:
        """Make a model a favorite, or no longer."""
        try:
            self._used().mark(model, api_base, on)
        except OSError as error:
            raise _not_written(error) from error

    def test(self, model: str, api_base: str = "") -> str:
        """Send the smallest request there is; return how it went."""
        from oi_tui.models.factory import RoutedModel
        from oi_tui.models.policy import RetryPolicy
        from oi_tui.models.trial import run_trial

        settings = replace(self._settings(), model=model, api_base=api_base)
        way = RoutedModel(settings, self._keys, policy=RetryPolicy(attempts=1))
        try:
            return run_trial(way, model, api_base).text
        finally:
            way.close()

    def _used(self) -> UsedModels:
        from oi_tui.config.used_models import UsedModels

        return UsedModels(self._places.used_models_file)


def _not_there(name: str) -> ModelError:
    return ModelError(
        ErrorInfo(ErrorKind.MODEL_MISSING, tr("{name} cannot be reached yet.", name=name))
    )


def _not_written(error: OSError) -> ModelError:
    return ModelError(
        ErrorInfo(
            ErrorKind.STORE,
            tr("The list of favorites could not be written."),
            error.strerror or str(error),
        )
    )
