"""Keys of providers: found in the environment, the keyring or a private file; saved with a host.

Owns where keys are kept and the one host each may be sent to. Takes them out of the environment at
start, so that no child inherits one. Knows no provider's interface. No key is ever in a `repr`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from oi_tui.config.keyring_door import KeyringDoor
from oi_tui.config.private_files import changing, read_private, write_atomically
from oi_tui.config.providers import PROVIDERS, provider_named
from oi_tui.text.redaction import redactor

_MOST_BYTES = 1024 * 1024


class KeySource(StrEnum):
    """Where a key was found."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    ENTERED = "entered"  # by the person, in this process only


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, where it was found, and the one host that it may be sent to (empty: not bound)."""

    key: str = field(repr=False)
    source: KeySource
    host: str = ""


class Keyring(Protocol):
    """A keyring; `KeyringDoor` is the real one."""

    def read(self, name: str) -> str | None:
        """Return an entry, or None."""
        ...

    def write(self, name: str, value: str) -> bool:
        """Keep an entry; return whether it is kept."""
        ...

    def delete(self, name: str) -> None:
        """Remove an entry."""
        ...


def take_keys(environ: MutableMapping[str, str]) -> dict[str, str]:
    """Remove the keys of all known providers from `environ`; return them by variable."""
    names = [name for provider in PROVIDERS for name in provider.variables if name in environ]
    return {name: environ.pop(name) for name in names}


class KeyStore:
    """Finds and saves keys. `taken` is what `take_keys` returned; `given` are keys of flags."""

    def __init__(
        self,
        file: Path,
        taken: Mapping[str, str] = {},
        given: Mapping[str, str] = {},
        keyring: Keyring | None = None,
    ) -> None:
        self._file = file
        self._taken = dict(taken)
        self._given = dict(given)
        self._entered: dict[str, FoundKey] = {}  # those that could not be kept
        self._keyring: Keyring = keyring or KeyringDoor()
        for key in (*self._taken.values(), *self._given.values()):
            redactor.add(key)

    def find(self, provider: str) -> tuple[str, KeySource] | None:
        """Return the key of a provider and where it was found."""
        found = self.look_up(provider)
        return (found.key, found.source) if found else None

    def look_up(self, provider: str) -> FoundKey | None:
        """Return the key of a provider with the host that it is bound to.

        A flag goes before the environment, the environment before what was saved; but a key that
        was saved in place of another one goes before that one.
        """
        if provider in self._entered:
            return self._entered[provider]
        if provider in self._given:
            return FoundKey(self._given[provider], KeySource.FLAG)
        variable = self.variable_of(provider)
        if variable:
            key = self._taken[variable]
            return FoundKey(key, KeySource.ENVIRONMENT, known_host(provider))
        return self._saved(provider)

    def providers(self) -> tuple[str, ...]:
        """Return the providers that a key is at hand for, without asking the keyring."""
        saved = self._read()
        names = [provider.name for provider in PROVIDERS]
        at_hand = {**saved, **self._given, **self._entered}
        names += [name for name in at_hand if name not in names]
        return tuple(name for name in names if name in at_hand or self._is_taken(name))

    def variable_of(self, provider: str) -> str:
        """Return the variable of the environment that a provider's key is in; empty: none."""
        if provider in self._given or provider in self._entered:
            return ""
        variable = self._first_variable(provider)
        return "" if variable and self._is_replaced(provider, variable) else variable

    def save(self, provider: str, key: str, host: str) -> KeySource:
        """Keep a key for one host: in the keyring if there is one, else in a 0600 file.

        It counts from the next request on, in place of one from a flag or the environment: whoever
        enters a key means this one. If it cannot be kept, it counts until the program ends.

        Raises:
            OSError: it cannot be kept.
        """
        redactor.add(key)
        entry = {"host": host}
        variable = self._first_variable(provider)
        if variable:
            entry["instead_of"] = _mark_of(self._taken[variable])
        self._given.pop(provider, None)
        self._entered[provider] = FoundKey(key, KeySource.ENTERED, host)
        if self._keyring.write(provider, key):
            source = KeySource.KEYRING
        else:
            entry["key"] = key
            source = KeySource.FILE
        with changing(self._file):  # another window may keep one, too
            self._write({**self._read(), provider: entry})
        del self._entered[provider]
        return source

    def forget(self, provider: str) -> None:
        """Remove a saved key.

        Raises:
            OSError: the file cannot be written.
        """
        if provider not in self._read():
            return
        with changing(self._file):
            entries = self._read()
            entry = entries.pop(provider, {})
            self._write(entries)
        if "key" not in entry:
            self._keyring.delete(provider)

    def __repr__(self) -> str:
        return f"KeyStore({str(self._file)!r})"

    def _is_taken(self, provider: str) -> bool:
        return bool(self._first_variable(provider))

    def _first_variable(self, provider: str) -> str:
        known = provider_named(provider)
        variables = known.variables if known else ()
        return next((name for name in variables if self._taken.get(name)), "")

    def _is_replaced(self, provider: str, variable: str) -> bool:
        """Whether the key in a variable is the very one that the saved one was entered for."""
        entry = self._read().get(provider, {})
        return entry.get("instead_of") == _mark_of(self._taken[variable])

    def _saved(self, provider: str) -> FoundKey | None:
        entry = self._read().get(provider)
        if entry is None:
            return None
        if "key" in entry:
            return FoundKey(entry["key"], KeySource.FILE, entry["host"])
        key = self._keyring.read(provider)
        if not key:
            return None
        redactor.add(key)
        return FoundKey(key, KeySource.KEYRING, entry["host"])

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            value = json.loads(read_private(self._file, _MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        rows = value.items() if isinstance(value, dict) else ()
        entries = {name: entry for name, row in rows if (entry := _entry(row))}
        for entry in entries.values():
            redactor.add(entry.get("key", ""))
        return entries

    def _keep_damaged_file(self) -> None:
        """A file that is not ours to understand may hold keys: it is kept beside the new one."""
        with contextlib.suppress(FileNotFoundError):
            if not _is_readable(read_private(self._file, _MOST_BYTES)):
                self._file.rename(self._file.with_name(self._file.name + ".damaged"))

    def _write(self, entries: dict[str, dict[str, str]]) -> None:
        self._keep_damaged_file()
        text = json.dumps(entries, indent=1, sort_keys=True) + "\n"
        write_atomically(self._file, text.encode())


def _mark_of(key: str) -> str:
    """Return what tells a key from others without giving it away: it has too many bits to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _is_readable(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def known_host(provider: str) -> str:
    """Return the host that a provider's own key belongs to; empty: unknown."""
    known = provider_named(provider)
    return known.host if known else ""


def _entry(row: object) -> dict[str, str] | None:
    if not isinstance(row, dict) or not isinstance(row.get("host"), str):
        return None
    return {name: text for name, text in row.items() if isinstance(text, str)}
