"""What an interpreter starts from: the person's settings and keys, as the command line has them.

Owns how the program's own choices are laid over them, and to whom the program's key goes. The
program's environment stays as it is: keys are read from it, not taken out.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oi_tui.api.errors import InterpreterError
from oi_tui.assembly.opener import Opener, open_real_model
from oi_tui.config.errors import ConfigError, UnfitValueError
from oi_tui.config.fields import check_value, setting_fields, value_from_text
from oi_tui.config.files import find_settings_file
from oi_tui.config.keys import FoundKey, KeySource, KeyStore, take_keys
from oi_tui.config.loading import load_settings
from oi_tui.config.places import places
from oi_tui.config.profiles import chosen_profile, find_profile
from oi_tui.config.schema import SafeMode
from oi_tui.engine.wording import error_text
from oi_tui.models.base import ModelError
from oi_tui.models.endpoints import owner_of_key
from oi_tui.models.providers import names_provider
from oi_tui.text.redaction import redactor
from oi_tui.text.translation import tr, use_language

if TYPE_CHECKING:
    from oi_tui.config.schema import Settings
    from oi_tui.models.base import ChatModel

# What a value of the right type has; anything else is a matter of type, not of value.
_TYPES: dict[type, tuple[type, ...]] = {bool: (), int: (int, float), float: (int, float)}


class ProgramKeys(KeyStore):
    """The keys of the person, and the one that the program gave."""

    def __init__(self, file: Path, taken: dict[str, str]) -> None:
        super().__init__(file, taken)
        self.program_key = ""
        self._owner = ""

    def give(self, key: str) -> None:
        """Use this key for whoever the next request goes to, and for nobody after."""
        redactor.add(key)
        self.program_key, self._owner = key, ""

    def bind(self, settings: Settings) -> None:
        """Bind a key that was just given to the provider or server of these settings.

        Raises:
            InterpreterError: the address is not usable.
        """
        if self.program_key and not self._owner:
            try:
                self._owner = owner_of_key(settings.model, settings.api_base)
            except ModelError as error:
                raise InterpreterError(error.info) from error

    def look_up(self, provider: str) -> FoundKey | None:
        """Return the key of a provider; the program's goes first."""
        if self.program_key and provider == self._owner:
            return FoundKey(self.program_key, KeySource.FLAG)
        return super().look_up(provider)


class Setup:
    """Settings and keys of one interpreter."""

    def __init__(self, model_port: ChatModel | None, profile: str = "") -> None:
        use_language("")
        self._places = places()
        name = chosen_profile(profile, os.environ)
        try:
            loaded = load_settings(
                {},
                os.environ,
                find_settings_file(self._places),
                profile=find_profile(self._places, name) if name else None,
            )
        except ConfigError as error:
            raise InterpreterError(error.info) from error
        use_language(loaded.settings.lang)
        for notice in loaded.notices:
            warnings.warn(error_text(notice), stacklevel=4)
        self.settings = loaded.settings
        self.keys = ProgramKeys(self._places.keys_file, take_keys(dict(os.environ)))
        if loaded.api_key:
            self.keys.give(loaded.api_key)
            self.keys.bind(loaded.settings)
        self.is_local = False
        self._has_base = False  # the program named a server itself
        self._model_port = model_port
        if self._is_unsafe(self.settings):
            self.settings = replace(self.settings, auto_run=False)

    @property
    def state_folder(self) -> Path:
        """Where logs go."""
        return self._places.state

    @property
    def sessions_folder(self) -> Path:
        """Where conversations are kept."""
        return self._places.sessions

    def change(self, name: str, value: object) -> None:
        """Use another value from now on.

        Raises:
            TypeError: it has another type.
            ValueError: it is out of range, or makes no sense beside another setting.
        """
        field = setting_fields()[name]
        if value is None and not field.optional:
            value = field.default
        if value is not None:
            value = _checked(name, value)
        changes: dict[str, Any] = {name: value}
        settings = replace(self.settings, **changes)
        if self._is_unsafe(settings):
            raise ValueError(tr("Safe mode is on, so auto_run stays off: set one of them only."))
        if name == "api_base":
            self._has_base = bool(value)
        elif name == "model" and names_provider(settings.model) and not self._has_base:
            settings = replace(settings, api_base="")  # the settings' server is another's
        self.settings = settings

    def opener(self, remember: Callable[[str], None]) -> Opener:
        """Return what opens sessions with these settings."""
        port = self._model_port

        def open_model(settings: Settings, keys: KeyStore, script: str | None) -> ChatModel:
            return port if port is not None else open_real_model(settings, keys, script)

        return Opener(
            self.settings, self.keys, self._places, remember=remember, open_model=open_model
        )

    def before_request(self) -> None:
        """Settle where the next request goes.

        Raises:
            InterpreterError: there is no model on this machine, or an address is not usable.
        """
        if self.is_local and not self.settings.api_base and self._model_port is None:
            from oi_tui.api.local_model import local_model

            self.settings = local_model(self.settings, self.opener(lambda _: None))
        self.keys.bind(self.settings)

    @staticmethod
    def _is_unsafe(settings: Settings) -> bool:
        return settings.auto_run and settings.safe_mode is not SafeMode.OFF


def value_of_text(name: str, text: str) -> object:
    """Return what a text means for a setting; empty: its default.

    Raises:
        ValueError: there is no such setting, or the text means nothing to it.
    """
    field = setting_fields().get(name)
    if field is None:
        raise ValueError(tr("There is no setting {name}.", name=name))
    try:
        return value_from_text(field, text) if text else field.default
    except UnfitValueError as problem:
        raise ValueError(tr("{name}: {problem}.", name=name, problem=problem)) from None


def _checked(name: str, value: object) -> object:
    field = setting_fields()[name]
    try:
        return check_value(field, value)
    except UnfitValueError as problem:
        text = tr("{name}: {problem}, not {value}.", name=name, problem=problem, value=repr(value))
        fits = type(value) in _TYPES.get(field.kind, (str,)) and field.kind is not str
        raise (ValueError if fits else TypeError)(text) from None
