"""The port of local engines, which ones there are, and which one a file goes to.

An engine is a program that serves one model file in the OpenAI format on the loopback address.
Others can be added by packages through the entry-point group `oi_tui.local_engines`. Knows no
engine's library and starts nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from oi_tui.models.local.gguf import GgufHeader
from oi_tui.text.translation import tr

GROUP = "oi_tui.local_engines"
# In the order in which they are asked.
_OWN = (
    "oi_tui.models.local.llamacpp.engine:ENGINE",
    "oi_tui.models.local.ctransformers.engine:ENGINE",
)


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What an engine's program is to load. `gpu_layers` -1: as many as fit; 0: none."""

    path: Path
    context: int  # tokens
    threads: int
    gpu_layers: int = -1
    batch: int = 512


class LocalEngine(Protocol):
    """One way to run model files."""

    @property
    def name(self) -> str:
        """Its short name, as in `llamacpp/...`."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    def missing(self) -> str:
        """Return why it cannot run on this machine, and what to install; empty: it can."""
        ...

    def why_not(self, header: GgufHeader) -> str:
        """Return why it cannot use a file with this header; empty: it can."""
        ...

    def calls_tools(self, header: GgufHeader) -> bool:
        """Return whether its server hands over tool calls of the model in this file."""
        ...

    def gpu_trouble(self) -> str:
        """Return what keeps it from using a GPU, in words; empty: nothing."""
        ...

    def command(self, load: LoadRequest) -> Sequence[str]:
        """Return the program that serves a file; see `server` for how it is spoken to."""
        ...


class NoEngineError(Exception):
    """No engine can use a file; the text says why for each, and what to do."""


@cache
def engines() -> tuple[LocalEngine, ...]:
    """Return the engines there are, ours first; a stranger's that cannot be loaded is none."""
    found: list[LocalEngine] = [_load(place) for place in _OWN]
    for entry in entry_points(group=GROUP):
        with contextlib.suppress(Exception):  # whatever its package does wrong
            found.append(entry.load())
    return tuple(found)


def program_command(program: Path) -> tuple[str, ...]:
    """Return how one of our engines' programs is started: it knows this package, and no other."""
    return (sys.executable, "-P", str(program), str(Path(__file__).resolve().parents[3]))


def choose(header: GgufHeader, wanted: str = "") -> LocalEngine:
    """Return the first engine that can use a file with this header, or the one that is wanted.

    Raises:
        NoEngineError: none can.
    """
    if header.is_cut_short:
        raise NoEngineError(tr("The file is cut short: download or copy it again."))
    asked = [engine for engine in engines() if wanted in ("", engine.name)]
    refusals = []
    for engine in asked:
        problem = engine.missing() or engine.why_not(header)
        if not problem:
            return engine
        refusals.append(f"{engine.title}: {problem}")
    if not asked:
        names = ", ".join(engine.name for engine in engines())
        raise NoEngineError(
            tr("There is no engine {name}; there are: {names}.", name=wanted, names=names)
        )
    raise NoEngineError("\n".join(refusals))


def gpu_trouble() -> str:
    """Return why no engine here can use a GPU, in the words of the first; empty: one can."""
    troubles = [engine.missing() or engine.gpu_trouble() for engine in engines()]
    return "" if "" in troubles or not troubles else troubles[0]


def _load(place: str) -> LocalEngine:
    module, _, name = place.partition(":")
    engine: LocalEngine = getattr(importlib.import_module(module), name)
    return engine
