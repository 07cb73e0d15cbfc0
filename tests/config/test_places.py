"""Places follow the platform, one variable moves them all, and no home is no accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.config.places import NOWHERE, places
from oi_tui.config.private_files import ensure_folder


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    found = places({"OI_TUI_HOME": str(tmp_path)})
    folders = (found.config, found.data, found.state, found.cache, found.runtime)
    assert len(set(folders)) == 5
    assert all(tmp_path in folder.parents for folder in folders)
    assert found.settings_file.parent == found.config
    assert found.sessions.parent == found.data
    assert not list(tmp_path.iterdir())


def test_a_relative_home_does_not_follow_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = places({"OI_TUI_HOME": "portable"})
    monkeypatch.chdir(tmp_path)
    assert found.config.is_absolute()
    assert tmp_path not in found.config.parents


def test_the_platform_decides_otherwise() -> None:
    found = places({})
    home = Path.home()
    assert home in found.config.parents
    assert home in found.data.parents
    assert found.config.name == "oi-tui"


def test_without_a_home_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"XDG_{name}", "relative")
    for folder in (places({}).config, places({}).data):
        assert folder.is_absolute()
    with pytest.raises(OSError, match="Not a directory"):
        ensure_folder(NOWHERE / "sessions")
