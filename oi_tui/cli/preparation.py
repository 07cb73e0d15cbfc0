"""From arguments to what a front end needs: settings, keys and a way to open sessions.

Owns the order in which they are read, and takes the keys out of the environment before anything
is started that could inherit them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oi_tui.assembly.opener import Opener, open_real_model
from oi_tui.cli.arguments import CommandLineError
from oi_tui.cli.local_choice import LocalChoice, settle
from oi_tui.config.errors import ConfigError
from oi_tui.config.files import find_settings_file
from oi_tui.config.keys import KeyStore, take_keys
from oi_tui.config.layers import Layers
from oi_tui.config.places import places
from oi_tui.config.profiles import chosen_profile, find_profile
from oi_tui.config.schema import SafeMode
from oi_tui.text.sanitize import plain, sentences
from oi_tui.text.translation import tr, use_language

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.assembly.opener import ModelOpener
    from oi_tui.cli.arguments import Arguments
    from oi_tui.config.loading import LoadedSettings
    from oi_tui.config.places import Places
    from oi_tui.config.schema import Settings
    from oi_tui.protocol.items import ErrorInfo


class PreparationError(Exception):
    """The program can't start like this; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every front end starts from."""

    loaded: LoadedSettings
    keys: KeyStore
    places: Places
    opener: Opener
    notices: tuple[str, ...]
    local: LocalChoice


def prepare(
    arguments: Arguments,
    *,
    remember: Callable[[str], None] = lambda _line: None,
    open_model: ModelOpener = open_real_model,
) -> Prepared:
    """Read settings and keys.

    Raises:
        PreparationError: a flag, a variable, the named settings file or model can't be used.
    """
    where = places()
    try:
        local = settle(arguments)
        arguments = local.arguments
        layers = layers_of(arguments, where)
        loaded = layers.load()
    except ConfigError as error:
        raise PreparationError(info_text(error.info)) from error
    except CommandLineError as error:
        raise PreparationError(str(error)) from error
    use_language(loaded.settings.lang)
    keys = _keys(arguments.api_key or loaded.api_key, loaded, where)
    opener = Opener(
        loaded.settings,
        keys,
        where,
        remember=remember,
        open_model=open_model,
        layers=layers,
        loaded=loaded,
    )
    notices = [info_text(one) for one in loaded.notices]
    if loaded.settings.keymap:  # few have one: the check is not loaded before
        from oi_tui.commands.keymap_check import keymap_problems

        notices += [info_text(one) for one in keymap_problems(loaded.settings.keymap)]
    if loaded.settings.safe_mode is not SafeMode.OFF:
        from oi_tui.shells.semgrep import missing_semgrep

        notices += filter(None, [missing_semgrep()])
    if loaded.settings.debug:
        notices.append(_log_into(where.state))
    return Prepared(loaded, keys, where, opener, tuple(notices), local)


def layers_of(arguments: Arguments, where: Places) -> Layers:
    """Return the places that settings come from for this command line.

    Raises:
        ConfigError: it asks for a profile that is not there.
    """
    profile = chosen_profile(arguments.profile, os.environ)
    return Layers(
        file=find_settings_file(where, arguments.config_file),
        flags=arguments.settings,
        environ=os.environ,
        required=bool(arguments.config_file),
        profile=find_profile(where, profile) if profile else None,
        fast=arguments.fast,
    )


def session_to_open(arguments: Arguments, prepared: Prepared) -> str:
    """Return the id of the session that `--continue` or `--resume` asks for; empty: a new one.

    Raises:
        PreparationError: there is nothing to continue.
    """
    if not arguments.go_on:
        return arguments.session_id
    newest = prepared.opener.newest()
    if newest is None:
        raise PreparationError(tr("There is no session to go on with yet."))
    return newest


def info_text(info: ErrorInfo) -> str:
    """Return an error as the sentences that are there."""
    is_sentence = info.title.endswith((".", "!", "?"))
    said = [info.title, info.detail]
    if info.detail and not is_sentence:
        said = [f"{info.title}: {info.detail}"]
    return plain(sentences([*said, info.kept, info.hint]))


def _keys(given: str, loaded: LoadedSettings, where: Places) -> KeyStore:
    owned = {_owner_of_key(loaded.settings): given} if given else {}
    return KeyStore(where.keys_file, take_keys(os.environ), owned)


def _log_into(folder: Path) -> str:
    """Begin the log; return what to tell the person about it."""
    from oi_tui.assembly.debug_log import begin_log

    try:
        return tr("A log is written to {path}", path=begin_log(folder))
    except OSError as error:
        return tr("No log is written: {error}", error=error)


def _owner_of_key(settings: Settings) -> str:
    """Return the host or provider that a key from the command line is for, and nobody else."""
    from oi_tui.models.base import ModelError
    from oi_tui.models.endpoints import owner_of_key

    try:
        return owner_of_key(settings.model, settings.api_base)
    except ModelError as error:
        raise PreparationError(info_text(error.info)) from error
