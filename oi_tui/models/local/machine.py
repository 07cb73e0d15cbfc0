"""What this machine has for a model: memory, cores, GPUs, room on the disk.

Asks the system, in milliseconds, and loads no engine. The limits of a container count, since what
is beyond them ends the process. Knows no model and decides nothing.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from oi_tui.models.local.sizes import size_in_words
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn

_NVIDIA = "nvidia-smi"
_WSL_NVIDIA = "/usr/lib/wsl/lib/nvidia-smi"
_QUESTION = "--query-gpu=name,memory.total,memory.free,driver_version"
_PATIENCE = 3.0  # seconds; the first call may have to wake the driver
_MOST_GPUS = 16
_MIB = 1 << 20
# What Apple silicon lets its GPU use of the memory that both share, unless told otherwise.
_METAL_SHARE = 0.66
_ENDLESS = 1 << 60  # control groups write "no limit" as a number near 2**63


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. `free` may be less than `memory` by what other programs hold."""

    name: str
    memory: int  # bytes
    free: int  # bytes
    driver: str = ""
    shares_memory: bool = False  # its memory is the machine's, as on Apple silicon


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is. Bytes; 0: the system did not tell."""

    system: str
    memory: int
    free: int
    cores: int  # two threads of one core count once
    gpus: tuple[Gpu, ...] = ()
    disk: int = 0  # free, where models are kept
    gpu_trouble: str = ""  # why no engine here can use a GPU; empty: one can

    @property
    def gpu(self) -> Gpu | None:
        """The largest GPU that an engine can use."""
        if self.gpu_trouble or not self.gpus:
            return None
        return max(self.gpus, key=lambda one: one.memory)

    def describe(self) -> str:
        """Say it in one line, for a person."""
        parts = [
            tr(
                "{size} of memory, {free} free",
                size=size_in_words(self.memory),
                free=size_in_words(self.free),
            ),
            trn("{count} core", "{count} cores", self.cores),
        ]
        parts += [self._gpu_words(one) for one in self.gpus] or [tr("no GPU")]
        if self.disk:
            parts.append(tr("{size} free on disk", size=size_in_words(self.disk)))
        return " · ".join(parts)

    def _gpu_words(self, gpu: Gpu) -> str:
        words = gpu.name
        if not gpu.shares_memory:
            words = tr("{name} with {size}", name=gpu.name, size=size_in_words(gpu.memory))
        return tr("{gpu} (not used)", gpu=words) if self.gpu_trouble else words


def look(folder: Path | None = None) -> Machine:
    """Return what this machine has now; `folder`: where models are kept, need not exist."""
    memory, free = memory_here()
    gpus = gpus_here(memory, free)
    trouble = ""
    if gpus:
        from oi_tui.models.local.engines import gpu_trouble

        trouble = gpu_trouble()
    return Machine(
        system=system_name(),
        memory=memory,
        free=free,
        cores=physical_cores(),
        gpus=gpus,
        disk=free_disk(folder) if folder is not None else 0,
        gpu_trouble=trouble,
    )


def system_name(release: Path = Path("/proc/sys/kernel/osrelease")) -> str:
    """Return the system's name for people."""
    if sys.platform == "darwin":
        return "macOS"
    return "WSL" if "microsoft" in _text(release).lower() else platform.system()


def free_disk(folder: Path) -> int:
    """Return the bytes that are free where `folder` is, or will be; 0: not told."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


# -- memory ---------------------------------------------------------------------------------------
def memory_here(root: Path = Path("/")) -> tuple[int, int]:
    """Return how much memory this process could have, and how much of it is free, in bytes.

    `root`: where the system's files are read from, for tests.
    """
    if sys.platform == "darwin":
        whole = _physical()
        return whole, _free_on_mac() or whole
    told = _numbers(_text(root / "proc/meminfo"), ":")
    whole = told.get("MemTotal", 0) * 1024 or _physical()
    free = told.get("MemAvailable", 0) * 1024 or told.get("MemFree", 0) * 1024 or whole
    limit, used = _group_limit(root)
    if limit and limit < whole:
        whole, free = limit, min(free, max(limit - used, 0))
    return whole, min(free, whole)


def _physical() -> int:
    with contextlib.suppress(ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 0


def _group_limit(root: Path) -> tuple[int, int]:
    """Return the tightest limit of the control groups around this process, and what it holds."""
    tightest = (0, 0)
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if kinds not in ("", "memory"):
            continue
        top = root / "sys/fs/cgroup" / kinds
        # Inside a container the path may be the host's: then only the top is there to be read.
        for folder in _folders(top, path):
            limit, used = _one_limit(folder, kinds)
            if limit and (not tightest[0] or limit < tightest[0]):
                tightest = (limit, used)
    return tightest


def _folders(top: Path, path: str) -> list[Path]:
    parts = [part for part in path.split("/") if part and part != ".."]
    return [top.joinpath(*parts[:count]) for count in range(len(parts) + 1)]


def _one_limit(folder: Path, kinds: str) -> tuple[int, int]:
    new = not kinds
    limit = _number(folder / ("memory.max" if new else "memory.limit_in_bytes"))
    if not 0 < limit < _ENDLESS:
        return 0, 0
    used = _number(folder / ("memory.current" if new else "memory.usage_in_bytes"))
    # The cache of files counts as used, and is given up when it is needed.
    cache = _numbers(_text(folder / "memory.stat"), " ").get("inactive_file", 0)
    return limit, max(used - cache, 0)


def _free_on_mac() -> int:
    said = _ask("vm_stat")
    page = 16384 if "16384" in said.partition("\n")[0] else 4096
    pages = _numbers(said.replace(".", ""), ":")
    wanted = ("Pages free", "Pages inactive", "Pages speculative", "Pages purgeable")
    return sum(pages.get(name, 0) for name in wanted) * page


# -- cores ----------------------------------------------------------------------------------------
def physical_cores() -> int:
    """Return how many cores this process may use; two threads of one core count once."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # macOS
        return _number_in(_ask("sysctl", "-n", "hw.physicalcpu")) or os.cpu_count() or 1
    cores = set()
    for number in usable:
        topology = Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list")
        cores.add(_text(topology).strip() or str(number))
    return len(cores)


# -- GPUs -----------------------------------------------------------------------------------------
def gpus_here(memory: int, free: int) -> tuple[Gpu, ...]:
    """Return the GPUs that the system tells of; `memory` and `free` are what Apple's share."""
    if sys.platform == "darwin":
        return _apple_gpu(memory, free) if platform.machine() == "arm64" else ()
    return read_nvidia(_ask_nvidia()) or read_amd(Path("/sys/class/drm"))


def read_nvidia(said: str) -> tuple[Gpu, ...]:
    """Return the GPUs in what `nvidia-smi` said; lines that are none are passed over."""
    found = []
    for line in said.splitlines()[:_MOST_GPUS]:
        name, _, rest = line.partition(",")
        cells = [cell.strip() for cell in rest.split(",")]
        if len(cells) < 3 or not name.strip():
            continue
        memory, free = _number_in(cells[0]) * _MIB, _number_in(cells[1]) * _MIB
        if memory:
            found.append(Gpu(one_line(name), memory, min(free, memory), one_line(cells[2], 20)))
    return tuple(found)


def read_amd(cards: Path) -> tuple[Gpu, ...]:
    """Return AMD's GPUs, of which the system's files tell the memory but seldom the name."""
    found = []
    for folder in sorted(cards.glob("card*/device"))[:_MOST_GPUS]:
        memory = _number(folder / "mem_info_vram_total")
        used = _number(folder / "mem_info_vram_used")
        if memory:
            name = one_line(_text(folder / "product_name")) or tr("AMD GPU")
            found.append(Gpu(name, memory, max(memory - used, 0)))
    return tuple(found)


def _ask_nvidia() -> str:
    for program in (_NVIDIA, _WSL_NVIDIA):
        place = shutil.which(program)
        if place:
            return _ask(place, _QUESTION, "--format=csv,noheader,nounits")
    return ""


def _apple_gpu(memory: int, free: int) -> tuple[Gpu, ...]:
    name = one_line(_ask("sysctl", "-n", "machdep.cpu.brand_string").strip()) or "Apple GPU"
    share = int(memory * _METAL_SHARE)
    return (Gpu(name, share, min(free, share), shares_memory=True),)


# -- reading --------------------------------------------------------------------------------------
def _ask(*command: str) -> str:
    """Return what a program of the system prints; empty: it is not there, or failed."""
    place = shutil.which(command[0])
    if not place:
        return ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [place, *command[1:]], capture_output=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL
        )
        return done.stdout[:65536].decode("utf-8", "replace") if done.returncode == 0 else ""
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int:
    return _number_in(_text(path))


def _number_in(text: str) -> int:
    """Return the number that a text is; 0: it is none."""
    cleaned = text.strip()
    return int(cleaned) if cleaned.isascii() and cleaned.isdigit() and len(cleaned) < 20 else 0


def _numbers(text: str, mark: str) -> dict[str, int]:
    """Return the numbers of lines such as `name: 12 kB`."""
    rows = (line.partition(mark) for line in text.splitlines())
    return {
        name.strip().strip('"'): _number_in(rest.strip().partition(" ")[0])
        for name, _, rest in rows
    }
