"""What a machine has is read from what systems really say, and nonsense is passed over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from oi_tui.models.local import machine
from oi_tui.models.local.machine import Gpu, Machine, free_disk, look, memory_here, read_nvidia
from oi_tui.models.local.sizes import size_in_words

MEMINFO = "MemTotal:       16384000 kB\nMemFree:  200 kB\nMemAvailable:    8192000 kB\n"
WHOLE, FREE = 16_384_000 * 1024, 8_192_000 * 1024
GIB = 1 << 30


def system(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


# -- memory ---------------------------------------------------------------------------------------
def test_memory_of_a_plain_machine(tmp_path: Path) -> None:
    assert memory_here(system(tmp_path, {"proc/meminfo": MEMINFO})) == (WHOLE, FREE)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # The new hierarchy, as seen in a container whose group is the top.
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": "4294967296\n",
                "sys/fs/cgroup/memory.current": "3221225472\n",
                "sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 1073741824\n",
            },
            (4 * GIB, 2 * GIB),
        ),
        # A limit on a group above: a service, a slice of a person.
        (
            {
                "proc/self/cgroup": "0::/user.slice/app.scope\n",
                "sys/fs/cgroup/user.slice/memory.max": "2147483648",
                "sys/fs/cgroup/user.slice/memory.current": "0",
                "sys/fs/cgroup/user.slice/app.scope/memory.max": "max",
            },
            (2 * GIB, 2 * GIB),
        ),
        # The old hierarchy; its path is the host's and is not there.
        (
            {
                "proc/self/cgroup": "12:cpu,cpuacct:/x\n5:memory:/docker/abc\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "2147483648",
            },
            (GIB, 0),
        ),
        # "No limit", in the words of both.
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max"}, (WHOLE, FREE)),
        (
            {
                "proc/self/cgroup": "5:memory:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            },
            (WHOLE, FREE),
        ),
        ({"proc/self/cgroup": "0::/../../..\n\x00::\n:::\n"}, (WHOLE, FREE)),
    ],
)
def test_limits_of_control_groups_count(
    tmp_path: Path, files: Mapping[str, str], expected: tuple[int, int]
) -> None:
    assert memory_here(system(tmp_path, {"proc/meminfo": MEMINFO, **files})) == expected


@pytest.mark.parametrize("said", ["", "MemTotal:\n", "MemTotal: many kB\n", "\x00" * 50, ":::\n"])
def test_a_system_that_tells_nothing_useful(tmp_path: Path, said: str) -> None:
    whole, free = memory_here(system(tmp_path, {"proc/meminfo": said}))
    assert whole == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert free == whole


# -- GPUs -----------------------------------------------------------------------------------------
def test_gpus_as_nvidia_tells_of_them() -> None:
    said = "NVIDIA GeForce RTX 4090, 24564, 23010, 560.35.03\nTesla T4, 15360, 15101, 560.35.03\n"
    first, second = read_nvidia(said)
    assert first == Gpu("NVIDIA GeForce RTX 4090", 24564 << 20, 23010 << 20, "560.35.03")
    assert second.name == "Tesla T4"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
        "No devices were found\n",
        "NVIDIA A100, [N/A], [N/A], 535.1\n",
        ", 1, 1, 1\n",
        "x, -5, 3, 1\n",
        "x, 99999999999999999999999, 1, 1\n",
        "x, ١٢, 3, 4\n",
    ],
)
def test_answers_that_are_no_gpu(said: str) -> None:
    assert read_nvidia(said) == ()


def test_hostile_names_are_made_harmless_and_numbers_sensible() -> None:
    (gpu,) = read_nvidia("\x1b[31mEvil\x07" + "x" * 500 + ", 100, 200, 1\x1b]0;t\x07\n")
    assert "\x1b" not in gpu.name + gpu.driver
    assert len(gpu.name) <= 80
    assert gpu.free == gpu.memory
    assert len(read_nvidia("G, 1, 1, 1\n" * 999)) == 16


def test_gpus_of_amd_are_read_from_files(tmp_path: Path) -> None:
    files = {
        "card0/device/mem_info_vram_total": "17163091968\n",
        "card0/device/mem_info_vram_used": "1163091968\n",
        "card1/device/vendor": "0x8086\n",
        "card2/device/mem_info_vram_total": "nonsense\n",
        "card3/device/mem_info_vram_total": "1000\n",
        "card3/device/mem_info_vram_used": "5000\n",
        "card3/device/product_name": "Instinct\x1b[0m MI\n",
    }
    first, second = machine.read_amd(system(tmp_path, files))
    assert first == Gpu("AMD GPU", 17163091968, 16_000_000_000)
    assert (second.free, "\x1b" in second.name) == (0, False)


@pytest.mark.parametrize(
    ("release", "name"),
    [("6.8.0-45-generic", "Linux"), ("5.15.153.1-microsoft-standard-WSL2", "WSL")],
)
def test_wsl_is_told_from_linux(tmp_path: Path, release: str, name: str) -> None:
    file = tmp_path / "osrelease"
    file.write_text(release)
    assert machine.system_name(file) == name


# -- all of it ------------------------------------------------------------------------------------
def test_this_machine(tmp_path: Path) -> None:
    found = look(tmp_path / "not" / "there" / "yet")
    assert found.memory >= found.free > 0
    assert found.cores >= 1
    assert found.disk == pytest.approx(free_disk(tmp_path), rel=0.1)


def test_a_program_of_the_system_is_asked_and_its_failure_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA L4, 23034, 22000, 550.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = look()
    assert [gpu.name for gpu in found.gpus] == ["NVIDIA L4"]
    program.write_text("#!/bin/sh\necho 'NVIDIA L4, 23034, 22000, 550.1'; exit 9\n")
    assert look().gpus == ()


def test_one_line_for_a_person() -> None:
    gpu = Gpu("RTX 4090", 25_757_220_864, 24_000_000_000)
    known = Machine("Linux", 16_000_000_000, 9_500_000_000, 8, (gpu,), 80_000_000_000)
    assert known.describe() == (
        "16 GB of memory, 9.5 GB free · 8 cores · RTX 4090 with 26 GB · 80 GB free on disk"
    )
    assert known.gpu == gpu
    unused = Machine("Linux", 16_000_000_000, 9_500_000_000, 1, (gpu,), gpu_trouble="no library")
    assert unused.describe().endswith("1 core · RTX 4090 with 26 GB (not used)")
    assert unused.gpu is None


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (-5, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_500_000, "1.5 MB"),
        (676_000_000, "676 MB"),
        (4_683_073_536, "4.7 GB"),
        (9_949_000_000, "9.9 GB"),
        (9_950_000_000, "10 GB"),
        (63_390_000_000, "63 GB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_sizes_for_a_person(size: int, words: str) -> None:
    assert size_in_words(size) == words
