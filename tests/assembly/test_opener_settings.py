"""What the screen may do with settings: written to the right file, read anew, never half."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from oi_tui.assembly.opener import Opener
from oi_tui.config.keys import KeyStore
from oi_tui.config.layers import Layers
from oi_tui.config.places import Places, places


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return places({"OI_TUI_HOME": str(tmp_path)})


def opener(here: Places, **more: object) -> Opener:
    flags = {name: value for name, value in more.items() if name != "profile"}
    profile = more.get("profile")
    layers = Layers(
        here.settings_file, flags, profile=profile if isinstance(profile, Path) else None
    )
    loaded = layers.load()
    return Opener(loaded.settings, KeyStore(here.keys_file), here, layers=layers, loaded=loaded)


def test_a_setting_is_written_and_counts(here: Places) -> None:
    made = opener(here)
    loaded = made.remember_setting("max_steps", 7)
    assert loaded is made.loaded
    assert made.settings.max_steps == loaded.settings.max_steps == 7
    assert str(loaded.sources["max_steps"]).startswith(f"{here.settings_file}:")
    made.remember_setting("max_steps", None)
    assert made.settings.max_steps == 25
    assert made.settings_file() == here.settings_file


def test_what_a_flag_holds_stays_and_the_file_has_the_other(here: Places) -> None:
    made = opener(here, model="flag")
    made.remember_setting("model", "file")
    assert made.settings.model == "flag"
    assert tomllib.loads(here.settings_file.read_text())["model"] == "file"


def test_what_was_changed_for_now_outlives_another_change(here: Places) -> None:
    made = opener(here)
    made.remember_model("first", "")
    made.use_settings(made.settings.__class__(model="for-now"))
    made.remember_setting("max_steps", 7)
    assert (made.settings.model, made.settings.max_steps) == ("for-now", 7)
    assert made.loaded.settings.model == "first"


def test_a_file_that_the_person_changed_is_read_anew(here: Places) -> None:
    made = opener(here)
    made.settings_file().write_text("max_time = 60\nmodle = 1\n")
    loaded = made.reread_settings()
    assert made.settings.max_time == 60
    assert "modle" in loaded.notices[0].title


def test_a_broken_file_is_left_and_nothing_changes(here: Places) -> None:
    made = opener(here)
    made.settings_file().write_text("model = ")
    with pytest.raises(OSError, match="cannot be read"):
        made.remember_setting("max_steps", 7)
    assert made.settings.max_steps == 25
    assert here.settings_file.read_text() == "model = "


def test_a_profile_that_is_gone_is_told(here: Places, tmp_path: Path) -> None:
    profile = tmp_path / "work.toml"
    profile.write_text("max_steps = 3\n")
    made = opener(here, profile=profile)
    profile.unlink()
    with pytest.raises(OSError, match=r"work\.toml"):
        made.reread_settings()
    assert made.settings.max_steps == 3
    assert made.remember_model("other", "") == str(here.settings_file)
