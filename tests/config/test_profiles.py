"""Profiles: a layer of their own, switched on by a plain name, and nothing of anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.config.errors import ConfigError, Source
from oi_tui.config.loading import LoadedSettings, load_settings
from oi_tui.config.places import Places, places
from oi_tui.config.profiles import chosen_profile, find_profile, profile_file, profile_names


@pytest.fixture
def here(tmp_path: Path) -> Places:
    found = places({"OI_TUI_HOME": str(tmp_path)})
    (found.config / "profiles").mkdir(parents=True)
    return found


def make(here: Places, name: str, text: str = "") -> Path:
    path = here.config / "profiles" / f"{name}.toml"
    path.write_text(text)
    return path


def load(here: Places, profile: Path, **environ: str) -> LoadedSettings:
    return load_settings({}, environ, here.settings_file, profile=profile)


def test_a_profile_lies_between_the_environment_and_the_file(here: Places) -> None:
    here.settings_file.write_text('model = "file"\ntheme = "file"\nlang = "file"\n')
    profile = make(here, "work", '# mine\nmodel = "profile"\ntheme = "profile"\n')
    loaded = load(here, profile, OI_TUI_MODEL="environment")
    found = loaded.settings
    assert (found.model, found.theme, found.lang) == ("environment", "profile", "file")
    assert loaded.sources["theme"].source is Source.PROFILE
    assert str(loaded.sources["theme"]) == f"{profile}:3"
    assert loaded.in_files["theme"][0] == "file"


def test_a_flag_goes_before_the_variable() -> None:
    assert chosen_profile("work", {"OI_TUI_PROFILE": "home"}) == "work"
    assert chosen_profile("", {"OI_TUI_PROFILE": "home"}) == "home"
    assert chosen_profile("", {}) == ""


def test_the_variable_is_no_misspelled_setting(here: Places) -> None:
    loaded = load(here, make(here, "work"), OI_TUI_PROFILE="work")
    assert loaded.notices == ()


def test_an_unknown_profile_names_what_there_is_and_the_nearest(here: Places) -> None:
    for name in ("work", "home"):
        make(here, name)
    with pytest.raises(ConfigError) as caught:
        find_profile(here, "wrok")
    info = caught.value.info
    assert "wrok" in info.title
    assert "home, work" in info.detail
    assert info.hint == "Did you mean work?"


def test_without_any_profile_it_is_said_how_to_make_one(here: Places) -> None:
    with pytest.raises(ConfigError) as caught:
        find_profile(here, "work")
    assert "oi-tui config new-profile work" in caught.value.info.hint


@pytest.mark.parametrize(
    "name",
    ["", "../work", "/etc/passwd", "a/b", "a.b", "https://x", "-x", ".", "a b", "x" * 65, "a\nb"],
)
def test_a_name_is_a_plain_word(here: Places, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        profile_file(here, name)
    assert "no path and no address" in caught.value.info.detail


def test_only_plain_toml_files_count(here: Places) -> None:
    make(here, "b")
    make(here, "港口")
    for other in ("run.py", "old.yaml", ".hidden.toml", "a b.toml"):
        (here.config / "profiles" / other).write_text("")
    assert profile_names(here) == ("b", "港口")
    with pytest.raises(ConfigError):
        find_profile(here, "run")


def test_no_folder_means_no_profiles(tmp_path: Path) -> None:
    assert profile_names(places({"OI_TUI_HOME": str(tmp_path)})) == ()


def test_a_profile_that_cannot_be_read_is_an_error_at_once(here: Places) -> None:
    """It was asked for just now: to talk to the usual model instead would be a surprise."""
    with pytest.raises(ConfigError) as caught:
        load(here, make(here, "work", 'api_base = "'))
    assert "work.toml" in caught.value.info.detail


@pytest.mark.parametrize("wrong", ["modle = 1", "max_tokens = 0"])
def test_a_profile_with_a_problem_does_not_switch_the_asking_off(here: Places, wrong: str) -> None:
    loaded = load(here, make(here, "work", f"auto_run = true\ntheme = 'x'\n{wrong}\n"))
    assert not loaded.settings.auto_run
    assert loaded.settings.theme == "x"
    assert "work.toml:3" in loaded.notices[0].detail


def test_auto_run_in_a_profile_is_announced(here: Places) -> None:
    loaded = load(here, make(here, "work", "auto_run = true\n"))
    assert loaded.settings.auto_run
    assert "work.toml:1" in loaded.notices[0].detail


def test_a_profile_can_switch_the_asking_on(here: Places) -> None:
    here.settings_file.write_text("auto_run = true\n")
    loaded = load(here, make(here, "careful", "auto_run = false\n"))
    assert not loaded.settings.auto_run
    assert loaded.notices == ()
