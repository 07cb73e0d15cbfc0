"""What a module loads, seen from a fresh process: a static graph cannot tell lazy from eager."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "oi_tui"
HEAVY = (
    "litellm",
    "openai",
    "ctransformers",
    "xllamacpp",
    "textual",
    "pexpect",
    "httpx",
    "keyring",
)
PURE_ROOMS = ("protocol", "text")


def _modules() -> list[str]:
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE.parent).with_suffix("")
        if "drivers" in relative.parts or relative.name == "__main__":
            continue
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        names.append(".".join(parts))
    return names


def _loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


OUTSIDE_UI = [m for m in _modules() if not m.startswith("oi_tui.ui")]


@pytest.mark.parametrize("module", OUTSIDE_UI)
def test_importing_a_module_outside_the_screen_loads_nothing_heavy(module: str) -> None:
    loaded = _loaded_by(module)
    assert not loaded & set(HEAVY), f"{module} loads {loaded & set(HEAVY)}"


@pytest.mark.parametrize(
    "module", [m for m in _modules() if m.split(".")[1:2] in (["protocol"], ["text"])]
)
def test_the_bottom_rooms_need_only_the_standard_library(module: str) -> None:
    foreign = _loaded_by(module) - set(sys.stdlib_module_names) - {"oi_tui", "__main__"}
    assert not {name for name in foreign if not name.startswith("_")}


def test_the_screen_loads_no_provider_library() -> None:
    loaded = _loaded_by("oi_tui.ui.app")
    assert not loaded & {"litellm", "openai", "ctransformers", "xllamacpp", "pexpect", "keyring"}
