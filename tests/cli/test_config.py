"""`oi-tui config`: what it shows, edits, takes over, and keeps to itself."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from oi_tui.cli.start import FAILED, OK, USAGE, start
from oi_tui.config.fields import setting_fields
from oi_tui.config.places import Places, places
from tests.support.terminal import Terminal

KEY = "sk-canary-0123456789abcdef"
OLD = f"model: gpt-4\nauto_run: true\nverbose: true\napi_key: {KEY}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "home"))
    found = places()
    found.config.mkdir(parents=True)
    return found


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str, status: int = 0) -> None:
    """An editor that adds lines to the end of a file."""
    script = folder / "editor"
    commands = [f"echo '{line}' >>\"$1\"" for line in lines]
    script.write_text("\n".join(["#!/bin/sh", *commands, f"exit {status}"]))
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(script))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = start(words)
    out, err = capsys.readouterr()
    return status, out, err


# -- show and path -----------------------------------------------------------------------------
def test_every_setting_is_shown_with_its_origin(
    here: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.settings_file.write_text('# mine\ntheme = "lantern"\n')
    monkeypatch.setenv("OI_TUI_LANG", "de")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    status, out, err = run(capsys, "config", "show", "--model", "gpt-4o")
    assert (status, err) == (OK, "")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line[:2] == "  "}
    assert rows.keys() == setting_fields().keys()
    assert rows["theme"] == ["lantern", f"{here.settings_file}:2"]
    assert rows["lang"] == ["de", "OI_TUI_LANG"]
    assert rows["model"] == ["gpt-4o", "--model"]
    assert rows["debug"] == ["false", "default"]
    assert KEY not in out


def test_it_is_shown_as_json(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    here.settings_file.write_text("max_tokens = 50\nmodle = 1\n")
    status, out, err = run(capsys, "config", "show", "--json")
    assert (status, err) == (OK, "")
    shown = json.loads(out)
    assert shown["settings"]["max_tokens"] == {
        "value": 50,
        "source": "file",
        "origin": f"{here.settings_file}:1",
        "default": None,
        "meaning": setting_fields()["max_tokens"].meaning.text,
    }
    assert shown["notices"][0]["hint"] == "Did you mean model?"


def test_logins_and_keys_in_values_are_not_shown(
    here: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    here.settings_file.write_text(
        f'api_base = "https://ada:hunter2@example.com/v1"\nsystem_message = "use {KEY}"\n'
    )
    for more in ((), ("--json",)):
        _, out, _ = run(capsys, "config", "show", *more)
        assert "hunter2" not in out
        assert KEY not in out
        assert "example.com" in out


def test_the_path_is_that_of_the_file_in_use(
    here: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "config", "path")[1] == f"{here.settings_file}\n"
    named = run(capsys, "config", "path", "--config_file", "other.toml")[1]
    assert named == f"{here.config / 'other.toml'}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("config", "path", "more"), "no use for more"),
        (("config", "import", "a", "b"), "no use for b"),
        (("config", "new-profile"), "NAME"),
        (("config", "show", "--profile", "wrok"), "no profile wrok"),
        (("config", "path", "--profile", "../x"), "cannot be the name"),
        (("config", "new-profile", "a/b"), "cannot be the name"),
        (("config", "import", "/nowhere/config.yaml"), "/nowhere/config.yaml"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    here: Places, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (USAGE, "")
    assert said in err
    assert not here.settings_file.exists()


# -- edit --------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", [("config",), ("config", "edit"), ("--config",)])
def test_the_file_is_made_and_opened(
    here: Places,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    editor(here.config, monkeypatch, "[x]")
    status, _, err = run(capsys, *words)
    assert status == USAGE
    assert "There is no setting x" in err
    assert "# Longest reply" in here.settings_file.read_text()


def test_an_editor_that_fails_is_told(
    here: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(here.config, monkeypatch, status=3)
    assert run(capsys, "--config")[0] == FAILED
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    status, _, err = run(capsys, "--config")
    assert status == FAILED
    assert "can't be edited" in err


def test_a_profile_is_made_listed_and_edited(
    here: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "new-profile" in run(capsys, "config", "profiles")[2]
    editor(here.config, monkeypatch)
    assert run(capsys, "config", "new-profile", "work")[0] == OK
    path = here.config / "profiles" / "work.toml"
    assert path.read_text().startswith("# Profile work of oi-tui, used with --profile work.\n")
    assert run(capsys, "config", "profiles")[1] == "work\n"
    assert "already" in run(capsys, "config", "new-profile", "work")[2]
    editor(here.config, monkeypatch, '"quit" = "f9"')
    assert run(capsys, "--config", "--profile", "work")[0] == OK
    assert tomllib.loads(path.read_text()) == {"keymap": {"quit": "f9"}}
    assert not here.settings_file.exists()


# -- import ------------------------------------------------------------------------------------
def test_without_a_terminal_neither_key_nor_auto_run_is_taken_over(
    here: Places, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.yaml"
    old.write_text(OLD)
    status, out, _ = run(capsys, "config", "import", str(old))
    assert status == OK
    written = tomllib.loads(here.settings_file.read_text())
    assert written == {"model": "gpt-4", "debug": True, "keymap": {}}
    assert f'model = "gpt-4"  # from {old.name}, line 1' in here.settings_file.read_text()
    assert "you are asked before code runs" in out
    assert "it is not kept" in out
    assert "2 settings written" in out
    assert KEY not in out + here.settings_file.read_text()
    assert not here.keys_file.exists()
    assert old.read_text() == OLD


def test_in_a_terminal_both_are_asked_about(here: Places, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(OLD)
    command = [sys.executable, "-m", "oi_tui", "config", "import", str(tmp_path / "config.yaml")]
    with Terminal(command, columns=140) as terminal:
        terminal.wait_screen("WITHOUT ASKING")
        terminal.send(b"n\r")
        terminal.wait_screen("for api.openai.com?")
        terminal.send(b"y\r")
        terminal.wait_screen("settings written")
        assert terminal.wait_exit() == OK
        assert KEY.encode() not in terminal.raw
    assert "auto_run" not in tomllib.loads(here.settings_file.read_text())
    kept = json.loads(here.keys_file.read_text())
    assert kept == {"openai": {"host": "api.openai.com", "key": KEY}}


def test_values_that_are_there_stay_unless_forced(
    here: Places, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    here.settings_file.write_text('model = "mine"  # the best\n')
    old = tmp_path / "config.yaml"
    old.write_text("model: gpt-4\n")
    assert "--force replaces it" in run(capsys, "config", "import", str(old))[1]
    assert here.settings_file.read_text() == 'model = "mine"  # the best\n'
    run(capsys, "config", "import", str(old), "--force")
    assert here.settings_file.read_text() == 'model = "gpt-4"  # the best\n'


def test_a_file_can_become_a_profile(
    here: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(here.config, monkeypatch)
    run(capsys, "config", "new-profile", "work")
    old = here.config / "fast.yaml"
    old.write_text("llm:\n  model: gpt-4o-mini\n")
    assert run(capsys, "config", "import", str(old), "--profile", "work")[0] == OK
    assert 'model = "gpt-4o-mini"' in (here.config / "profiles" / "work.toml").read_text()
    assert not here.settings_file.exists()


def test_the_old_file_beside_ours_is_found_and_said_to_count_still(
    here: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "config", "import")[0] == FAILED
    here.old_settings_file.write_text("model: gpt-4\n")
    status, out, _ = run(capsys, "config", "import")
    assert status == OK
    assert "still counts" in out


def test_a_broken_old_file_is_told_and_nothing_is_written(
    here: Places, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.yaml"
    old.write_text("model: [\nbroken\n")
    status, _, err = run(capsys, "config", "import", str(old))
    assert status == USAGE
    assert f"{old}:" in err
    assert not here.settings_file.exists()
