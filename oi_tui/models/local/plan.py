"""How a named model is run on this machine: which file, which engine, how much context and memory.

Starts nothing. What the person did not decide is decided here, from the file's header and the
machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fit
from oi_tui.models.local.engines import LoadRequest, LocalEngine, NoEngineError, choose
from oi_tui.models.local.facts import FileFacts, facts_from
from oi_tui.models.local.gguf import GgufError, read_header
from oi_tui.models.local.library import Library
from oi_tui.models.local.machine import Machine, look, memory_here, physical_cores
from oi_tui.models.local.memory import (
    LEAST_CONTEXT,
    USUAL_CONTEXT,
    context_that_fits,
    fit,
    help_for,
    needed,
    room,
    shortage,
    tightness,
)
from oi_tui.models.providers import split_model
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_CACHE_SHARE = 4  # at most this part of the memory holds keys and values, unless asked for
# Numbers a thread multiplies in a second while it reads a prompt: a careful guess, 15 to 40
# billion where it was measured. A step of the prompt takes about so many seconds; a stop is seen
# between two steps.
_SPEED = 16e9
_STEP_SECONDS = 0.2
_SHORTEST_STEP, _LONGEST_STEP = 8, 512  # tokens
# Besides file and cache: buffers, the library, threads. What is read of a file by mapping it does
# not count as data, but an engine may keep a copy of it in another order.
_MARGIN = 2 << 30  # bytes
_COPIES = 2


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person decided. None and 0: decide for them."""

    context: int | None = None
    gpu_layers: int | None = None
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One model as it is to be run. Two equal plans can share a server."""

    model: str  # as the person named it
    engine: LocalEngine
    load: LoadRequest
    memory: int  # bytes of data that the engine may allocate; 0: no limit
    calls_tools: bool
    notice: str = field(default="", compare=False)  # what the person should know before

    @property
    def title(self) -> str:
        """The model's name without the folders that it lies in."""
        return one_line(split_model(self.model)[1].rpartition("/")[2])

    @property
    def detail(self) -> str:
        """How it is run, for a person."""
        return tr(
            "{engine}, {count} tokens of context", engine=self.engine.title, count=self.load.context
        )


def plan_for(model: str, wishes: Wishes, given_up: int = 0, library: Library | None = None) -> Plan:
    """Find the file of a model and decide how it is run.

    `given_up`: the bytes of a model that is loaded now, and will have ended by then.

    Raises:
        ModelError: there is no such file, nothing here can run it, or it needs more memory than
            there is.
    """
    prefix, name = split_model(model)
    found = (library or Library()).find(name)
    path = found.path
    try:
        header = read_header(path)
        engine = choose(header, "" if prefix == "local" else prefix)
    except (GgufError, NoEngineError) as error:
        raise _unusable(found.title, str(error)) from None
    except OSError as error:
        raise _unusable(found.title, error.strerror or str(error)) from None
    facts = replace(facts_from(path, header), size=found.size)
    layers, notice = _gpu_layers(engine, wishes)
    machine = _machine(layers, given_up)
    threads = wishes.threads or usual_threads()
    context = wishes.context or _context(facts, machine, layers)
    tight = _checked_memory(found.title, facts, context, machine, layers)
    load = LoadRequest(path, context, threads, layers, _step(facts, threads, layers))
    memory = 0 if layers else _memory(facts, context)
    notice = " ".join(part for part in (notice, tight) if part)
    return Plan(model, engine, load, memory, engine.calls_tools(header), notice)


def usual_threads() -> int:
    """Return how many threads compute: all cores but one, since engines wait by spinning."""
    return max(1, physical_cores() - 1)


def _machine(layers: int, given_up: int) -> Machine:
    """Return the machine as it will be; its GPUs are asked for only where one is used."""
    if layers:
        machine = replace(look(), gpu_trouble="")
    else:
        memory, free = memory_here()
        machine = Machine("", memory, free, physical_cores())
    return replace(machine, free=min(machine.free + given_up, machine.memory))


def _context(facts: FileFacts, machine: Machine, layers: int) -> int:
    """Return how much context to take: what is usual, as far as memory holds it well."""
    context = min(facts.context_length or USUAL_CONTEXT, USUAL_CONTEXT)
    if not (facts.cache_per_token and machine.memory):
        return context
    share = machine.memory // _CACHE_SHARE // facts.cache_per_token // 256 * 256
    whole = context_that_fits(facts, room(machine, layers))
    return min(context, max(min(share, whole), LEAST_CONTEXT))


def _checked_memory(
    name: str, facts: FileFacts, context: int, machine: Machine, layers: int
) -> str:
    """Return a warning where memory will be tight; empty: it will not.

    Raises:
        ModelError: the model surely does not fit.
    """
    # Where the header does not tell what a context takes, the file itself has to fit.
    wanted = needed(facts, context) if facts.cache_per_token else facts.size
    how = fit(wanted, machine, layers)
    if how is Fit.NO:
        title = tr("{name} needs more memory than there is.", name=one_line(name))
        detail = shortage(wanted, context, machine, layers)
        hint = help_for(facts, context, machine, layers)
        raise ModelError(ErrorInfo(ErrorKind.CONFIG, title, detail, hint))
    return tightness(wanted, machine) if how is Fit.TIGHT else ""


def _memory(facts: FileFacts, context: int) -> int:
    """Return how much an engine may allocate; 0, no limit, where the header does not tell."""
    if not facts.cache_per_token:
        return 0
    return _COPIES * (facts.size + facts.cache_per_token * context) + _MARGIN


def _gpu_layers(engine: LocalEngine, wishes: Wishes) -> tuple[int, str]:
    """Return how many layers a GPU computes, and why not as many as were asked for."""
    if wishes.gpu_layers == 0:
        return 0, ""
    trouble = engine.gpu_trouble()
    if not trouble:
        return -1 if wishes.gpu_layers is None else wishes.gpu_layers, ""
    if wishes.gpu_layers is None:
        return 0, ""
    return 0, tr("No GPU is used: {problem}.", problem=trouble.rstrip("."))


def _step(facts: FileFacts, threads: int, gpu_layers: int) -> int:
    if gpu_layers or not facts.parameters:
        return _LONGEST_STEP if gpu_layers else _SHORTEST_STEP
    wanted = int(threads * _SPEED * _STEP_SECONDS / facts.parameters)
    return min(max(wanted, _SHORTEST_STEP), _LONGEST_STEP)


def _unusable(name: str, problem: str) -> ModelError:
    title = tr("{name} cannot be used.", name=one_line(name))
    hint = tr("docs/models.md says which file goes to which engine.")
    return ModelError(ErrorInfo(ErrorKind.CONFIG, title, problem, hint))
