"""`oi-tui config` and `oi-tui --config`: look at settings, edit them, take old ones over.

Owns the verbs and what they print. What a setting means is the config room's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import info_text, layers_of
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.config.errors import ConfigError
from oi_tui.config.layers import Layers
from oi_tui.config.places import places
from oi_tui.config.profiles import chosen_profile, find_profile, profile_file, profile_names
from oi_tui.config.writing import create_settings_file
from oi_tui.text.editor import editor_command
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, use_language


def run_config(arguments: Arguments) -> int:
    """Do what the word after `config` says; alone, edit the settings file."""
    verb, operands = (arguments.words or ("edit",))[0], arguments.words[1:]
    verbs: dict[str, tuple[Callable[[Arguments], int], int]] = {
        "edit": (edit_config, 0),
        "show": (_show, 0),
        "path": (_path, 0),
        "import": (_import, 1),
        "profiles": (_profiles, 0),
        "new-profile": (_new_profile, 1),
    }
    if verb not in verbs:
        say(tr("oi-tui: config has {verbs}.", verbs=", ".join(verbs)))
        return USAGE
    act, most = verbs[verb]
    if len(operands) > most:
        word = one_line(operands[most], 80)
        say(tr("oi-tui: config {verb} has no use for {word}.", verb=verb, word=word))
        return USAGE
    try:
        return act(arguments)
    except ConfigError as error:
        say(tr("oi-tui: {problem}", problem=info_text(error.info)))
        return USAGE


def edit_config(arguments: Arguments) -> int:
    """Open the settings file, or that of `--profile`; then say what of it can't be used."""
    try:
        path = target_file(arguments)
    except ConfigError as error:
        say(tr("oi-tui: {problem}", problem=info_text(error.info)))
        return USAGE
    return _edit(path)


def target_file(arguments: Arguments) -> Path:
    """Return the file that is meant: that of the profile in use, else the settings file.

    Raises:
        ConfigError: there is no such profile.
    """
    where = places()
    if profile := chosen_profile(arguments.profile, os.environ):
        return find_profile(where, profile)
    return layers_of(arguments, where).file


def _edit(path: Path, title: str = "") -> int:
    try:
        create_settings_file(path, title)
        done = subprocess.run([*editor_command(), str(path)], check=False)
    except (OSError, ValueError) as error:
        say(tr("oi-tui: {path} can't be edited: {error}", path=path, error=error))
        return FAILED
    if done.returncode:
        say(
            tr(
                "oi-tui: {editor} ended with status {n}.",
                editor=editor_command()[0],
                n=done.returncode,
            )
        )
        return FAILED
    try:
        notices = Layers(path, required=True).load().notices
    except ConfigError as error:
        notices = (error.info,)
    for notice in notices:
        say(info_text(notice))
    return USAGE if notices else OK


def _path(arguments: Arguments) -> int:
    _print(str(target_file(arguments)))
    return OK


def _show(arguments: Arguments) -> int:
    from oi_tui.cli.config_table import as_json, as_table

    layers = layers_of(arguments, places())
    loaded = layers.load()
    use_language(loaded.settings.lang)
    _print(as_json(layers, loaded) if arguments.json else as_table(layers, loaded))
    if not arguments.json:
        for notice in loaded.notices:
            say(info_text(notice))
    return OK


def _import(arguments: Arguments) -> int:
    from oi_tui.cli.config_import import import_settings

    return import_settings(arguments, target_file(arguments))


def _profiles(arguments: Arguments) -> int:
    del arguments
    names = profile_names(places())
    for name in names:
        _print(name)
    if not names:
        say(tr("There is no profile yet. oi-tui config new-profile NAME makes one."))
    return OK


def _new_profile(arguments: Arguments) -> int:
    if len(arguments.words) < 2:
        say(tr("oi-tui: name the profile: oi-tui config new-profile NAME"))
        return USAGE
    name = arguments.words[1]
    path = profile_file(places(), name)
    if path.exists():
        say(tr("oi-tui: there is a profile {name} already: {path}", name=name, path=path))
        return USAGE
    return _edit(path, tr("Profile {name} of oi-tui, used with --profile {name}.", name=name))


def _print(text: str) -> None:
    sys.stdout.write(plain(text) + "\n")
