"""One set of settings out of flags, environment, profile, file and defaults, in this order.

Owns the order and what is said about values that cannot be used. A wrong flag or variable is an
error at once, and so is a profile that cannot be read: it was asked for just now. A wrong file is
never one: the program starts without it, asks before it runs anything, and says what is wrong.
Reads no working folder and no `.env`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oi_tui.config.errors import (
    ConfigError,
    Origin,
    Source,
    UnfitValueError,
    nearest,
    unknown_key,
    wrong_value,
)
from oi_tui.config.fields import SettingField, check_value, setting_fields, value_from_text
from oi_tui.config.files import FileValues, read_settings_file
from oi_tui.config.places import OLD_SETTINGS_NAME, SETTINGS_NAME
from oi_tui.config.profiles import VARIABLE
from oi_tui.config.schema import SafeMode, Settings
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

PREFIX = "OI_TUI_"
_NOT_SETTINGS = {"OI_TUI_HOME", VARIABLE}
# Whoever sets one of these would get the person's key and every word: an address must come from
# the person's own settings or from this command line.
_REDIRECTIONS = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE")
_DEFAULT = Origin(Source.DEFAULT, name="default")
_WRITTEN = (Source.FILE, Source.PROFILE)  # not said just now: the person may have forgotten it

Values = dict[str, tuple[object, Origin]]


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, where each came from, and what the person should know about it.

    `in_files` holds what the settings files say, also where something stronger hides it.
    """

    settings: Settings
    sources: Mapping[str, Origin]
    notices: tuple[ErrorInfo, ...] = ()
    in_files: Values = field(default_factory=dict)
    file: Path | None = None  # the file that was read
    api_key: str = field(default="", repr=False)  # from a `config.yaml` of 0.1


def load_settings(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    file: Path | None,
    *,
    required: bool = False,
    profile: Path | None = None,
    fast: bool = False,
) -> LoadedSettings:
    """Return the settings to use. A flag that is None was not given.

    With `required` (the person named the file), a missing file is an error. `fast` puts
    `fast_model` in place of `model`.

    Raises:
        ConfigError: a flag, a variable or the profile cannot be used.
    """
    found: dict[str, Any] = {}
    sources: dict[str, Origin] = dict.fromkeys(setting_fields(), _DEFAULT)
    files = _read_files(file, required)
    in_profile = _read_profile(profile, files)
    notices = files.notices
    for layer in (
        files.values,
        in_profile,
        _from_environment(environ, notices),
        _from_flags(flags),
    ):
        for name, (value, origin) in layer.items():
            found[name], sources[name] = value, origin
    # A file that is not understood in full may not switch the asking off.
    if files.has_problems and sources["auto_run"].source in _WRITTEN:
        del found["auto_run"]
        sources["auto_run"] = _DEFAULT
    settings = Settings(**found)
    if fast:
        settings = replace(settings, model=settings.fast_model)
        sources["model"] = Origin(Source.FLAG, name="--fast")
    if settings.auto_run and settings.safe_mode is not SafeMode.OFF:
        settings = replace(settings, auto_run=False)
        sources["auto_run"] = replace(sources["safe_mode"], file=None, name="safe_mode")
        notices.append(_safe_mode_notice())
    if settings.auto_run and sources["auto_run"].source in _WRITTEN:
        notices.append(_auto_run_notice(sources["auto_run"]))
    notices += _contradictions(settings)
    return LoadedSettings(
        settings, sources, tuple(notices), files.values, files.read, files.api_key
    )


@dataclass(slots=True)
class _Files:
    """What the settings files say together."""

    values: Values = field(default_factory=dict)
    notices: list[ErrorInfo] = field(default_factory=list)
    has_problems: bool = False
    read: Path | None = None
    api_key: str = field(default="", repr=False)


def _read_files(file: Path | None, required: bool) -> _Files:
    """Read the file; below the person's own `config.toml`, a `config.yaml` of 0.1 beside it."""
    found = _Files()
    layers = [file] if file else []
    if file and not required and file.name == SETTINGS_NAME:
        layers.insert(0, file.with_name(OLD_SETTINGS_NAME))
    for path in layers:
        try:
            content = read_settings_file(path)
        except FileNotFoundError:
            if required:
                raise ConfigError(_missing(path)) from None
        except ConfigError as error:
            found.notices.append(error.info)
            found.has_problems = True
        else:
            found.values.update(_checked_values(content, path, Source.FILE, found))
            found.read = path
            found.api_key = content.api_key or found.api_key
    return found


def _read_profile(path: Path | None, found: _Files) -> Values:
    """Return what a profile says; what is wrong with it goes to the problems of the files."""
    if path is None:
        return {}
    try:
        content = read_settings_file(path)
    except FileNotFoundError:
        raise ConfigError(_missing(path)) from None
    return _checked_values(content, path, Source.PROFILE, found)


def _missing(path: Path) -> ErrorInfo:
    return ErrorInfo(ErrorKind.CONFIG, tr("There is no settings file"), detail=str(path))


def _checked_values(content: FileValues, file: Path, source: Source, found: _Files) -> Values:
    good: Values = {}
    problems: list[ErrorInfo] = []
    fields = setting_fields()
    for key, value in content.values.items():
        origin = content.origin(file, key, source)
        setting = fields.get(key)
        if setting is None:
            problems.append(unknown_key(key, origin, fields))
            continue
        try:
            if not setting.meaning.in_file:
                raise UnfitValueError(tr("it cannot be set in a file"))
            good[key] = (check_value(setting, value), origin)
        except UnfitValueError as problem:
            problems.append(wrong_value(key, origin, str(problem)))
    found.notices += [*content.notices, *problems]
    found.has_problems = found.has_problems or bool(problems)
    return good


def _from_environment(environ: Mapping[str, str], notices: list[ErrorInfo]) -> Values:
    good: Values = {}
    fields = setting_fields()
    for variable in sorted(environ):
        if variable in _REDIRECTIONS:
            notices.append(_redirection_notice(variable))
        if not variable.startswith(PREFIX) or variable in _NOT_SETTINGS:
            continue
        name = variable.removeprefix(PREFIX).lower()
        origin = Origin(Source.ENVIRONMENT, name=variable)
        if name in fields:
            good[name] = (_checked(fields[name], environ[variable], origin), origin)
        elif nearest(name, fields):
            variables = [PREFIX + known.upper() for known in fields]
            notices.append(unknown_key(variable, origin, variables))
    return good


def _checked(setting: SettingField, text: str, origin: Origin) -> object:
    try:
        if not setting.meaning.in_environment:
            raise UnfitValueError(tr("it cannot be set by a variable"))
        return value_from_text(setting, text)
    except UnfitValueError as problem:
        raise ConfigError(wrong_value(setting.name, origin, str(problem))) from None


def _from_flags(flags: Mapping[str, object]) -> Values:
    good: Values = {}
    fields = setting_fields()
    for name, value in flags.items():
        origin = Origin(Source.FLAG, name=f"--{name}")
        if value is None:
            continue
        if name not in fields:
            raise ConfigError(unknown_key(name, origin, fields))
        try:
            good[name] = (check_value(fields[name], value), origin)
        except UnfitValueError as problem:
            raise ConfigError(wrong_value(name, origin, str(problem))) from None
    return good


def _auto_run_notice(origin: Origin) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("Code runs without asking"),
        detail=tr("auto_run is on in {place}.", place=origin),
        hint=tr("%auto_run false asks again."),
    )


def _contradictions(settings: Settings) -> list[ErrorInfo]:
    """Return what two settings say against each other."""
    window, longest = settings.context_window, settings.max_tokens
    if window is None or longest is None or longest < window:
        return []
    return [
        ErrorInfo(
            ErrorKind.CONFIG,
            tr("max_tokens leaves no room for a question"),
            detail=tr(
                "a reply of {longest} tokens does not fit into a context of {window}.",
                longest=longest,
                window=window,
            ),
            hint=tr("Make max_tokens smaller, or leave it out."),
        )
    ]


def _safe_mode_notice() -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("Safe mode is on, so auto-run is off"),
        detail=tr("every proposal is asked about."),
        hint=tr("To run without asking, leave safe mode off."),
    )


def _redirection_notice(variable: str) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("{variable} is ignored", variable=variable),
        detail=tr("Addresses that get your key come only from your settings or a flag."),
        hint=tr("Use --api_base, or api_base in the settings file."),
    )
