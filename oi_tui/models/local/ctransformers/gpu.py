"""Whether ctransformers can use the GPU, asked before its C code is: that ends the process.

Two questions: `trouble` looks only at files, so that the application can ask it; `devices` asks
the driver, which only the child does. Owns the words for what is missing and the count of layers
that fit. Imports nothing of ctransformers.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from oi_tui.models.local.ctransformers.libraries import library_in
from oi_tui.models.local.drivers import nvidia_trouble
from oi_tui.models.local.gguf import GgufHeader
from oi_tui.text.translation import tr

RUNTIME = ("libcudart.so.12", "libcublasLt.so.12", "libcublas.so.12")  # in the order of loading
_NEEDED = ("libcudart.so.12", "libcublas.so.12")
_CUDA_VERSION = 12_000
_OLDEST_CAPABILITY = (5, 2)
_SYSTEM_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/local/cuda/lib64",
    "/usr/local/cuda-12/lib64",
    "/opt/cuda/lib64",
)
_SPARE = 0.9  # of the free memory; the rest is for what else draws
_SCRATCH = 700 * 1024 * 1024  # bytes that the calculation itself takes
_INSTALL = "pip install nvidia-cuda-runtime-cu12 nvidia-cublas-cu12"
_BUILD_METAL = "CT_METAL=1 pip install ctransformers --no-binary ctransformers --force-reinstall"


class GpuError(Exception):
    """The GPU cannot be used; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU as the driver tells of it."""

    name: str
    capability: tuple[int, int]
    free: int  # bytes


# -- files ----------------------------------------------------------------------------------------
def trouble(libraries: Path | None, root: Path = Path("/")) -> str:
    """Return what is not there for layers on the GPU, and how to get it; empty: all is.

    `root`: where the system's files are looked for, for tests.
    """
    if libraries is None:
        return tr("the package ctransformers is not installed: pip install ctransformers")
    if sys.platform == "darwin":
        if computes_on_metal(libraries):
            return ""
        return tr(
            "its package has no library for Metal; with the Xcode command line tools, one is "
            "built by: {command}",
            command=_BUILD_METAL,
        )
    if gpu_library(libraries) is None:
        return tr("its package has no library for CUDA on this system")
    return nvidia_trouble(root) or _runtime_trouble(cuda_folders())


def gpu_library(libraries: Path) -> Path | None:
    """Return the library that computes on a GPU; one that was built here comes first."""
    if computes_on_metal(libraries) or built_with(libraries, b"libcublas.so"):
        return library_in(libraries, "local")
    cuda = library_in(libraries, "cuda")
    return cuda if sys.platform != "darwin" and cuda.is_file() else None


def computes_on_metal(libraries: Path) -> bool:
    """Return whether the library that was built here uses Apple's GPUs."""
    return built_with(libraries, b"Metal.framework")


def built_with(libraries: Path, mark: bytes) -> bool:
    """Return whether the library that was built here names another one that it needs."""
    try:
        return mark in library_in(libraries, "local").read_bytes()
    except OSError:
        return False


def cuda_folders() -> list[Path]:
    """Return where CUDA's libraries may lie: packages first, then the system's folders."""
    folders = []
    found = importlib.util.find_spec("nvidia")
    for place in (found.submodule_search_locations if found is not None else None) or ():
        folders += [Path(place, part, "lib") for part in ("cuda_runtime", "cublas")]
    named = [one for one in os.environ.get("LD_LIBRARY_PATH", "").split(":") if one]
    return folders + [Path(one) for one in (*named, *_SYSTEM_FOLDERS)]


def _runtime_trouble(folders: Sequence[Path]) -> str:
    absent = [name for name in _NEEDED if find(name, folders) is None]
    if not absent:
        return ""
    names = ", ".join(absent)
    return tr("CUDA's {names} is not installed: {command}", names=names, command=_INSTALL)


def find(name: str, folders: Iterable[Path]) -> Path | None:
    """Return the first file with this name."""
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


# -- the driver, asked in the child ---------------------------------------------------------------
class Driver(Protocol):
    """The functions of CUDA's driver by their names; each returns 0 if it went well."""

    def __getattr__(self, name: str) -> Callable[..., int]: ...


def load_runtime(folders: Sequence[Path]) -> None:
    """Load CUDA's libraries, so that the engine's finds them; raises `GpuError`."""
    for name in RUNTIME:
        place = find(name, folders)
        try:
            if place is not None:
                ctypes.CDLL(str(place), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            words = tr("CUDA's {name} does not load: {error}", name=name, error=error)
            raise GpuError(words) from None


def driver() -> Driver:
    """Load the driver's library; raises `GpuError`."""
    try:
        library: Driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        words = tr("the NVIDIA driver's library libcuda.so.1 is not there: install the driver")
        raise GpuError(words) from None
    return library


def first_device(cuda: Driver) -> Device:
    """Ask the driver for its first GPU.

    Raises:
        GpuError: there is none that ctransformers can use.
    """
    number, version, count = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    code = cuda.cuInit(0)
    if code:
        raise GpuError(tr("the NVIDIA driver does not start (error {code})", code=code))
    if cuda.cuDriverGetVersion(ctypes.byref(version)) or version.value < _CUDA_VERSION:
        raise GpuError(tr("the NVIDIA driver is too old for CUDA 12: install a newer one"))
    if cuda.cuDeviceGetCount(ctypes.byref(count)) or count.value < 1:
        raise GpuError(tr("the NVIDIA driver sees no GPU"))
    if cuda.cuDeviceGet(ctypes.byref(number), 0):
        raise GpuError(tr("the NVIDIA driver does not give the GPU away"))
    device = Device(_name(cuda, number), _capability(cuda, number), _free(cuda, number))
    if device.capability < _OLDEST_CAPABILITY:
        raise GpuError(tr("the GPU {name} is too old for ctransformers", name=device.name))
    return device


def _name(cuda: Driver, number: ctypes.c_int) -> str:
    name = ctypes.create_string_buffer(128)
    cuda.cuDeviceGetName(name, len(name), number)
    return name.value.decode("utf-8", "replace")


def _capability(cuda: Driver, number: ctypes.c_int) -> tuple[int, int]:
    major, minor = ctypes.c_int(), ctypes.c_int()
    cuda.cuDeviceGetAttribute(ctypes.byref(major), 75, number)
    cuda.cuDeviceGetAttribute(ctypes.byref(minor), 76, number)
    return major.value, minor.value


def _free(cuda: Driver, number: ctypes.c_int) -> int:
    """Return the bytes that are free; needs a context, which the engine then shares."""
    context, free, whole = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
    if (
        cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), number)
        or cuda.cuCtxSetCurrent(context)
        or cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(whole))
    ):
        raise GpuError(tr("the GPU is taken by other programs"))
    return free.value


# -- how much -------------------------------------------------------------------------------------
def layers_for(wanted: int, header: GgufHeader, context: int, device: Device) -> int:
    """Return how many layers to ask for; `wanted` below 0: as many as surely fit.

    Raises:
        GpuError: those that are wanted cannot fit, which would end the process.
    """
    if wanted < 0:
        return layers_that_fit(header, context, int(device.free * _SPARE) - _SCRATCH)
    layers = min(wanted, every_layer(header))
    most = layers_that_fit(header, context, device.free)
    if layers > most:
        words = tr(
            "{device} has {free} MB free, which {layers} layers do not fit into; at most {most} do",
            device=device.name,
            free=device.free // 1_000_000,
            layers=layers,
            most=most,
        )
        raise GpuError(words)
    return layers


def every_layer(header: GgufHeader) -> int:
    """Return how many layers a file has: blocks, output, and the two halves of the cache."""
    return max(header.number(f"{header.text('general.architecture')}.block_count"), 0) + 3


def layers_that_fit(header: GgufHeader, context: int, room: int) -> int:
    """Return how many layers fit into `room` bytes, in the order in which the engine moves them."""
    sizes = [0] * (every_layer(header) - 3)
    for tensor in header.tensors:
        number = tensor.name.split(".")[1] if tensor.name.startswith("blk.") else ""
        if number.isdigit() and int(number) < len(sizes):
            sizes[int(number)] += tensor.size or 0
    output = next((one.size or 0 for one in header.tensors if one.name == "output.weight"), 0)
    half_cache = cache_size(header, context) // 2
    fitting = 0
    for size in (*sizes, output, half_cache, half_cache):
        room -= size
        if room < 0:
            break
        fitting += 1
    return fitting


def cache_size(header: GgufHeader, context: int) -> int:
    """Return the bytes of keys and values for a context; the engine keeps them at 16 bits."""
    architecture = header.text("general.architecture")
    width, heads, blocks = (
        header.number(f"{architecture}.{key}")
        for key in ("embedding_length", "attention.head_count", "block_count")
    )
    shared = header.number(f"{architecture}.attention.head_count_kv") or heads
    return blocks * context * (width // max(heads, 1)) * shared * 2 * 2
