"""How much memory a model takes, whether this machine has it, how fast it may be, and what helps.

Arithmetic and words. Careful guesses: nothing here was measured on the machine that it speaks of.
Reads no file and asks no system.
"""

from __future__ import annotations

from oi_tui.models.choices import Fit
from oi_tui.models.local.facts import FileFacts
from oi_tui.models.local.machine import Machine
from oi_tui.models.local.sizes import size_in_words
from oi_tui.text.translation import tr

USUAL_CONTEXT = 8192  # tokens; more is asked for, since it takes memory whether used or not
LEAST_CONTEXT = 1024
# Besides numbers and cache: buffers of the calculation, the library, the program around it.
_ENGINE = 300 << 20  # bytes
_SCRATCH_SHARE = 16  # the buffers grow with the model: this part of the file
# What keys and values of a usual context take beside a file that was not read yet. Between a
# twentieth and a fifth for the models of these years; more would refuse what works.
_CACHE_SHARE = 8
_GPU_SPARE = 0.9  # of a GPU's free memory; the rest is for what else draws
_SYSTEM = 1 << 30  # bytes that the system and other programs cannot give up

# Bytes that pass through in a second while one token is made: 5e9 for each thread is what both
# engines were measured at; ordinary memory ends at about 25e9, and that of GPUs at many times it.
_THREAD_SPEED = 5e9
_MEMORY_SPEED = 25e9
_SHARED_GPU_SPEED = 80e9
_GPU_SPEED = 250e9
_READING = 6.0  # tokens a second, about as fast as a person reads


def needed(facts: FileFacts, context: int) -> int:
    """Return the bytes that a model takes with so many tokens of context."""
    if not facts.cache_per_token:
        return needed_for_size(facts.size)
    return facts.size + facts.size // _SCRATCH_SHARE + facts.cache_per_token * context + _ENGINE


def needed_for_size(size: int) -> int:
    """Return about what a model file of so many bytes takes with the usual context."""
    return size + size // _SCRATCH_SHARE + size // _CACHE_SHARE + _ENGINE


def fit(needed: int, machine: Machine, gpu_layers: int | None = None) -> Fit:
    """Return whether so many bytes can be had here. `gpu_layers` 0: a GPU is not to be used."""
    gpu = machine.gpu if gpu_layers != 0 else None
    if gpu is not None and needed <= gpu.free * _GPU_SPARE:
        return Fit.GPU
    if not machine.memory:
        return Fit.UNKNOWN
    if needed <= machine.free - min(_SYSTEM, machine.memory // 8):
        return Fit.MEMORY
    return Fit.TIGHT if needed <= room(machine, gpu_layers) else Fit.NO


def room(machine: Machine, gpu_layers: int | None = None) -> int:
    """Return the most bytes that a model could take here, were other programs to end."""
    gpu = machine.gpu if gpu_layers != 0 else None
    beside = gpu.memory if gpu is not None and not gpu.shares_memory else 0
    return max(machine.memory - min(_SYSTEM, machine.memory // 8), 0) + beside


def context_that_fits(facts: FileFacts, space: int) -> int:
    """Return the largest context that fits into so many bytes; 0: not even the least one."""
    if not facts.cache_per_token:
        return 0
    left = space - needed(facts, 0)
    context = max(left, 0) // facts.cache_per_token // 256 * 256
    return context if context >= LEAST_CONTEXT else 0


def speed(active: int, machine: Machine, how: Fit) -> float:
    """Return about how many tokens a second to expect; 0: none.

    `active`: the bytes that are read for one token, the whole file but for mixtures of experts.
    """
    if how is Fit.NO or not active:
        return 0.0
    gpu = machine.gpu
    if how is Fit.GPU and gpu is not None:
        return (_SHARED_GPU_SPEED if gpu.shares_memory else _GPU_SPEED) / active
    threads = max(machine.cores - 1, 1)
    whole = min(threads * _THREAD_SPEED, _MEMORY_SPEED) / active
    return whole / 2 if how is Fit.TIGHT else whole


def speed_in_words(tokens: float, how: Fit) -> str:
    """Say what to expect of so many tokens a second."""
    if how is Fit.NO:
        return tr("does not fit")
    if tokens <= 0:
        return ""
    about = f"{tokens:.0f}" if tokens >= 2 else f"{tokens:.1f}"
    if tokens >= 4 * _READING:
        return tr("fast: about {count} tokens/s", count=about)
    if tokens >= _READING:
        return tr("faster than one reads: about {count} tokens/s", count=about)
    if tokens >= _READING / 3:
        return tr("slow: about {count} tokens/s", count=about)
    return tr("very slow: about {count} tokens/s", count=about)


def shortage(wanted: int, context: int, machine: Machine, gpu_layers: int | None = None) -> str:
    """Say how much memory is missing for a model that does not fit."""
    return tr(
        "It needs about {needed} with {count} tokens of context; this machine has {memory} in "
        "all, which is {missing} too little.",
        needed=size_in_words(wanted),
        count=context,
        memory=size_in_words(machine.memory),
        missing=size_in_words(max(wanted - room(machine, gpu_layers), 0)),
    )


def help_for(
    facts: FileFacts, context: int, machine: Machine, gpu_layers: int | None = None
) -> str:
    """Say what would make a model fit that does not."""
    smaller = context_that_fits(facts, room(machine, gpu_layers))
    smaller = min(smaller, facts.context_length or smaller)  # more than it was trained for is noise
    if 0 < smaller < context:
        return tr("It fits with a smaller context: --context_window {count}", count=smaller)
    return tr("Choose a smaller model, or a smaller quantization of this one.")


def tightness(wanted: int, machine: Machine) -> str:
    """Warn of a model that fits only if other programs give way."""
    return tr(
        "It needs about {needed} of memory and {free} are free: other programs will be slow; "
        "close some, or choose a smaller model.",
        needed=size_in_words(wanted),
        free=size_in_words(machine.free),
    )
