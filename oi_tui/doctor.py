"""`oi-tui doctor`: what this program finds on this machine, as a plain table.

Owns the checks and their words. Prints names of keys, never keys; sends nothing anywhere, and asks
loopback addresses only when told to. Knows no session's content.
"""

from __future__ import annotations

import locale
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from oi_tui import __version__
from oi_tui.config.keys import KeyStore
from oi_tui.config.places import Places
from oi_tui.config.schema import Settings
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn

_PACKAGES = ("textual", "litellm", "pexpect", "ctransformers")
_EXTRAS = ("xllamacpp",)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Mark(StrEnum):
    """How a finding is: as it should be, worth knowing, or in the way."""

    GOOD = "ok"
    NOTE = "--"
    BAD = "!!"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    group: str
    name: str
    value: str
    mark: Mark = Mark.GOOD


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at."""

    settings: Settings
    notices: tuple[str, ...]
    keys: KeyStore
    places: Places
    environ: Mapping[str, str]
    ask_servers: bool = False


def examine(subject: Subject) -> list[Finding]:
    """Return everything that was found, in the order to show it."""
    parts: tuple[Callable[[Subject], Iterable[Finding]], ...] = (
        _program,
        _terminal,
        _settings,
        _places,
        _languages,
        _keys,
        _network,
        _sandbox,
    )
    return [finding for part in parts for finding in part(subject)]


def table(findings: Iterable[Finding]) -> str:
    """Return the findings as aligned text, grouped."""
    rows = list(findings)
    width = max((len(row.name) for row in rows), default=0)
    lines: list[str] = []
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", group] if lines else [group]
        lines.append(f"  {row.mark.value}  {row.name:<{width}}  {one_line(row.value, 200)}")
    return "\n".join(lines) + "\n"


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Return whether nothing is in the way."""
    return all(finding.mark is not Mark.BAD for finding in findings)


# -- the checks -----------------------------------------------------------------------------------
def _program(_subject: Subject) -> Iterable[Finding]:
    group = tr("Program")
    yield Finding(group, "oi-tui", __version__)
    yield Finding(group, "Python", f"{platform.python_version()} ({sys.executable})")
    yield Finding(group, tr("system"), f"{platform.system()} {platform.release()}")
    for name in (*_PACKAGES, *_EXTRAS):
        try:
            yield Finding(group, name, metadata.version(name))
        except metadata.PackageNotFoundError:
            mark = Mark.NOTE if name in _EXTRAS else Mark.BAD
            yield Finding(group, name, tr("not installed"), mark)


def _terminal(subject: Subject) -> Iterable[Finding]:
    group = tr("Terminal")
    term = subject.environ.get("TERM", "")
    usable = os.isatty(0) and os.isatty(1) and term not in ("", "dumb", "unknown")
    said = term or tr("TERM is not set")
    if not os.isatty(1):
        said += tr(" (the output is no terminal now)")
    yield Finding(group, "TERM", said, Mark.GOOD if usable else Mark.NOTE)
    size = shutil.get_terminal_size()
    small = size.columns < 60 or size.lines < 15
    yield Finding(
        group, tr("size"), f"{size.columns}x{size.lines}", Mark.NOTE if small else Mark.GOOD
    )
    yield Finding(group, tr("colors"), _colors(subject.environ))
    encoding = locale.getpreferredencoding(do_setlocale=False)
    is_utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding(group, tr("encoding"), encoding, Mark.GOOD if is_utf8 else Mark.NOTE)
    inside = [name for name in ("TMUX", "STY", "SSH_CONNECTION") if subject.environ.get(name)]
    if inside:
        known = {"TMUX": "tmux", "STY": "screen", "SSH_CONNECTION": "ssh"}
        yield Finding(group, tr("inside"), ", ".join(known[name] for name in inside))


def _colors(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return tr("none (NO_COLOR is set)")
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return tr("16 million")
    return "256" if "256" in environ.get("TERM", "") else "16"


def _settings(subject: Subject) -> Iterable[Finding]:
    group = tr("Settings")
    path = subject.places.settings_file
    yield Finding(
        group, tr("file"), str(path) if path.exists() else tr("{path} (none yet)", path=path)
    )
    model = subject.settings.model
    yield Finding(
        group, tr("model"), model or tr("none chosen yet"), Mark.GOOD if model else Mark.NOTE
    )
    if subject.settings.api_base:
        yield Finding(group, tr("server"), _without_secrets(subject.settings.api_base))
    mark = Mark.NOTE if subject.settings.auto_run else Mark.GOOD
    yield Finding(
        group,
        tr("approval"),
        tr("code runs WITHOUT ASKING") if subject.settings.auto_run else tr("asks before each run"),
        mark,
    )
    for notice in subject.notices:
        yield Finding(group, tr("problem"), notice, Mark.BAD)


def _places(subject: Subject) -> Iterable[Finding]:
    group = tr("Folders")
    named = {
        tr("settings"): subject.places.config,
        tr("sessions"): subject.places.sessions,
        tr("state"): subject.places.state,
    }
    for name, path in named.items():
        yield _folder(group, name, path)
    yield _journal(group, subject)


def _folder(group: str, name: str, path: Path) -> Finding:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Finding(group, name, tr("{path} (not made yet)", path=path))
    except OSError as error:
        return Finding(group, name, f"{path}: {error.strerror or error}", Mark.BAD)
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        said = tr("{path} can be entered by others (mode {mode:o})", path=path, mode=mode)
        return Finding(group, name, said, Mark.BAD)
    return Finding(group, name, str(path))


def _journal(group: str, subject: Subject) -> Finding:
    from oi_tui.config.private_files import ensure_folder

    name = tr("journal")
    try:
        ensure_folder(subject.places.sessions)
        with tempfile.TemporaryFile(dir=subject.places.sessions) as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(subject.places.sessions).free
    except OSError as error:
        said = tr("can't be written: {error}", error=error.strerror or error)
        return Finding(group, name, said, Mark.BAD)
    mebibytes = free >> 20
    said = tr("can be written; {count} MiB free", count=mebibytes)
    return Finding(group, name, said, Mark.GOOD if mebibytes > 100 else Mark.NOTE)


def _languages(subject: Subject) -> Iterable[Finding]:
    from oi_tui.shells.languages import LANGUAGES
    from oi_tui.shells.pool import ShellPool

    group = tr("Languages")
    pool = ShellPool(folder=os.sep, python=subject.settings.python, environ=subject.environ)
    found = pool.languages()
    pool.close()
    for language in found:
        yield Finding(group, language, pool.interpreter(language))
    for language in LANGUAGES:
        meant = pool.resolve(language)
        if meant != language and meant in found:  # the plain `sh` of who has a richer shell
            yield Finding(group, language, tr("means your {shell}", shell=meant))
        elif language not in found:
            yield Finding(group, language, tr("not found"), Mark.NOTE)


def _keys(subject: Subject) -> Iterable[Finding]:
    group = tr("Keys")
    providers = subject.keys.providers()
    for provider in providers:
        found = subject.keys.find(provider)
        where = tr("found: {source}", source=found[1].value) if found else tr("can't be read")
        yield Finding(group, provider, where, Mark.GOOD if found else Mark.NOTE)
    if not providers:
        yield Finding(group, tr("none"), tr("no key of a provider was found"), Mark.NOTE)


def _network(subject: Subject) -> Iterable[Finding]:
    group = tr("Network")
    for name in _PROXIES:
        value = subject.environ.get(name) or subject.environ.get(name.upper())
        if value:
            yield Finding(group, name, _without_secrets(value))
    if not subject.ask_servers:
        said = tr("not asked; oi-tui doctor --servers looks on this machine")
        yield Finding(group, tr("servers"), said, Mark.NOTE)
        return
    from oi_tui.models.discovery import WELL_KNOWN, servers_here

    found = servers_here()
    for server in found:
        models = trn("{count} model", "{count} models", len(server.models))
        if not server.models:
            models = tr("no models (it may want a key)")
        said = tr(
            "{name} at {address}, {models}",
            name=server.name,
            address=server.api_base,
            models=models,
        )
        yield Finding(group, tr("server"), said)
    if not found:
        said = trn(
            "none on {count} usual port of this machine",
            "none on {count} usual ports of this machine",
            len(WELL_KNOWN),
        )
        yield Finding(group, tr("servers"), said, Mark.NOTE)


def _without_secrets(address: str) -> str:
    """Return an address without the user and password that it may hold."""
    parts = urlsplit(address)
    if "@" not in parts.netloc:
        return address
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _sandbox(subject: Subject) -> Iterable[Finding]:
    group = tr("Sandbox")
    tool = "sandbox-exec" if sys.platform == "darwin" else "bwrap"
    path = shutil.which(tool, path=subject.environ.get("PATH"))
    said = tr("{path} (not used yet: code runs as you)", path=path or tr("not found"))
    yield Finding(group, tool, said, Mark.NOTE)
