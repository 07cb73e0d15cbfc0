"""The models that a person can talk to, for front ends: see `engine.model_shelf.ModelShelf`.

Owns the way between the rooms that find, fetch and try models. Knows no screen. What it needs is
loaded when it is first asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from oi_tui.config.keys import KeySource
from oi_tui.engine.cancel import CancelToken
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
    from pathlib import Path

    from oi_tui.config.keys import KeyStore
    from oi_tui.config.places import Places
    from oi_tui.config.schema import Settings
    from oi_tui.config.used_models import UsedModels
    from oi_tui.models.local.appraisal import Reading
    from oi_tui.models.local.stock import Stock

_HUB = "huggingface"  # as the key store calls it


class Models:
    """See `ModelShelf`. `settings` returns those that count now."""

    def __init__(self, settings: Callable[[], Settings], keys: KeyStore, places: Places) -> None:
        self._settings = settings
        self._keys = keys
        self._places = places

    def _stock(self) -> Stock:
        from oi_tui.models.local.stock import Stock

        return Stock(self._places.models)

    def _stock_with_token(self) -> Stock:
        """Return it for the hub, with the token that was taken out of the environment."""
        from oi_tui.models.local.stock import Stock

        found = self._keys.look_up(_HUB)
        environ = dict(os.environ)
        if found is not None and found.source is KeySource.ENVIRONMENT:
            environ["HF_TOKEN"] = found.key
        return Stock(self._places.models, environ)

    # -- on this machine ------------------------------------------------------------------------
    def machine(self) -> str:
        """Return what this machine has, in one line for a person."""
        return self._stock().machine().describe()

    def files(self) -> Sequence[FileChoice]:
        """List the model files on this machine."""
        return self._stock().files()

    def named(self, name: str) -> FileChoice:
        """Return the model file that a name means, also one that cannot be used.

        Raises:
            ModelError: there is none, or the name could mean several.
        """
        return self._stock().named(name)

    def reading(self, name: str) -> Reading:
        """Return what the header of a model file says, and each engine to it."""
        return self._stock().reading(name)

    def convert(
        self,
        name: str,
        target: Path | None,
        written: Callable[[float], None],
        *,
        may_replace: bool = False,
    ) -> tuple[FileChoice, Sequence[str]]:
        """Rewrite a model file for ctransformers; return it, and what was changed."""
        return self._stock().convert(name, target, written, may_replace=may_replace)

    def remove(self, choice: FileChoice) -> None:
        """Delete a file that `fetch` made."""
        self._stock().remove(choice.path)

    # -- to be fetched --------------------------------------------------------------------------
    def downloads(self) -> Sequence[DownloadChoice]:
        """List what the catalog offers for this machine."""
        return self._stock().offers()

    def look_up(self, name: str, quality: float | None = None) -> DownloadChoice:
        """Ask the hub what a repository has, and which file fits `quality`."""
        return self._stock_with_token().look_up(name, quality)

    def fetch(
        self, choice: DownloadChoice, tell: Callable[[Fetching], None], stop: Event
    ) -> FileChoice:
        """Download a model; what was fetched before is kept and gone on with."""
        return self._stock_with_token().fetch(choice, tell, stop)

    # -- elsewhere ------------------------------------------------------------------------------
    def servers(self) -> Sequence[ServerChoice]:
        """Ask well-known ports of this machine for their models; no key is sent."""
        from oi_tui.models.discovery import servers_here

        return servers_here()

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

    def test(self, model: str, api_base: str, stop: CancelToken) -> str:
        """Send the smallest request there is; return how it went."""
        from oi_tui.models.factory import RoutedModel
        from oi_tui.models.policy import RetryPolicy
        from oi_tui.models.trial import run_trial, trial_request

        settings = replace(self._settings(), model=model, api_base=api_base)
        policy = RetryPolicy(attempts=1)
        way = RoutedModel(settings, self._keys, policy=policy, models_folder=self._places.models)
        try:
            stream = way.stream(trial_request(model, api_base))
            with stop.ending(stream.close):
                return run_trial(stream).text
        finally:
            way.close()

    def _used(self) -> UsedModels:
        from oi_tui.config.used_models import UsedModels

        return UsedModels(self._places.used_models_file)


def _not_written(error: OSError) -> ModelError:
    return ModelError(
        ErrorInfo(
            ErrorKind.STORE,
            tr("The list of favorites could not be written."),
            error.strerror or str(error),
        )
    )
