"""What a person is told of their settings at the start."""

from __future__ import annotations

from pathlib import Path

from oi_tui.cli.arguments import parse
from oi_tui.cli.preparation import prepare


def notices_of(tmp_path: Path, settings: str) -> str:
    file = tmp_path / "settings.toml"
    file.write_text(settings)
    return "\n".join(prepare(parse(["--config_file", str(file)])).notices)


def test_keys_that_clash_are_named_at_the_start(tmp_path: Path) -> None:
    told = notices_of(tmp_path, '[keymap]\n"session.new" = "ctrl+p"\n"qit" = "f9"\n')
    assert "ctrl+p is set for two actions" in told
    assert "Did you mean quit?" in told


def test_a_sound_keymap_is_passed_over_in_silence(tmp_path: Path) -> None:
    assert notices_of(tmp_path, '[keymap]\n"session.new" = "f9"\n') == ""
