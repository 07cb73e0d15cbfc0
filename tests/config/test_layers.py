"""Changing a setting: the right file, nothing else in it, and never half of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import pytest

from oi_tui.config.errors import ConfigError
from oi_tui.config.layers import Layers
from oi_tui.config.schema import SafeMode
from oi_tui.config.writing import set_values
from tests.support.waiting import wait_until

ROUNDS = int(os.environ.get("OI_TUI_TEST_ROUNDS", "5"))  # by hand: 100
# Says that it begins, then writes two values that belong together, over and over.
WRITER = """
import sys
from pathlib import Path
from oi_tui.config.writing import set_values
path = Path(sys.argv[1])
sys.stdout.write("begun\\n")
sys.stdout.flush()
for number in range(10**6):
    set_values(path, {"model": "m" * (number % 5000), "max_tokens": number % 5000 + 1})
"""


def test_a_change_goes_to_the_file_and_never_to_the_profile(tmp_path: Path) -> None:
    profile = tmp_path / "work.toml"
    profile.write_text('model = "profile"\n')
    layers = Layers(tmp_path / "config.toml", profile=profile)
    layers.write({"model": "new", "safe_mode": SafeMode.ASK})
    assert profile.read_text() == 'model = "profile"\n'
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert (written["model"], written["safe_mode"]) == ("new", "ask")
    loaded = layers.load()
    assert (loaded.settings.model, loaded.settings.safe_mode) == ("profile", SafeMode.ASK)
    layers.write({"safe_mode": None})
    assert layers.load().settings.safe_mode is SafeMode.OFF


def test_a_file_of_open_interpreter_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("model: old\n")
    with pytest.raises(ConfigError) as caught:
        Layers(path).write({"model": "new"})
    assert "oi-tui config import" in caught.value.info.hint
    assert path.read_text() == "model: old\n"


def test_a_broken_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("model = ")
    with pytest.raises(ConfigError):
        Layers(path).write({"model": "new"})
    assert path.read_text() == "model = "


def test_of_several_values_all_or_none_are_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = 'keymap = { quit = "f9" }\n'
    path.write_text(text)
    with pytest.raises(ConfigError):
        set_values(path, {"model": "x", "keymap": {"quit": "f8"}})
    assert path.read_text() == text


def test_a_note_stands_behind_a_new_value_only(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('model = "x"  # mine\n')
    set_values(path, {"model": "y", "lang": "de"}, {"model": "no\nnote", "lang": "from\nold"})
    assert path.read_text() == 'model = "y"  # mine\nlang = "de"  # from old\n'


def _is_another(path: Path, first: int) -> bool:
    return path.stat().st_ino != first


def test_a_kill_while_saving_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for _ in range(ROUNDS):
        path.unlink(missing_ok=True)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            wait_until(path.exists)
            first = path.stat().st_ino
            wait_until(partial(_is_another, path, first))
            writer.send_signal(signal.SIGKILL)
        values = tomllib.loads(path.read_text())
        assert len(values["model"]) + 1 == values["max_tokens"]
        assert "# Longest reply, in tokens." in path.read_text()
