"""Loads one file into ctransformers, with everything checked before its C code sees it.

Runs in the child only. Owns the order of checks, since what is missed ends the process without a
word.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oi_tui.models.local.ctransformers import gpu
from oi_tui.models.local.ctransformers.generator import Generator
from oi_tui.models.local.ctransformers.libraries import (
    missing_here,
    package_libraries,
    processor_library,
)
from oi_tui.models.local.ctransformers.rules import problems
from oi_tui.models.local.ctransformers.templates import Marks, Template
from oi_tui.models.local.ctransformers.tokens import Tokenizer
from oi_tui.models.local.families import family_of
from oi_tui.models.local.gguf import GgufHeader, read_header
from oi_tui.text.translation import tr

_CHUNK = 8 * 1024 * 1024  # bytes that are read between two words about progress
_MOST_OF_MEMORY = 0.6  # a larger file would push itself out of the cache again
_LEAST_CONTEXT = 128
_WORKING_MEMORY = 300 * 1024 * 1024  # bytes beside the cache: the calculation, and this program
_MEGABYTE = 1_000_000


class LoadError(Exception):
    """A file cannot be loaded; the text is for a person."""


class Model:
    """A loaded file and all that belongs to it."""

    def __init__(self, name: str, header: GgufHeader, llm: Any, threads: int, batch: int) -> None:
        self.name, self.llm = name, llm
        self.context = int(llm.context_length)
        self.tokenizer = Tokenizer(header, llm)
        marks = Marks(self.tokenizer.begin_text, self.tokenizer.end_text)
        source = header.text("tokenizer.chat_template")
        self.template = Template(source, family_of(header), marks)
        self.generator = Generator(llm, self.tokenizer, threads, batch)


def load(order: Mapping[str, Any], loading: Callable[[float], None]) -> Model:
    """Load what was ordered; `loading` hears which part is there.

    Raises:
        LoadError: it cannot be.
        GgufError, OSError: the file cannot be read.
    """
    path, threads, batch = Path(order["path"]), int(order["threads"]), int(order["batch"])
    header = read_header(path)
    problem = missing_here() or next((one.words for one in problems(header)), "")
    libraries = package_libraries()
    if problem or libraries is None:
        raise LoadError(problem)
    context = _context(header, int(order["context"]))
    _check_memory(gpu.cache_size(header, context) + _WORKING_MEMORY, context)
    layers = _layers(int(order["gpu_layers"]), header, context, libraries)
    graphic = gpu.gpu_library(libraries) if layers else None
    _read_through(path, loading)
    llm = _loaded(path, context, layers, graphic or processor_library(libraries))
    return Model(path.stem, header, llm, max(threads, 1), batch)


def _loaded(path: Path, context: int, layers: int, library: Path) -> Any:
    from ctransformers.llm import LLM, Config

    config = Config(context_length=context, gpu_layers=layers)
    try:
        return LLM(str(path), config=config, lib=str(library))
    except (RuntimeError, ValueError):
        words = tr("ctransformers cannot load this file, and does not say why.")
        raise LoadError(words) from None


def _context(header: GgufHeader, wanted: int) -> int:
    """Return the context to load with; the library's own choice would be 512."""
    trained = header.number(f"{header.text('general.architecture')}.context_length")
    return max(wanted if wanted > 0 else trained, _LEAST_CONTEXT)


def _check_memory(needed: int, context: int) -> None:
    """Refuse in words what the engine would be ended for without any."""
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit == resource.RLIM_INFINITY or needed <= limit:
        return
    words = tr(
        "A context of {context} tokens takes {needed} MB of memory, and {limit} MB may be used: "
        "choose a smaller one.",
        context=context,
        needed=needed // _MEGABYTE,
        limit=limit // _MEGABYTE,
    )
    raise LoadError(words)


def _layers(wanted: int, header: GgufHeader, context: int, libraries: Path) -> int:
    """Return how many layers go to the GPU: as many as fit, or those that were asked for."""
    if not wanted:
        return 0
    try:
        return _gpu_layers(wanted, header, context, libraries)
    except gpu.GpuError as error:
        if wanted < 0:
            return 0
        words = tr("The GPU cannot be used: {problem}.", problem=error)
        raise LoadError(words) from None


def _gpu_layers(wanted: int, header: GgufHeader, context: int, libraries: Path) -> int:
    problem = gpu.trouble(libraries)
    if problem:
        raise gpu.GpuError(problem)
    every = gpu.every_layer(header)
    if gpu.computes_on_metal(libraries):
        return every if wanted < 0 else min(wanted, every)
    gpu.load_runtime(gpu.cuda_folders())
    return gpu.layers_for(wanted, header, context, gpu.first_device(gpu.driver()))


def _read_through(path: Path, loading: Callable[[float], None]) -> None:
    """Read the file once, so that it lies in the system's cache: the engine only maps it."""
    size = path.stat().st_size
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory * _MOST_OF_MEMORY:
        return
    buffer, read = memoryview(bytearray(min(_CHUNK, size))), 0
    with open(path, "rb", buffering=0) as file:
        while (count := file.readinto(buffer)) > 0:
            read += count
            loading(read / size)
