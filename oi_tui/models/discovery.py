"""What a person could talk to right now: keys in the environment, servers on this machine.

Used by the first-run screen, on request only. Probes loopback ports of well-known servers, each
with a short limit, all at once; sends nothing but a question for the list of models, and no key.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from oi_tui.models.providers import PROVIDERS
from oi_tui.text.sanitize import one_line

WELL_KNOWN: tuple[tuple[str, int], ...] = (
    ("Ollama", 11434),
    ("LM Studio", 1234),
    ("llama.cpp", 8080),
    ("vLLM", 8000),
    ("Jan", 1337),
    ("KoboldCpp", 5001),
    ("text-generation-webui", 5000),
)
_PATIENCE = 0.5  # seconds for one server
_MOST_BYTES = 1_000_000
_MOST_MODELS = 200


@dataclass(frozen=True, slots=True)
class Server:
    """A server on this machine that speaks the OpenAI format."""

    name: str
    api_base: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyName:
    """A provider whose key is in the environment, and the variable's name; never the key."""

    provider: str
    variable: str


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to talk to."""

    keys: tuple[KeyName, ...]
    servers: tuple[Server, ...]


def discover(environ: Mapping[str, str], ports: Sequence[tuple[str, int]] = WELL_KNOWN) -> Found:
    """Look around; takes at most about a second. Call it from a thread."""
    return Found(keys_in(environ), servers_on(ports))


def keys_in(environ: Mapping[str, str]) -> tuple[KeyName, ...]:
    """Return the providers whose key is in the environment."""
    return tuple(
        KeyName(provider.name, provider.key_name)
        for provider in PROVIDERS.values()
        if provider.key_name and environ.get(provider.key_name)
    )


def servers_on(ports: Sequence[tuple[str, int]]) -> tuple[Server, ...]:
    """Return the servers that answer on these loopback ports, in the order given."""
    found: dict[int, Server] = {}

    def look(name: str, port: int) -> None:
        models = models_at(port)
        if models is not None:
            found[port] = Server(name, f"http://127.0.0.1:{port}/v1", models)

    threads = [threading.Thread(target=look, args=each, daemon=True) for each in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _PATIENCE)
    return tuple(found[port] for _, port in ports if port in found)


def models_at(port: int) -> tuple[str, ...] | None:
    """Return the models that a server on this machine offers; None: there is no such server."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            return None
        body = json.loads(response.read(_MOST_BYTES))
    except (OSError, HTTPException, ValueError, RecursionError):
        return None
    finally:
        connection.close()
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return None
    names = [row.get("id") for row in rows[:_MOST_MODELS] if isinstance(row, dict)]
    return tuple(one_line(name, 200) for name in names if isinstance(name, str) and name)
