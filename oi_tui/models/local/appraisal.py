"""What a model file on this machine is worth here: what it is, what runs it, whether it fits.

Reads headers, each once as long as its file stays the same. Starts no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from oi_tui.models.choices import FileChoice, Fit
from oi_tui.models.local.engines import NoEngineError, choose, engines
from oi_tui.models.local.facts import FileFacts, facts_from
from oi_tui.models.local.gguf import GgufError, read_header
from oi_tui.models.local.machine import Machine
from oi_tui.models.local.memory import USUAL_CONTEXT, fit, needed
from oi_tui.models.local.sources import FoundModel, Source
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

CONVERTED = "converted"  # the owner of what was rewritten for ctransformers: only it reads that
_MOST_READ = 512  # headers that are remembered


@dataclass(frozen=True, slots=True)
class Reading:
    """What a header tells. `facts` None: it cannot be read, and `problem` says why."""

    facts: FileFacts | None
    problem: str = ""  # why no engine can use it
    engines: tuple[tuple[str, str], ...] = ()  # each with what keeps it from the file


def appraised(found: FoundModel, machine: Machine) -> FileChoice:
    """Return a model as a choice for a person."""
    reading = reading_of(found)
    facts = reading.facts
    prefix = "ctransformers" if found.repository.startswith(f"{CONVERTED}/") else "local"
    return FileChoice(
        model=f"{prefix}/{found.name}",
        label=one_line(label_of(found)),
        path=found.path,
        size=found.size,
        source=found.source.in_words(),
        details=one_line(_details(facts, len(found.parts) > 1)) if facts else "",
        context_window=facts.context_length if facts else 0,
        license=one_line(facts.license, 60) if facts else "",
        fit=fit(memory_of(facts), machine) if facts else Fit.UNKNOWN,
        problem=found.problem or reading.problem,
        is_ours=found.source is Source.OURS,
        to_pull=found.to_pull,
    )


def reading_of(found: FoundModel) -> Reading:
    """Read a model's header."""
    if found.problem:
        return Reading(None, found.problem)
    try:
        state = found.path.stat()
    except OSError as error:
        return Reading(None, error.strerror or str(error))
    reading = _read(found.path, state.st_size, state.st_mtime_ns)
    if reading.facts is not None:  # of a split file, it is the size of the first part
        reading = replace(reading, facts=replace(reading.facts, size=found.size))
    return reading


def memory_of(facts: FileFacts) -> int:
    """Return the bytes that a model takes with the usual context."""
    return needed(facts, min(facts.context_length or USUAL_CONTEXT, USUAL_CONTEXT))


@lru_cache(_MOST_READ)
def _read(path: Path, size: int, changed: int) -> Reading:
    del size, changed  # with these, another file of the same name is read anew
    try:
        header = read_header(path)
    except GgufError as error:
        return Reading(None, str(error))
    except OSError as error:
        return Reading(None, error.strerror or str(error))
    facts = facts_from(path, header)
    asked = () if header.is_cut_short else engines()  # none would say more than that it is
    each = tuple((one.title, one.missing() or one.why_not(header)) for one in asked)
    try:
        choose(header)
    except NoEngineError as error:
        return Reading(facts, str(error), each)
    return Reading(facts, "", each)


def label_of(found: FoundModel) -> str:
    """Return what a model is called in a list."""
    if not found.repository:
        return found.path.stem
    name = found.repository.rpartition("/")[2]
    for ending in ("-GGUF", "-gguf"):
        name = name.removesuffix(ending)
    if found.source is Source.OLLAMA:
        return f"{name.removeprefix('ollama:')}:{found.tag}"
    return f"{name} {found.tag}".strip()


def _details(facts: FileFacts, is_split: bool) -> str:
    count = "" if is_split else parameters_in_words(facts.parameters)
    return ", ".join(part for part in (facts.architecture, count, facts.quantization) if part)


def parameters_in_words(count: int) -> str:
    """Return `8.0 B parameters`; empty for none."""
    if count <= 0:
        return ""
    value, unit = (count / 1e9, "B") if count >= 9.95e8 else (count / 1e6, "M")
    shown = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
    return tr("{count} {unit} parameters", count=shown, unit=unit)
