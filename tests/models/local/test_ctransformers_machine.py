"""Which library and which GPU are used, on machines that are told of by files and doubles."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oi_tui.models.local.ctransformers import gpu
from oi_tui.models.local.ctransformers.engine import ENGINE
from oi_tui.models.local.ctransformers.libraries import (
    best_for,
    flags_in,
    library_in,
    missing,
    package_libraries,
    processor_library,
)
from oi_tui.models.local.engines import LoadRequest
from oi_tui.models.local.gguf import read_header
from oi_tui.models.local.server import LocalServer, LocalServerError
from tests.support.tiny_gguf import Tiny, tiny_model

GIBIBYTE = 1024**3
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for CUDA, as on Linux")


def library(folder: Path, name: str, content: bytes = b"", system: str = "") -> Path:
    path = library_in(folder, name, system)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ("fpu sse4_2 avx avx2 f16c fma", "avx2"),
        ("fpu sse4_2 avx avx2", "basic"),
        ("fpu sse4_2 avx f16c", "avx"),
        ("fpu sse4_2", "basic"),
        ("", "basic"),
    ],
)
def test_the_fastest_library_that_the_processor_can_run_is_taken(flags: str, name: str) -> None:
    said = f"processor\t: 0\nflags\t\t: {flags}\nbugs\t: x\n\nprocessor\t: 1\nflags\t\t: avx2\n"
    assert best_for(flags_in(said)) == name


def test_a_library_that_was_built_here_comes_first(tmp_path: Path) -> None:
    library(tmp_path, "avx2")
    assert processor_library(tmp_path).parent.name != "local"
    assert processor_library(tmp_path).name.startswith("libctransformers.")
    local = library(tmp_path, "local")
    assert processor_library(tmp_path) == local


def test_the_library_for_this_machine_is_there() -> None:
    folder = package_libraries()
    assert folder is not None
    assert processor_library(folder).is_file()
    assert ENGINE.missing() == ""


@pytest.mark.parametrize(
    ("system", "machine", "libc", "words"),
    [
        ("Linux", "x86_64", "glibc", ""),
        ("Darwin", "arm64", "", ""),
        ("Linux", "aarch64", "glibc", "aarch64"),
        ("Linux", "x86_64", "", "glibc only"),
        ("FreeBSD", "amd64", "", "not used on this system"),
    ],
)
def test_a_machine_that_no_library_runs_on_is_told_what_to_do(
    tmp_path: Path, system: str, machine: str, libc: str, words: str
) -> None:
    told = missing(tmp_path, system, machine, libc)
    assert words in told if words else not told
    library(tmp_path, "local", system=system)
    assert missing(tmp_path, system, machine, libc) == ""
    assert "pip install ctransformers" in missing(None, system, machine, libc)


# -- CUDA, by files -------------------------------------------------------------------------------
@pytest.fixture
def cuda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with everything that CUDA needs, below one folder."""
    library(tmp_path / "lib", "cuda")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in gpu.RUNTIME:
        (runtime / name).touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{runtime}:")
    driver = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\nGCC 12\n"
    version = driver_file(tmp_path)
    version.parent.mkdir(parents=True)
    version.write_text(driver)
    return tmp_path


def driver_file(machine: Path) -> Path:
    return machine / "proc" / "driver" / "nvidia" / "version"


def trouble(machine: Path) -> str:
    return gpu.trouble(machine / "lib", machine)


@linux
def test_a_machine_with_everything_has_no_trouble(cuda: Path) -> None:
    assert trouble(cuda) == ""


@linux
def test_what_is_missing_for_cuda_is_told_in_words(cuda: Path) -> None:
    (cuda / "runtime" / "libcublas.so.12").unlink()
    assert "libcublas.so.12 is not installed: pip install nvidia-cuda-runtime-cu12" in trouble(cuda)
    driver_file(cuda).write_text("NVIDIA UNIX x86_64 Kernel Module  470.82.01  Wed\n")
    assert "driver 470 is too old for CUDA 12: install 525" in trouble(cuda)
    driver_file(cuda).unlink()
    assert "no NVIDIA driver" in trouble(cuda)
    windows = cuda / "usr" / "lib" / "wsl" / "lib" / "libcuda.so.1"
    windows.parent.mkdir(parents=True)
    windows.touch()  # Windows hands its driver over, without that file
    assert "libcublas.so.12" in trouble(cuda)
    library_in(cuda / "lib", "cuda").unlink()
    assert "no library for CUDA" in trouble(cuda)
    assert "not installed" in gpu.trouble(None)


@linux
def test_a_library_that_was_built_for_the_gpu_is_taken(cuda: Path) -> None:
    local = library(cuda / "lib", "local", b"\x7fELF built for the processor")
    assert gpu.gpu_library(cuda / "lib") == library_in(cuda / "lib", "cuda")
    local.write_bytes(b"\x7fELF ... libcublas.so.12 ...")
    assert gpu.gpu_library(cuda / "lib") == local


def test_metal_needs_a_library_that_was_built_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "CT_METAL=1" in gpu.trouble(tmp_path)
    library(tmp_path, "local", b"/System/Library/Frameworks/Metal.framework/Metal")
    assert gpu.trouble(tmp_path) == ""


@linux
def test_layers_that_were_asked_for_are_refused_in_words_where_there_is_no_gpu(
    tmp_path: Path,
) -> None:
    if not ENGINE.gpu_trouble():
        pytest.skip("this machine has a GPU")
    path = tiny_model(tmp_path / "tiny.gguf", Tiny())
    load = LoadRequest(path, 512, threads=1, gpu_layers=7)
    server = LocalServer(ENGINE.command(load), load)
    with pytest.raises(LocalServerError, match="The GPU cannot be used"):
        server.start()
    server.stop()
    as_many_as_fit = LoadRequest(path, 512, threads=1, gpu_layers=-1)
    server = LocalServer(ENGINE.command(as_many_as_fit), as_many_as_fit)
    assert server.start().base  # on the processor
    server.stop()


# -- CUDA, by its driver --------------------------------------------------------------------------
class FakeDriver:
    """A driver that answers as it is told; what it is not told goes well."""

    def __init__(self, **codes: int) -> None:
        self.codes = codes
        self.version, self.count, self.capability = 12_040, 1, {75: 8, 76: 6}

    def __getattr__(self, name: str) -> Callable[..., int]:
        if not name.startswith("cu"):
            raise AttributeError(name)
        return lambda *arguments: self._answer(name, *arguments)

    def _answer(self, name: str, *arguments: Any) -> int:
        match name:
            case "cuDriverGetVersion":
                _put(arguments[0], ctypes.c_int, self.version)
            case "cuDeviceGetCount":
                _put(arguments[0], ctypes.c_int, self.count)
            case "cuDeviceGetName":
                arguments[0].value = b"Fake GPU"
            case "cuDeviceGetAttribute":
                _put(arguments[0], ctypes.c_int, self.capability[arguments[1]])
            case "cuMemGetInfo_v2":
                _put(arguments[0], ctypes.c_size_t, 5 * GIBIBYTE)
        return self.codes.get(name, 0)


def _put(reference: Any, kind: Any, value: int) -> None:
    ctypes.cast(reference, ctypes.POINTER(kind))[0] = value


def test_the_driver_tells_of_its_gpu() -> None:
    device = gpu.first_device(FakeDriver())
    assert device == gpu.Device("Fake GPU", (8, 6), 5 * GIBIBYTE)


@pytest.mark.parametrize(
    ("codes", "version", "count", "capability", "words"),
    [
        ({"cuInit": 100}, 12_040, 1, 8, "does not start .error 100"),
        ({}, 11_080, 1, 8, "too old for CUDA 12"),
        ({}, 12_040, 0, 8, "sees no GPU"),
        ({"cuDeviceGet": 101}, 12_040, 1, 8, "give the GPU"),
        ({"cuDevicePrimaryCtxRetain": 2}, 12_040, 1, 8, "taken by other programs"),
        ({"cuMemGetInfo_v2": 2}, 12_040, 1, 8, "taken by other programs"),
        ({}, 12_040, 1, 3, "Fake GPU is too old"),
    ],
)
def test_a_driver_or_gpu_that_is_no_use_is_told_in_words(
    codes: dict[str, int], version: int, count: int, capability: int, words: str
) -> None:
    driver = FakeDriver(**codes)
    driver.version, driver.count = version, count
    driver.capability = {75: capability, 76: 0}
    with pytest.raises(gpu.GpuError, match=words):
        gpu.first_device(driver)


def test_as_many_layers_go_to_the_gpu_as_fit(tmp_path: Path) -> None:
    header = read_header(tiny_model(tmp_path / "tiny.gguf", Tiny(layers=10)))
    block = sum(one.size or 0 for one in header.tensors if one.name.startswith("blk.0."))
    assert gpu.layers_that_fit(header, 512, 0) == 0
    assert gpu.layers_that_fit(header, 512, int(block * 4.5)) == 4
    assert gpu.layers_that_fit(header, 512, GIBIBYTE) == gpu.every_layer(header) == 10 + 3
    roomy, full = (gpu.Device("Fake GPU", (8, 6), free) for free in (8 * GIBIBYTE, block * 3))
    assert gpu.layers_for(-1, header, 512, roomy) == 13
    assert gpu.layers_for(999, header, 512, roomy) == 13
    assert gpu.layers_for(4, header, 512, roomy) == 4
    assert gpu.layers_for(-1, header, 512, full) == 0  # the calculation itself needs room
    assert gpu.layers_for(3, header, 512, full) == 3
    with pytest.raises(gpu.GpuError, match=r"Fake GPU has .* MB free.* at most 3 do"):
        gpu.layers_for(4, header, 512, full)
