"""Which of the shared libraries in the ctransformers package fits this machine.

The package itself asks another package, which takes more than a second for what one file of the
system says. A library that was built here lies in `local` and comes first, as it does there.
Imports nothing of ctransformers.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from oi_tui.text.translation import tr

_FLAGS = re.compile(r"^flags\s*:(.*)$", re.M)
_SYSCTL_SECONDS = 5
_BUILD = "pip install ctransformers --no-binary ctransformers"


def package_libraries() -> Path | None:
    """Return the folder that holds the package's libraries; None: it is not installed."""
    found = importlib.util.find_spec("ctransformers")
    places = (found.submodule_search_locations if found is not None else None) or []
    return next((Path(place) / "lib" for place in places), None)


def missing(folder: Path | None, system: str, machine: str, libc: str) -> str:
    """Return why no library runs on such a machine, and what to do; empty: one does."""
    if folder is None:
        return tr("the package ctransformers is not installed: pip install ctransformers")
    if library_in(folder, "local", system).is_file():
        return ""
    if system == "Linux" and machine not in ("x86_64", "AMD64"):
        return tr(
            "its package has no library for {machine}; with a compiler and cmake, one is built "
            "by: {command}",
            machine=machine,
            command=_BUILD,
        )
    if system == "Linux" and libc != "glibc":
        return tr(
            "its package has a library for glibc only; with a compiler and cmake, one is built "
            "by: {command}",
            command=_BUILD,
        )
    if system not in ("Linux", "Darwin"):
        return tr("it is not used on this system")
    return ""


@cache
def missing_here() -> str:
    """Return what `missing` says of this machine."""
    libc = platform.libc_ver()[0]
    return missing(package_libraries(), platform.system(), platform.machine(), libc)


def library_in(folder: Path, name: str, system: str = "") -> Path:
    """Return where the library with this name lies, there or not."""
    ending = "dylib" if (system or platform.system()) == "Darwin" else "so"
    return folder / name / f"libctransformers.{ending}"


def processor_library(folder: Path) -> Path:
    """Return the fastest library for this machine's processor."""
    local = library_in(folder, "local")
    return local if local.is_file() else library_in(folder, best_for(_processor_flags()))


def best_for(flags: frozenset[str]) -> str:
    """Return the name of the fastest library that needs no more than these abilities."""
    if {"avx2", "fma", "f16c"} <= flags:
        return "avx2"
    if {"avx", "f16c"} <= flags:
        return "avx"
    return "basic"


@cache
def _processor_flags() -> frozenset[str]:
    if sys.platform == "darwin":
        return frozenset() if platform.machine() == "arm64" else _flags_of_sysctl()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            return flags_in(file.read(65_536))
    except OSError:
        return frozenset()


def flags_in(text: str) -> frozenset[str]:
    """Return the abilities that the first processor of a Linux list has."""
    line = _FLAGS.search(text)
    return frozenset(line[1].split()) if line else frozenset()


def _flags_of_sysctl() -> frozenset[str]:
    names = ("machdep.cpu.features", "machdep.cpu.leaf7_features")
    try:
        said = subprocess.run(
            ["/usr/sbin/sysctl", "-n", *names],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SYSCTL_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset({"avx1.0": "avx"}.get(word, word) for word in said.lower().split())
