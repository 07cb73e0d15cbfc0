"""The composition root: from settings and keys to sessions.

The one place that knows every concrete part; front ends see `engine.live` only. What a session is
made of is loaded when the first one is opened, which happens behind the first frame.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from oi_tui.config.errors import ConfigError
from oi_tui.config.layers import Layers
from oi_tui.config.loading import LoadedSettings
from oi_tui.engine.live import SessionError
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.assembly.composer import ComposedSession
    from oi_tui.assembly.model_shelf import Models
    from oi_tui.config.keys import KeyStore
    from oi_tui.config.places import Places
    from oi_tui.config.schema import Settings
    from oi_tui.engine.live import LiveSession
    from oi_tui.engine.shelf import SessionShelf
    from oi_tui.models.base import ChatModel
    from oi_tui.shells.base import OutputTap
    from oi_tui.store.sessions import OpenSession, SessionStore

    # Settings, keys, and the name of a script that ships (the guided tour) instead of a real model.
    ModelOpener = Callable[[Settings, KeyStore, str | None], ChatModel]

_TOUR = "tour"


def open_real_model(settings: Settings, keys: KeyStore, script: str | None) -> ChatModel:
    """Reach the provider or local engine that the settings name, or play the tour."""
    if script == _TOUR:
        from oi_tui.models.tour import tour_model

        return tour_model()
    from oi_tui.config.places import places
    from oi_tui.models.factory import open_model

    return open_model(settings, keys, script, places().models)


class Opener:
    """Opens sessions with the settings, keys and folders of this program; see `SessionOpener`.

    `remember` is called with a line for the person once a session holds something worth coming
    back to; `open_model` makes the model of a session. `layers` are where the settings came from,
    and `loaded` what was found there; without them, the settings file alone counts.
    """

    def __init__(
        self,
        settings: Settings,
        keys: KeyStore,
        places: Places,
        *,
        remember: Callable[[str], None] = lambda _line: None,
        open_model: ModelOpener = open_real_model,
        layers: Layers | None = None,
        loaded: LoadedSettings | None = None,
    ) -> None:
        self._open_model = open_model
        self._settings = settings
        self._keys = keys
        self._places = places
        self._remember = remember
        self._layers = layers or Layers(places.settings_file)
        self._loaded = loaded or LoadedSettings(settings, {})
        self._stores: dict[bool, SessionStore] = {}  # by whether nothing is kept
        self._lock = threading.Lock()

    # -- settings -----------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        """The settings that the next opened session gets."""
        return self._settings

    def use_settings(self, settings: Settings) -> None:
        """Open sessions with other settings from now on."""
        self._settings = settings

    @property
    def loaded(self) -> LoadedSettings:
        """The settings as their places have them."""
        return self._loaded

    def settings_file(self) -> Path:
        """Return the settings file, made if it is missing."""
        return self._layers.create_file()

    def remember_setting(self, name: str, value: object) -> LoadedSettings:
        """Write one value to the settings file; return what the places say now."""
        self._write({name: value})
        return self.reread_settings()

    def reread_settings(self) -> LoadedSettings:
        """Read the places anew; what changed there counts for the next session."""
        before = self._loaded.settings
        try:
            self._loaded = self._layers.load()
        except ConfigError as error:
            raise OSError(str(error)) from error
        after = self._loaded.settings
        names = [entry.name for entry in fields(after)]
        changes = {name: getattr(after, name) for name in names}
        changed = {name: new for name, new in changes.items() if new != getattr(before, name)}
        self._settings = replace(self._settings, **changed)
        return self._loaded

    def remember_model(self, model: str, api_base: str) -> str:
        """Use this model from now on and write it to the settings file; return its path."""
        self._settings = replace(self._settings, model=model, api_base=api_base)
        self._write({"model": model, "api_base": api_base or None})
        with suppress(ConfigError):  # a profile that vanished meanwhile is said at the next start
            self._loaded = self._layers.load()
        return str(self._layers.file)

    def _write(self, values: Mapping[str, object]) -> None:
        try:
            self._layers.write(values)
        except ConfigError as error:
            raise OSError(f"{error} {error.info.hint}".strip()) from error

    @property
    def log_file(self) -> str:
        """Where the log of `%debug` goes; empty: none is written."""
        from oi_tui.assembly.debug_log import log_file

        return log_file()

    def set_log(self, on: bool) -> str:
        """Write a log from now on, or end it; return where it goes."""
        from oi_tui.assembly.debug_log import begin_log, end_log, log_file

        if on and not log_file():
            begin_log(self._places.state)
        elif not on:
            end_log()
        return log_file()

    def providers_with_key(self) -> Sequence[str]:
        """Return the names of the providers that a key is at hand for."""
        return self._keys.providers()

    def origin_of_key(self, provider: str) -> str:
        """Return where a provider's key comes from, for a person."""
        variable = self._keys.variable_of(provider)
        if variable:
            return tr("{variable} is set", variable=variable)
        return tr("its key is kept")

    def remember_key(self, provider: str, key: str, host: str) -> str:
        """Keep a provider's key for this host; return where."""
        from oi_tui.config.keys import KeySource

        source = self._keys.save(provider, key, host)
        return str(self._places.keys_file) if source is KeySource.FILE else tr("the keyring")

    # -- sessions -----------------------------------------------------------------------------
    def new(self, tap: OutputTap | None = None, *, tour: bool = False) -> LiveSession:
        """Make a session; a tour is kept nowhere."""
        opened = self._store(ephemeral=tour).create(folder="")  # where the program was started
        return self._compose(opened, tap, script=_TOUR if tour else None)

    def open(self, session_id: str, tap: OutputTap | None = None) -> LiveSession:
        """Open a kept session.

        Raises:
            SessionError: there is no such session, or it cannot be read.
        """
        from oi_tui.store.errors import StoreError

        try:
            opened = self._store().open(session_id)
        except StoreError as error:
            parts = (error.info.title, error.info.detail, error.info.hint)
            raise SessionError(" ".join(part for part in parts if part)) from error
        return self._compose(opened, tap)

    def newest(self) -> str | None:
        """Return the id of the session that changed last, if there is one."""
        return self._store().newest()

    @property
    def shelf(self) -> SessionShelf:
        """The kept sessions."""
        from oi_tui.assembly.shelf import Shelf

        return Shelf(self._store())

    @property
    def models(self) -> Models:
        """The models to choose from."""
        from oi_tui.assembly.model_shelf import Models

        return Models(lambda: self._settings, self._keys, self._places)

    def _store(self, *, ephemeral: bool = False) -> SessionStore:
        """Return the one store of this program: its index has a thread and a file."""
        from oi_tui.store.sessions import SessionStore
        from oi_tui.text.redaction import redactor

        ephemeral = ephemeral or self._settings.ephemeral
        with self._lock:
            if ephemeral not in self._stores:
                self._stores[ephemeral] = SessionStore(
                    self._places.sessions, redact=redactor.redact, ephemeral=ephemeral
                )
            return self._stores[ephemeral]

    def _compose(
        self, opened: OpenSession, tap: OutputTap | None, script: str | None = None
    ) -> ComposedSession:
        from oi_tui.assembly.composer import Composer
        from oi_tui.config.used_models import UsedModels

        composer = Composer(
            self._settings,
            self._keys,
            self._open_model,
            self._remember,
            UsedModels(self._places.used_models_file).note,
        )
        try:
            return composer.compose(opened, tap, script)
        except Exception:
            if opened.journal is not None:
                opened.journal.close()  # else it stays locked for as long as this program lives
            raise
