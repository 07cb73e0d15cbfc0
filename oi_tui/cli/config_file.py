"""`oi-tui --config`: the settings file in the person's editor."""

from __future__ import annotations

import subprocess

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import info_text
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.config.errors import ConfigError
from oi_tui.config.files import find_settings_file
from oi_tui.config.loading import load_settings
from oi_tui.config.places import places
from oi_tui.config.writing import create_settings_file
from oi_tui.text.editor import editor_command
from oi_tui.text.translation import tr


def edit_config(arguments: Arguments) -> int:
    """Open the file, made first if there is none; then say what of it can't be used."""
    path = find_settings_file(places(), arguments.config_file)
    try:
        create_settings_file(path)
        done = subprocess.run([*editor_command(), str(path)], check=False)
    except (OSError, ValueError) as error:
        say(tr("oi-tui: {path} can't be edited: {error}", path=path, error=error))
        return FAILED
    if done.returncode:
        return FAILED
    try:
        notices = load_settings({}, {}, path).notices
    except ConfigError as error:
        notices = (error.info,)
    for notice in notices:
        say(info_text(notice))
    return USAGE if notices else OK
