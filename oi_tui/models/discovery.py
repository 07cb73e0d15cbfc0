"""Which servers of models there are: on well-known ports of this machine, and at addresses.

Asked on request only. Each server is asked by a thread of its own, with a limit for all; a key goes
only to the address that it is bound to, and to well-known ports none at all. Knows no kind of
server; `server_kinds` does.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from oi_tui.models.base import ModelError
from oi_tui.models.choices import ServedModel, ServerChoice
from oi_tui.models.endpoints import KeyFinder, checked_host, is_loopback, key_bound_to
from oi_tui.models.errors import Target, explain
from oi_tui.models.json_client import Answer, JsonClient
from oi_tui.models.server_kinds import JAN, Ask, Listing, identify, rows_of
from oi_tui.models.trouble import Cause, Trouble
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

WELL_KNOWN: tuple[tuple[str, int], ...] = (
    ("Ollama", 11434),
    ("LM Studio", 1234),
    ("llama.cpp", 8080),
    ("vLLM", 8000),
    ("Jan", 1337),
    ("KoboldCpp", 5001),
    ("text-generation-webui", 5000),
)
_QUICK = 1.5  # seconds for a server that nobody has named
_PATIENT = 8.0  # seconds for one that the person named
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.I)


def servers_here(
    ports: Sequence[tuple[str, int]] | None = None,
) -> tuple[ServerChoice, ...]:
    """Return the servers on well-known ports of this machine; may take two seconds.

    No key is sent. What does not answer is left out; a server that is found twice is told once.
    """
    ports = WELL_KNOWN if ports is None else ports
    usual = [partial(_answering, f"http://127.0.0.1:{port}/v1", name) for name, port in ports]
    return each_once(_at_once(usual, 2 * _QUICK))


def server_at(address: str, keys: KeyFinder | None = None) -> ServerChoice:
    """Ask the server at an address, in whatever form a person writes it.

    Raises:
        ModelError: the address cannot be used, nobody answers there, it wants another key, or
            what answers has no list of models.
    """
    return _ask(address, keys, "", _PATIENT)


def served_at(base: str, model: str, is_local: bool, key: str = "") -> ServedModel | None:
    """Ask a server about one of its models; None: no answer, or it has no such model.

    The only model of a server answers to every name, as llama.cpp's does.
    `base` is an address as requests use it; `key` is the one that they carry.
    """
    with JsonClient(is_local, key, _PATIENT) as client:
        answer = client.ask(f"{base}/models")
        rows = (rows_of(answer.body) if answer.status == 200 else None) or []
        named_so = [row for row in rows if row["id"] in _meanings(model)]
        meant = named_so or (rows if len(rows) == 1 else [])
        if not meant:
            return None
        _, models = identify(Listing(meant, answer.server), _asking(client, base), is_local)
    named = [one for one in models if one.name in _meanings(model)]
    return named[0] if named else (models[0] if len(models) == 1 else None)


def _meanings(model: str) -> tuple[str, str]:
    """Return what a model may be called in a list: Ollama adds a tag to names without one."""
    return model, f"{model}:latest"


def base_of(address: str) -> tuple[str, bool]:
    """Return an address as clients want it, and whether it is this machine.

    A missing scheme is added (https for other machines), and `/v1` where no path is named.

    Raises:
        ModelError: it cannot or must not be used.
    """
    address = address.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")
    if not _SCHEME.match(address):
        host = address.partition("/")[0]
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        address = f"{'http' if is_loopback(name) else 'https'}://{address}"
    _, is_local = checked_host(address)
    return (address if "/" in address.partition("://")[2] else f"{address}/v1"), is_local


# -- one server -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Place:
    base: str
    host: str
    is_local: bool
    usual: str  # whose port it is


def _ask(address: str, keys: KeyFinder | None, usual: str, seconds: float) -> ServerChoice:
    base, is_local = base_of(address)
    host, _ = checked_host(base)
    place = _Place(base, host, is_local, usual or _usual_name(host, is_local))
    key = key_bound_to(base, keys) if keys is not None else ""
    with JsonClient(is_local, key, seconds) as client:
        answer = client.ask(f"{base}/models")
        rows = rows_of(answer.body) if answer.status == 200 else None
        if rows is not None:
            listing = Listing(rows, answer.server)
            name, models = identify(listing, _asking(client, base), is_local)
            return ServerChoice(name or place.usual or host, base, models)
        wants_key = answer.status in (401, 403)
        if wants_key and usual and JAN.read(Listing(()), _asking(client, base)) is not None:
            return ServerChoice(JAN.name, base, (), wants_key=True)  # it tells everybody who it is
    raise _refusal(place, answer, had_key=bool(key))


def _answering(address: str, usual: str) -> ServerChoice | None:
    try:
        return _ask(address, None, usual, _QUICK)
    except ModelError:
        return None


def _usual_name(host: str, is_local: bool) -> str:
    port = host.rpartition(":")[2]
    return next((name for name, one in WELL_KNOWN if is_local and str(one) == port), "")


def _asking(client: JsonClient, base: str) -> Ask:
    root = base.removesuffix("/v1")

    def ask(path: str, body: object) -> Mapping[str, Any]:
        return client.ask(root + path, body).fields

    return ask


def _refusal(place: _Place, answer: Answer, *, had_key: bool) -> ModelError:
    target = Target("", place.host)
    if not answer.status:
        return ModelError(explain(Trouble(Cause.CONNECT, answer.why), target))
    if answer.status in (401, 403):
        title = tr("{host} wants a key.", host=place.host)
        if had_key:
            title = tr("{host} did not accept the key.", host=place.host)
        hint = tr("Enter its key, or give it with --api_key.")
        return ModelError(ErrorInfo(ErrorKind.AUTH, title, "", hint))
    if 300 <= answer.status < 400:
        return ModelError(explain(Trouble(Cause.REDIRECT, "", answer.status), target))
    info = ErrorInfo(
        ErrorKind.UNREADABLE_REPLY,
        tr("{host} answers, but has no list of models.", host=place.host),
        tr(
            "{url} answered with status {status}.", url=f"{place.base}/models", status=answer.status
        ),
        tr("The address usually ends in /v1."),
    )
    return ModelError(info)


# -- many servers ---------------------------------------------------------------------------------
def _at_once(
    tasks: Sequence[Callable[[], ServerChoice | None]], seconds: float
) -> list[ServerChoice]:
    found: dict[int, ServerChoice] = {}

    def run(index: int) -> None:
        choice = tasks[index]()
        if choice is not None:
            found[index] = choice

    threads = [
        threading.Thread(target=run, args=(index,), name="server", daemon=True)
        for index in range(len(tasks))
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [choice for _, choice in sorted(found.copy().items())]


def each_once(choices: Sequence[ServerChoice]) -> tuple[ServerChoice, ...]:
    """Return each server once, as it came first; this machine may have two names."""
    by_place: dict[str, ServerChoice] = {}
    for choice in choices:
        place = choice.api_base.replace("://localhost", "://127.0.0.1", 1)
        by_place.setdefault(one_line(place), choice)
    return tuple(by_place.values())
