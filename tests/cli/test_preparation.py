"""What a person is told of their settings at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.cli.arguments import parse
from oi_tui.cli.preparation import PreparationError, prepare
from oi_tui.config.places import places


def notices_of(tmp_path: Path, settings: str) -> str:
    file = tmp_path / "settings.toml"
    file.write_text(settings)
    return "\n".join(prepare(parse(["--config_file", str(file)])).notices)


def test_keys_that_clash_are_named_at_the_start(tmp_path: Path) -> None:
    told = notices_of(tmp_path, '[keymap]\n"session.new" = "ctrl+p"\n"qit" = "f10"\n')
    assert "ctrl+p is set for two actions" in told
    assert "Did you mean quit?" in told


def test_a_sound_keymap_is_passed_over_in_silence(tmp_path: Path) -> None:
    assert notices_of(tmp_path, '[keymap]\n"session.new" = "f10"\n') == ""


def test_fast_talks_to_the_fast_model_of_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('model = "slow"\nfast_model = "quick"\n')
    loaded = prepare(parse(["--fast", "--config_file", str(file)])).loaded
    assert loaded.settings.model == "quick"
    assert "--fast" in str(loaded.sources["model"])


@pytest.mark.parametrize("mode", ["ask", "auto"])
def test_safe_mode_switches_auto_run_off_and_says_so(mode: str) -> None:
    prepared = prepare(parse(["-y", "--safe_mode", mode]))
    assert not prepared.loaded.settings.auto_run
    assert "auto-run is off" in "\n".join(prepared.notices)


def test_safe_mode_without_semgrep_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pipx install semgrep" in "\n".join(prepare(parse(["-safe", "auto"])).notices)
    (tmp_path / "semgrep").touch(0o755)
    assert "semgrep" not in "\n".join(prepare(parse(["-safe", "auto"])).notices)


def test_auto_run_stays_on_without_safe_mode() -> None:
    prepared = prepare(parse(["-y", "-safe", "off"]))
    assert prepared.loaded.settings.auto_run
    assert prepared.notices == ()


def test_a_safe_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PreparationError, match="off, ask, auto"):
        prepare(parse(["-safe", "yes"]))


def test_a_profile_is_used_by_name_and_a_misspelled_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path))
    folder = places().config / "profiles"
    folder.mkdir(parents=True)
    (folder / "work.toml").write_text('model = "at-work"\n')
    assert prepare(parse(["--profile", "work"])).loaded.settings.model == "at-work"
    with pytest.raises(PreparationError, match="work"):
        prepare(parse(["-p", "wrk"]))
