"""Decides where a request goes and which key it may carry: the defence of the key.

The address comes from the settings alone, never from the environment. A key goes only to the host
it is bound to; plain http only to this machine. Knows no client.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from oi_tui.models.base import ModelError
from oi_tui.models.errors import Target
from oi_tui.models.providers import COMPATIBLE, OPENAI, PROVIDERS, split_model
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_FROM_FLAG = "flag"  # a key given together with the address on the command line


class FoundKey(Protocol):
    """A key as a store found it. `host`: the one it is bound to; empty: not bound."""

    @property
    def key(self) -> str:
        """The key itself."""
        ...

    @property
    def source(self) -> str:
        """Where it was found."""
        ...

    @property
    def host(self) -> str:
        """The host it may be sent to."""
        ...


class KeyFinder(Protocol):
    """Where keys come from. A server of the person's own is asked for by its host."""

    def look_up(self, provider: str) -> FoundKey | None:
        """Return the key of a provider (or host)."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where a model is reached. `is_direct`: it speaks the OpenAI format, no library needed."""

    is_direct: bool
    model: str  # as the server wants it
    base: str  # empty: the library knows
    target: Target
    is_local: bool
    key: str = field(default="", repr=False)


def route_for(model: str, api_base: str, keys: KeyFinder) -> Route:
    """Find out where a model is reached.

    Raises:
        ModelError: no model, an address that cannot be used, or no key where one is needed.
    """
    if not model:
        raise _failure(
            ErrorKind.NO_MODEL,
            tr("No model is chosen."),
            tr("Choose one with --model or %model; --api_base names a server of your own."),
        )
    provider, name = split_model(model)
    if api_base:
        return _own_server(model, provider, name, api_base, keys)
    if provider == OPENAI.name:
        key = _needed_key(model, provider, keys)
        target = Target(model, OPENAI.host, OPENAI.key_name)
        return Route(True, name, f"https://{OPENAI.host}/v1", target, False, key)
    if provider in COMPATIBLE:
        raise _failure(
            ErrorKind.CONFIG,
            tr("No server is named for {model}.", model=one_line(model)),
            tr("Give its address with --api_base."),
        )
    return _hosted(model, provider, keys)


def _own_server(model: str, provider: str, name: str, base: str, keys: KeyFinder) -> Route:
    base = base.rstrip("/").removesuffix("/chat/completions")
    host, is_local = checked_host(base)
    key = _key_for_host(host, provider, keys)
    is_direct = provider not in PROVIDERS or provider == OPENAI.name
    target = Target(model, host, "")
    return Route(is_direct, name if is_direct else model, base, target, is_local, key)


def _hosted(model: str, provider: str, keys: KeyFinder) -> Route:
    known = PROVIDERS.get(provider)
    key_name = known.key_name if known else ""
    key = _needed_key(model, provider, keys) if key_name else _given_key(model, keys)
    host = known.host if known and known.host else provider
    is_local = provider.startswith("ollama")
    return Route(False, model, "", Target(model, host, key_name), is_local, key)


def _needed_key(model: str, provider: str, keys: KeyFinder) -> str:
    known = PROVIDERS[provider]
    found = keys.look_up(provider)
    if found is None or not found.key:
        raise _failure(
            ErrorKind.AUTH,
            tr("There is no key for {host}.", host=known.host or provider),
            tr("Enter it with %key, set {name}, or give it with --api_key.", name=known.key_name),
            one_line(model),
        )
    if found.host and known.host and found.host != known.host and found.source != _FROM_FLAG:
        raise _failure(
            ErrorKind.AUTH,
            tr("The key for {provider} belongs to another host.", provider=provider),
            tr("It was saved for {old}, not for {new}.", old=found.host, new=known.host),
        )
    return _usable(found.key)


def _key_for_host(host: str, provider: str, keys: KeyFinder) -> str:
    own = None if host in PROVIDERS else keys.look_up(host)  # a host may be named as a provider
    found = own or (keys.look_up(provider) if provider else None)
    if found is None or (own is None and not _is_bound(found.host, host)):
        return ""  # another host's key stays at home
    return _usable(found.key)


def _is_bound(bound: str, host: str) -> bool:
    """Return whether a key that is bound so may go to a host; see `config.providers.Provider`."""
    name = host.partition(":")[0]
    return any(one == host or (one[0] == "." and name.endswith(one)) for one in bound.split())


def key_bound_to(base: str, keys: KeyFinder) -> str:
    """Return the key that is bound to an address's host, and no other; empty: there is none.

    Raises:
        ModelError: the address or the key cannot be used.
    """
    host, _ = checked_host(base)
    owners = [known.name for known in PROVIDERS.values() if known.host == host]
    if host not in PROVIDERS:  # a host may be named as a provider, whose key is not its own
        owners.insert(0, host)
    for owner in owners:
        found = keys.look_up(owner)
        if found is not None and (owner == host or _is_bound(found.host, host)):
            return _usable(found.key)
    return ""


def _usable(key: str) -> str:
    """Return a key as a header can carry it; a library would quote a bad one in its error."""
    key = key.strip()
    redactor.add(key)
    if not key.isascii() or not key.isprintable():
        raise _failure(
            ErrorKind.AUTH,
            tr("The key holds characters that no key has."),
            tr("Copy it again, without line breaks, and give it once more."),
        )
    return key


def _given_key(model: str, keys: KeyFinder) -> str:
    """Return the key given on the command line with a model of this provider, or nothing."""
    found = keys.look_up(owner_of_key(model, ""))
    return _usable(found.key) if found is not None and found.source == _FROM_FLAG else ""


def owner_of_key(model: str, api_base: str) -> str:
    """Return the host or provider that a key given beside these is for, and nobody else.

    A name before a slash is LiteLLM's for a provider, also where it is not known here.

    Raises:
        ModelError: the address cannot be used.
    """
    if api_base:
        return checked_host(api_base)[0]
    prefix, slash, _ = model.partition("/")
    return split_model(model)[0] or (prefix if slash else OPENAI.name)


def checked_host(base: str) -> tuple[str, bool]:
    """Return the host (with its port, if it names one) and whether it is this machine.

    Raises:
        ModelError: the address cannot or must not be used.
    """
    try:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host:
        raise _failure(
            ErrorKind.CONFIG,
            tr("The server's address is not usable: {base}", base=_shown(base)),
            tr("It looks like http://localhost:11434/v1 or https://example.com/v1."),
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _failure(
            ErrorKind.CONFIG,
            tr("The server's address holds more than a host and a path."),
            tr("Give a key with --api_key, not in the address."),
        )
    is_local = is_loopback(host)
    if parts.scheme == "http" and not is_local:
        raise _failure(
            ErrorKind.CONFIG,
            tr("{host} would be reached without encryption.", host=one_line(host)),
            tr("Use https, or a tunnel to a port of this machine: others could read everything."),
        )
    shown = f"[{host}]" if ":" in host else host
    return (f"{shown}:{port}" if port else shown), is_local


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_sold_by_provider(model: str, api_base: str) -> bool:
    """Tell whether a request goes to the provider that the name means, at its list prices."""
    if not api_base:
        return True
    known = PROVIDERS.get(split_model(model)[0])
    try:
        host = urlsplit(api_base).hostname or ""
    except ValueError:
        return False
    return known is not None and known.host == host


def _shown(base: str) -> str:
    return redactor.redact(one_line(base))


def _failure(kind: ErrorKind, title: str, hint: str, detail: str = "") -> ModelError:
    return ModelError(ErrorInfo(kind, title, detail, hint))
