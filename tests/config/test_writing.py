"""Writing one value keeps all else: comments, order, line ends, other values."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.config.errors import ConfigError
from oi_tui.config.fields import setting_fields
from oi_tui.config.loading import load_settings
from oi_tui.config.schema import Settings
from oi_tui.config.writing import create_settings_file, default_text, set_value

FILE = '''# mine
model = "old"  # the "best" # so far

system_message = """
theme = "not this"
[nor this]
"""
keep = [
  1, # one
  2,
]

# keys
[keymap]
quit = "f9"  # why not
"approval.run" = "f8"

[other]
model = "another"
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def test_a_value_is_replaced_and_its_comment_kept(file: Path) -> None:
    set_value(file, "model", "new")
    assert file.read_text() == FILE.replace('"old"', '"new"')


def test_a_value_over_many_lines_is_replaced(file: Path) -> None:
    set_value(file, "system_message", "short")
    text = file.read_text()
    assert "not this" not in text
    assert tomllib.loads(text)["system_message"] == "short"
    assert "# one" in text


def test_a_new_value_comes_before_the_tables(file: Path) -> None:
    set_value(file, "theme", "dark")
    assert '2,\n]\ntheme = "dark"\n\n# keys\n[keymap]' in file.read_text()


def test_a_value_in_a_table(file: Path) -> None:
    set_value(file, "quit", "f7", table="keymap")
    set_value(file, "approval.edit", "f6", table="keymap")
    set_value(file, "approval.run", "f5", table="keymap")
    text = file.read_text()
    assert tomllib.loads(text)["keymap"] == {
        "quit": "f7",
        "approval.run": "f5",
        "approval.edit": "f6",
    }
    assert 'quit = "f7"  # why not' in text
    assert tomllib.loads(text)["other"] == {"model": "another"}


def test_a_table_is_made_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('model = "x"')
    set_value(path, "quit", "f9", table="keymap")
    assert tomllib.loads(path.read_text()) == {"model": "x", "keymap": {"quit": "f9"}}


def test_taking_a_value_out(file: Path) -> None:
    set_value(file, "model", None)
    set_value(file, "quit", None, table="keymap")
    set_value(file, "absent", None)
    set_value(file, "absent", None, table="nowhere")
    loaded = tomllib.loads(file.read_text())
    assert "model" not in loaded
    assert loaded["keymap"] == {"approval.run": "f8"}


def test_line_ends_of_windows_are_kept(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    set_value(file, "model", "new")
    data = file.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == FILE.count("\n")


@pytest.mark.parametrize("text", ["model = ", "model = 'x' 'y'", "[keymap"])
def test_a_broken_file_is_not_touched(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        set_value(path, "model", "x")
    assert path.read_text() == text


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("model = 'x'\n")
    (tmp_path / "config.toml").symlink_to(victim)
    with pytest.raises(OSError, match="link"):
        set_value(tmp_path / "config.toml", "model", "y")
    assert victim.read_text() == "model = 'x'\n"


def test_a_dotted_spelling_that_would_be_doubled_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = 'keymap = { quit = "f9" }\n'
    path.write_text(text)
    with pytest.raises(ConfigError):
        set_value(path, "quit", "f8", table="keymap")
    assert path.read_text() == text


# -- the file we make --------------------------------------------------------------------------
def test_the_made_file_sets_nothing_and_explains_everything(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.toml"
    create_settings_file(path)
    loaded = load_settings({}, {}, path)
    assert loaded.settings == Settings()
    assert loaded.notices == ()
    text = path.read_text()
    for name, field in setting_fields().items():
        assert name in text, name
        assert field.meaning.text.split()[0] in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("mine = 1")
    create_settings_file(path)
    assert path.read_text() == "mine = 1"


def test_the_mode_of_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir(mode=0o755)
    create_settings_file(folder / "named.toml")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_an_old_kind_of_file_is_made_empty(tmp_path: Path) -> None:
    path = tmp_path / "named.yaml"
    create_settings_file(path)
    loaded = load_settings({}, {}, path, required=True)
    assert loaded.settings == Settings()
    assert loaded.notices == ()


def test_every_line_of_the_made_file_can_be_uncommented(tmp_path: Path) -> None:
    lines = [
        line.removeprefix("# ") if " = " in line and "action id" not in line else line
        for line in default_text().split("\n")
    ]
    path = tmp_path / "config.toml"
    path.write_text("\n".join(lines))
    loaded = load_settings({}, {}, path)
    assert loaded.notices == ()
    assert sum(str(origin).startswith(str(path)) for origin in loaded.sources.values()) == len(
        setting_fields()
    )


def test_a_value_set_first_lands_below_its_explanation(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    set_value(path, "theme", "harbor-light")
    assert '# theme = "harbor-dark"\ntheme = "harbor-light"\n' in path.read_text()


values = st.one_of(st.text(max_size=40), st.integers(-(2**40), 2**40), st.booleans())


@given(changes=st.lists(st.tuples(st.sampled_from("abcd"), values), max_size=6))
def test_any_sequence_of_changes_means_what_it_says(
    changes: list[tuple[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "sequence.toml"
    path.write_text(FILE)
    wanted = tomllib.loads(FILE)
    for name, value in changes:
        set_value(path, name, value)
        wanted[name] = value
    assert tomllib.loads(path.read_text()) == wanted
    assert "# so far" in path.read_text()
