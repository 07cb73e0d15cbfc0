"""Files of Open Interpreter: what each key becomes, and what is left out for which reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.config.errors import ConfigError
from oi_tui.config.importing import ImportPlan, old_files, plan_import
from oi_tui.config.old_settings import Fate
from oi_tui.config.places import places

KEY = "sk-canary-0123456789abcdef"
OF_0_1 = f"""\
system_message: |
  You are Open Interpreter, a world-class programmer that can execute code.
local: false
model: gpt-4
temperature: 0
auto_run: true
debug_mode: true
safe_mode: off
max_output: 2000
conversation_history: false
api_key: {KEY}
context_window:
weird: 3
max_budget: lots
"""
OF_0_4 = f"""\
llm:
  model: ollama/qwen3
  temperature: 0.5
  api_base: http://localhost:11434/v1
  api_key: {KEY}
  context_window: 32000
  supports_functions: false
  supports_vision: true
computer:
  import_computer_api: true
custom_instructions: Be brief.
verbose: true
safe_mode: ask
offline: true
disable_telemetry: true
version: 0.2.5
"""


def plan(folder: Path, text: str, name: str = "config.yaml", **there: object) -> ImportPlan:
    path = folder / name
    path.write_text(text)
    return plan_import(path, there)


def fates(planned: ImportPlan) -> dict[str, Fate]:
    return {line.key: line.fate for line in planned.lines}


def words(planned: ImportPlan, key: str) -> str:
    return next(line.words for line in planned.lines if line.key == key)


def test_a_file_of_0_1(tmp_path: Path) -> None:
    planned = plan(tmp_path, OF_0_1)
    assert planned.values == {
        "model": "gpt-4",
        "temperature": 0.0,
        "auto_run": True,
        "debug": True,
        "max_output": 2000,
        "ephemeral": True,
    }
    assert fates(planned) == {
        "system_message": Fate.LEFT_OUT,
        "local": Fate.LEFT_OUT,
        "model": Fate.TAKEN,
        "temperature": Fate.TAKEN,
        "auto_run": Fate.TAKEN,
        "debug_mode": Fate.RENAMED,
        "safe_mode": Fate.LEFT_OUT,
        "max_output": Fate.TAKEN,
        "conversation_history": Fate.RENAMED,
        "api_key": Fate.KEY,
        "context_window": Fate.LEFT_OUT,
        "weird": Fate.UNKNOWN,
        "max_budget": Fate.LEFT_OUT,
    }
    assert [line.line for line in planned.lines][:3] == [1, 3, 4]
    assert "shipped" in words(planned, "system_message")
    assert "holds already" in words(planned, "safe_mode")
    assert "a number" in words(planned, "max_budget")
    assert planned.notes["model"] == "from config.yaml, line 4"


def test_a_profile_of_0_4(tmp_path: Path) -> None:
    planned = plan(tmp_path, OF_0_4, "local.yaml")
    assert planned.values == {
        "model": "ollama/qwen3",
        "temperature": 0.5,
        "api_base": "http://localhost:11434/v1",
        "context_window": 32000,
        "tool_mode": "fences",
        "debug": True,
        "safe_mode": "ask",
    }
    assert (planned.model, planned.api_base) == ("ollama/qwen3", "http://localhost:11434/v1")
    left = {key for key, fate in fates(planned).items() if fate is Fate.LEFT_OUT}
    assert left == {
        "llm.supports_vision",
        "computer.import_computer_api",
        "custom_instructions",
        "offline",
        "disable_telemetry",
        "version",
    }
    assert all(words(planned, key) for key in left)
    assert next(line.line for line in planned.lines if line.key == "llm.model") == 2


def test_json_is_read_too(tmp_path: Path) -> None:
    planned = plan(tmp_path, '{"llm": {"model": "gpt-4o"}}', "fast.json")
    assert planned.values == {"model": "gpt-4o"}


def test_a_key_is_in_no_line_and_in_no_repr(tmp_path: Path) -> None:
    for text in (OF_0_1, OF_0_4):
        planned = plan(tmp_path, text)
        assert planned.api_key == KEY
        assert KEY not in repr(planned)
        assert KEY not in str(planned.values)


def test_values_that_are_there_stay(tmp_path: Path) -> None:
    planned = plan(tmp_path, "model: new\ntemperature: 1\n", model="mine", temperature=1.0)
    assert planned.values == {}
    assert "your mine stays; --force replaces it" in words(planned, "model")
    assert "holds already" in words(planned, "temperature")
    forced = plan_import(tmp_path / "config.yaml", {"model": "mine"}, replaces=True)
    assert forced.values["model"] == "new"


def test_a_prompt_of_ones_own_is_taken_over(tmp_path: Path) -> None:
    assert plan(tmp_path, "system_message: Be brief.").values == {"system_message": "Be brief."}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("profile.py", "import os", "nothing of it is run"),
        ("config.toml", 'model = "x"', "--config_file"),
        ("config.yaml", "a: [", "config.yaml"),
        ("config.yaml", "- 1\n- 2\n", "no settings"),
        ("config.yaml", "!!python/object/apply:os.system ['true']", "config.yaml:1"),
    ],
)
def test_what_cannot_be_taken_over_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(tmp_path, text, name)
    info = caught.value.info
    assert said in f"{info.detail} {info.hint}"


def test_a_bomb_of_aliases_is_harmless(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    planned = plan(tmp_path, "\n".join([*levels, "model: *a29", "system_message: *a29"]))
    assert planned.values == {}


def test_old_files_are_found_where_open_interpreter_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    here = places({"OI_TUI_HOME": str(tmp_path / "own")})
    assert list(old_files(here)) == []
    wanted = [here.old_settings_file, tmp_path / "Library/Preferences/Open Interpreter/config.yaml"]
    for path in wanted:
        path.parent.mkdir(parents=True)
        path.touch()
    assert list(old_files(here)) == wanted
