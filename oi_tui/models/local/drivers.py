"""NVIDIA's driver as files tell of it: whether it is there, and new enough.

Asks no driver: a broken one can end the process that does.
"""

from __future__ import annotations

import re
from pathlib import Path

from oi_tui.text.translation import tr

_OLDEST = 525  # the first that runs CUDA 12
_VERSION_FILE = "proc/driver/nvidia/version"
_WSL_LIBRARY = "usr/lib/wsl/lib/libcuda.so.1"  # Windows hands its own driver over
_VERSION = re.compile(r"Kernel Module\D*?(\d+)\.\d")


def has_nvidia(root: Path = Path("/")) -> bool:
    """Return whether a driver is there; `root`: where to look, for tests."""
    return (root / _VERSION_FILE).is_file() or (root / _WSL_LIBRARY).exists()


def nvidia_trouble(root: Path = Path("/")) -> str:
    """Return why the driver is of no use for CUDA 12; empty: it is, as far as its files tell."""
    try:
        said = (root / _VERSION_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        if has_nvidia(root):
            return ""
        return tr("there is no NVIDIA driver on this machine, or no NVIDIA GPU")
    version = _VERSION.search(said)
    if version and int(version[1]) < _OLDEST:
        return tr(
            "the NVIDIA driver {version} is too old for CUDA 12: install {needed} or newer",
            version=version[1],
            needed=_OLDEST,
        )
    return ""
