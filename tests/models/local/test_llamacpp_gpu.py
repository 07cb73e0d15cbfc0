"""Which build of llama.cpp is installed is told without loading it; what is missing, in words."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from pathlib import Path

import pytest

from oi_tui.models.local.llamacpp import gpu
from oi_tui.models.local.llamacpp.engine import ENGINE
from oi_tui.models.local.llamacpp.gpu import Build, build_of, trouble

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other drivers")
MARKS = {
    Build.CPU: b"ggml_backend_cpu_reg",
    Build.CUDA: b"ggml_backend_cuda_reg\0libcuda.so.1",
    Build.ROCM: b"libamdhip64.so.6\0ggml_backend_cuda_reg",
    Build.VULKAN: b"ggml_backend_vk_reg\0libvulkan.so.1",
}


def package(folder: Path, build: Build) -> Path:
    """Write a library that names what a build of this kind names."""
    place = folder / "xllamacpp"
    place.mkdir(exist_ok=True)
    (place / "xllamacpp.abi3.so").write_bytes(
        b"\x7fELF\0" + MARKS[build] + b"\0" * (9 + len(build))
    )
    return place


def put(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("build", list(Build))
def test_a_build_is_told_by_the_names_in_its_library(tmp_path: Path, build: Build) -> None:
    assert build_of(package(tmp_path, build)) is build


def test_the_names_are_those_of_the_real_library() -> None:
    found = importlib.util.find_spec("xllamacpp")
    if found is None or sys.platform != "linux":
        pytest.skip("xllamacpp is not installed")
    folder = Path((found.submodule_search_locations or [""])[0])
    (library,) = folder.glob("*.so")
    assert MARKS[Build.CPU] in library.read_bytes()  # and so the others have theirs
    assert build_of(folder) in Build


def test_a_package_without_a_library_is_nothing(tmp_path: Path) -> None:
    assert build_of(tmp_path) is Build.CPU
    (tmp_path / "empty.so").touch()
    assert build_of(tmp_path) is Build.CPU


@linux
def test_a_machine_without_a_gpu_is_told_so(tmp_path: Path) -> None:
    assert "no GPU" in trouble(package(tmp_path, Build.CUDA), tmp_path, {})
    assert "not installed" in trouble(None, tmp_path, {})


@linux
def test_the_build_for_the_processor_names_the_one_for_the_gpu(tmp_path: Path) -> None:
    place = package(tmp_path, Build.CPU)
    put(tmp_path, "dev/dri/renderD128")
    assert trouble(place, tmp_path, {}).endswith("xllamacpp/whl/vulkan")
    put(tmp_path, "proc/driver/nvidia/version", text="Kernel Module  570.1")
    assert trouble(place, tmp_path, {}).endswith("xllamacpp/whl/cu128")


@linux
def test_cuda_needs_a_driver_that_is_new_enough(tmp_path: Path) -> None:
    place = package(tmp_path, Build.CUDA)
    put(tmp_path, "dev/dri/renderD128")
    assert "no NVIDIA driver" in trouble(place, tmp_path, {})
    put(tmp_path, "proc/driver/nvidia/version", text="NVIDIA UNIX Kernel Module  470.82  Wed")
    assert "470 is too old" in trouble(place, tmp_path, {})
    put(tmp_path, "proc/driver/nvidia/version", text="NVIDIA Kernel Module  570.124.06  Wed")
    assert trouble(place, tmp_path, {}) == ""


@linux
def test_rocm_needs_a_gpu_of_amd(tmp_path: Path) -> None:
    place = package(tmp_path, Build.ROCM)
    put(tmp_path, "dev/dri/renderD128")
    assert "GPUs of AMD" in trouble(place, tmp_path, {})
    put(tmp_path, "dev/kfd")
    assert trouble(place, tmp_path, {}) == ""


@linux
def test_vulkan_needs_a_driver(tmp_path: Path) -> None:
    place = package(tmp_path, Build.VULKAN)
    put(tmp_path, "dev/dri/renderD128")
    assert "mesa-vulkan-drivers" in trouble(place, tmp_path, {})
    assert trouble(place, tmp_path, {"VK_DRIVER_FILES": "/x.json"}) == ""
    put(tmp_path, "usr/share/vulkan/icd.d/radeon_icd.json")
    assert trouble(place, tmp_path, {}) == ""


@pytest.mark.parametrize(("processor", "words"), [("arm64", ""), ("x86_64", "Intel processor")])
def test_metal_is_in_the_build_for_apple_silicon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processor: str, words: str
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: processor)
    said = trouble(tmp_path, tmp_path, {})
    assert words in said
    assert bool(said) == bool(words)


def test_the_engine_asks_of_its_own_package() -> None:
    found = importlib.util.find_spec("xllamacpp")
    package_folder = Path((found.submodule_search_locations or [""])[0]) if found else None
    assert ENGINE.gpu_trouble() == gpu.trouble(package_folder, Path("/"), os.environ)
