"""Profiles: further settings files that are switched on by name, with `--profile`.

Owns where they lie and which names there may be. A name is a plain word, never a path or an
address, and a profile is plain settings, never a program: nothing of anybody else can get in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from oi_tui.config.errors import ConfigError, nearest
from oi_tui.config.places import Places
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

VARIABLE = "OI_TUI_PROFILE"
_FOLDER = "profiles"
_SUFFIX = ".toml"
_NAME = re.compile(r"\w[\w-]{0,63}")


def chosen_profile(flag: str, environ: Mapping[str, str]) -> str:
    """Return the name of the profile to use, empty for none; a flag goes before the variable."""
    return flag or environ.get(VARIABLE, "")


def profile_names(places: Places) -> tuple[str, ...]:
    """Return the names of all profiles, in the order of the alphabet."""
    try:
        entries = sorted((places.config / _FOLDER).iterdir())
    except OSError:
        return ()
    return tuple(
        path.stem for path in entries if path.suffix == _SUFFIX and _NAME.fullmatch(path.stem)
    )


def profile_file(places: Places, name: str) -> Path:
    """Return the file of a profile, which may be missing.

    Raises:
        ConfigError: no profile can have this name.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            ErrorInfo(
                ErrorKind.CONFIG,
                tr("{name} cannot be the name of a profile", name=one_line(name, 80) or '""'),
                detail=tr("a name has letters, digits, - and _; it is no path and no address."),
            )
        )
    return places.config / _FOLDER / f"{name}{_SUFFIX}"


def find_profile(places: Places, name: str) -> Path:
    """Return the file of a profile that is there.

    Raises:
        ConfigError: there is none of this name.
    """
    path = profile_file(places, name)
    if not path.exists():
        raise ConfigError(_unknown(places, name))
    return path


def _unknown(places: Places, name: str) -> ErrorInfo:
    names = profile_names(places)
    near = nearest(name, names)
    there_is = tr("there is {names}.", names=", ".join(names)) if names else ""
    hint = tr("Did you mean {name}?", name=near) if near else ""
    how = tr("oi-tui config new-profile {name} makes it.", name=name)
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("There is no profile {name}", name=name),
        detail=there_is or tr("there is none yet."),
        hint=hint or how,
    )
