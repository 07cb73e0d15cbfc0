"""Every test gets a home of its own and an environment without keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

KEPT = {"PATH", "LANG", "LC_ALL", "TMPDIR", "CI", "VIRTUAL_ENV", "PYTHONPATH", "SHELL", "USER"}


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - KEPT:
        if not name.startswith(("PYTEST", "COV_")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, value in {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": home / "run",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }.items():
        monkeypatch.setenv(name, str(value))
    (home / "run").mkdir(mode=0o700)
    monkeypatch.chdir(Path(home))
