"""What a person can choose a model from: files and downloads, servers, a provider's list.

Plain data, in the words of models/local (bytes, tokens). Knows no place where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Fit(StrEnum):
    """Whether a model can be run on this machine."""

    GPU = "gpu"  # whole on the GPU
    MEMORY = "memory"
    TIGHT = "tight"  # other programs will feel it
    NO = "no"  # it needs more memory than there is
    UNKNOWN = "unknown"  # its header does not tell


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A model file that is on this machine. `model`: its name in the settings, `local/...`."""

    model: str
    label: str
    path: Path  # of a split file: its first part
    size: int  # bytes, all parts together
    source: str  # where it lies, for a person: oi-tui, Hugging Face cache, Ollama, LM Studio
    details: str = ""  # family, parameters, quantization
    context_window: int = 0  # tokens that it was trained for; 0: not told
    license: str = ""
    fit: Fit = Fit.UNKNOWN
    problem: str = ""  # why no engine can use it; empty: one can
    is_ours: bool = False  # oi-tui downloaded it, and may remove it
    to_pull: str = ""  # not all of it is here: what goes on with its download


@dataclass(frozen=True, slots=True)
class DownloadChoice:
    """A model that could be fetched from the hub, as the catalog knows it."""

    model: str  # `local/OWNER/NAME`
    label: str
    about: str  # what it is good for, in few words
    file: str  # the name of the file that would be fetched
    size: int  # bytes
    license: str
    fit: Fit
    speed: str  # what to expect of it here, for a person
    is_recommended: bool = False


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model of a server. `context_window` 0: it did not tell."""

    name: str
    context_window: int = 0
    is_loaded: bool = True


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """A server that speaks the OpenAI format."""

    name: str  # as it says itself, else as its port suggests
    api_base: str
    models: tuple[ServedModel, ...]
    wants_key: bool = False  # and lists no models without one


@dataclass(frozen=True, slots=True)
class HostedChoice:
    """A model in LiteLLM's list. Prices in US dollars for a million tokens; None: not known."""

    model: str
    context_window: int = 0
    max_output: int = 0
    prompt_price: float | None = None
    completion_price: float | None = None
    calls_tools: bool = False


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model that was used here before, or is a favorite."""

    model: str
    api_base: str = ""
    is_favorite: bool = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """How far a download is. `fetched` and `size` in bytes; `size` 0: not known yet."""

    fetched: int
    size: int
    speed: float = 0.0  # bytes a second, lately
    step: str = ""  # what is done besides fetching, for a person
