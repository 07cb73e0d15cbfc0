"""Whether the installed build of llama.cpp can use a GPU here, and what that would take.

The same package comes in builds for the processor, CUDA, ROCm and Vulkan. Which one is installed
is read from its library's own names, without loading it: that could end the process. Owns the
words for what is missing.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import platform
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from oi_tui.models.local import drivers
from oi_tui.text.translation import tr

_INDEX = "https://xorbitsai.github.io/xllamacpp/whl/"
_VULKAN_DRIVERS = ("usr/share/vulkan/icd.d", "etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d")


class Build(StrEnum):
    """What the installed package computes with."""

    CPU = "cpu"
    CUDA = "cuda"
    ROCM = "rocm"
    VULKAN = "vulkan"


# The functions by which llama.cpp makes a kind of device known, and what tells AMD's build of the
# same code from NVIDIA's.
_VULKAN_MARK = b"ggml_backend_vk_reg"
_CUDA_MARK = b"ggml_backend_cuda_reg"
_ROCM_MARK = b"libamdhip64"


def trouble(
    package: Path | None, root: Path = Path("/"), environ: Mapping[str, str] = os.environ
) -> str:
    """Return what keeps the package from a GPU, and how to get it; empty: nothing.

    `root`: where the system's files are looked for, for tests.
    """
    if package is None:
        return tr("the package xllamacpp is not installed")
    if sys.platform == "darwin":
        return _trouble_of_mac()
    nvidia, amd = drivers.has_nvidia(root), (root / "dev/kfd").exists()
    if not (nvidia or amd or any(root.glob("dev/dri/renderD*"))):
        return tr("the system tells of no GPU, or its driver is not installed")
    match build_of(package):
        case Build.CPU:
            return _other_build("cu128" if nvidia else "vulkan")
        case Build.CUDA:
            return drivers.nvidia_trouble(root)
        case Build.ROCM:
            if not amd:
                return tr("its build is for GPUs of AMD, and there is none, or no driver for it")
        case Build.VULKAN:
            if not _has_vulkan(root, environ):
                return tr(
                    "no Vulkan driver is installed; on Debian and Ubuntu, for Intel and AMD: "
                    "apt install mesa-vulkan-drivers"
                )
    return ""


def build_of(package: Path) -> Build:
    """Return what the package in this folder was built for."""
    for library in sorted(package.glob("*.so")):
        with contextlib.suppress(OSError):
            state = library.stat()
            return _build_in(library, state.st_size, state.st_mtime_ns)
    return Build.CPU


@lru_cache(4)
def _build_in(library: Path, size: int, changed: int) -> Build:
    del changed  # with it, another library of the same name is read anew
    if not size:
        return Build.CPU
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as all_:
        if all_.find(_CUDA_MARK) >= 0:
            return Build.ROCM if all_.find(_ROCM_MARK) >= 0 else Build.CUDA
        return Build.VULKAN if all_.find(_VULKAN_MARK) >= 0 else Build.CPU


def _trouble_of_mac() -> str:
    if platform.machine() == "arm64":
        return ""  # its wheel brings Metal
    return tr("on Macs with an Intel processor, its build computes on the processor")


def _other_build(name: str) -> str:
    return tr(
        "its build computes on the processor; docs/gpu.md says which others there are, such as: "
        "{command}",
        command=f"pip install xllamacpp --force-reinstall --index-url {_INDEX}{name}",
    )


def _has_vulkan(root: Path, environ: Mapping[str, str]) -> bool:
    if environ.get("VK_DRIVER_FILES") or environ.get("VK_ICD_FILENAMES"):
        return True
    return any(any((root / place).glob("*.json")) for place in _VULKAN_DRIVERS)
