"""Flag, environment, file, default: in this order, with sources and honest complaints."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.config.errors import ConfigError, Source
from oi_tui.config.fields import setting_fields
from oi_tui.config.files import find_settings_file
from oi_tui.config.loading import LoadedSettings, load_settings
from oi_tui.config.places import places
from oi_tui.config.schema import Settings, ToolMode
from oi_tui.protocol.items import ErrorKind


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def load(file: Path) -> LoadedSettings:
    return load_settings({}, {}, file)


# -- the order ---------------------------------------------------------------------------------
def test_nothing_given_means_the_defaults() -> None:
    loaded = load_settings({}, {}, None)
    assert loaded.settings == Settings()
    assert {origin.source for origin in loaded.sources.values()} == {Source.DEFAULT}
    assert loaded.notices == ()


def test_flag_before_environment_before_file_before_default(tmp_path: Path) -> None:
    file = write(tmp_path, 'model = "f"\ntheme = "f"\nlang = "f"\n')
    environ = {"OI_TUI_MODEL": "e", "OI_TUI_THEME": "e"}
    loaded = load_settings({"model": "flag", "lang": None}, environ, file)
    found = loaded.settings
    assert (found.model, found.theme, found.lang, found.max_steps) == ("flag", "e", "f", 25)
    assert [loaded.sources[name].source for name in ("model", "theme", "lang", "max_steps")] == [
        Source.FLAG,
        Source.ENVIRONMENT,
        Source.FILE,
        Source.DEFAULT,
    ]
    assert str(loaded.sources["lang"]) == f"{file}:3"
    assert str(loaded.sources["theme"]) == "OI_TUI_THEME"
    assert loaded.file == file


def test_every_type_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        'temperature = 1\nmax_tokens = 50\ndebug = true\ntool_mode = "fences"\n'
        '[keymap]\n"session.new" = "f9"\n',
    )
    found = load(file).settings
    assert found.temperature == 1.0
    assert isinstance(found.temperature, float)
    assert (found.max_tokens, found.debug) == (50, True)
    assert found.tool_mode is ToolMode.FENCES
    assert found.keymap == {"session.new": "f9"}


def test_every_setting_but_two_can_come_from_the_environment() -> None:
    samples: dict[type, str] = {str: "word", int: "5000", float: "1.5", bool: "yes"}
    for name, field in setting_fields().items():
        if not field.meaning.in_environment:
            continue
        text = samples.get(field.kind) or _last_member(field.kind)
        loaded = load_settings({}, {f"OI_TUI_{name.upper()}": text}, None)
        assert getattr(loaded.settings, name) != field.default, name


def _last_member(kind: type) -> str:
    assert issubclass(kind, Enum)
    return str(list(kind)[-1].value)


# -- what is said about wrong values -----------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "title", "detail", "hint"),
    [
        ('modle = "x"', "modle", "config.toml:1", "model"),
        ("\nmax-tokens = 5\nauto_runn = true", "auto_runn", "config.toml:3", "auto_run"),
        ('# note\ntemperature = "hot"', "temperature", "config.toml:2", ""),
        ("max_tokens = 0", "max_tokens", "at least 1", ""),
        ("max_tokens = true", "max_tokens", "whole number", ""),
        ("max_tokens = 1.5", "max_tokens", "whole number", ""),
        ("temperature = nan", "temperature", "a number", ""),
        ("debug = 1", "debug", "true or false", ""),
        ("model = 4", "model", "text in quotes", ""),
        ('tool_mode = "magic"', "tool_mode", "auto, tools, fences", ""),
        ("keymap = 3", "keymap", "table", ""),
        ("[keymap]\nquit = 3", "keymap", "quit", ""),
        ("[shell]\nx = 1", "shell", "config.toml:1", ""),
        ("xyzzy = 1", "xyzzy", "config.toml:1", ""),
    ],
)
def test_a_wrong_line_is_named_and_the_rest_is_used(
    tmp_path: Path, text: str, title: str, detail: str, hint: str
) -> None:
    file = write(tmp_path, 'lang = "de"\n'.join(["", text]) if "[" in text else text + "\n")
    before = file.read_bytes()
    loaded = load(file)
    problem = loaded.notices[-1]
    assert problem.kind is ErrorKind.CONFIG
    assert title in problem.title
    assert hint in problem.hint
    assert detail.partition(":")[0] in problem.detail
    assert file.read_bytes() == before
    assert loaded.settings.model == ""


def test_the_good_lines_beside_a_wrong_one_count(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, 'model = "x"\nmodle = "y"\n'))
    assert loaded.settings.model == "x"
    assert loaded.notices[0].detail.endswith("config.toml:2")
    assert loaded.notices[0].hint == "Did you mean model?"


@pytest.mark.parametrize(
    "data",
    [
        b"model = ",
        b"model 'x'",
        b'model = "x"\nmodel = "y"',
        b"[keymap\n",
        b"\xff\xfe",
        b"\x00",
        b'model = "\x01"',
        b"a" * (1024 * 1024 + 1),
        b"x = " + b"[" * 50_000,
        b'auto_run = true\nmodel = "',
        b"\xc3\x28 = 1",
        b"model = 'x'\n\xed\xa0\x80",
        b'model = "x" theme = "y"',
        b'model = """never closed',
        b"model = 'never closed",
        b"= 'x'",
        b"model",
        b"model = x",
        b"model: gpt-4",
        b'{"model": "gpt-4"}',
        b"[[keymap]\n",
        b"[keymap]\n[keymap]\n",
        b"max_tokens = 1__0",
        b"max_tokens = 0123",
        b"temperature = 1.e",
        b"temperature = .5",
        b"debug = True",
        b"debug = yes",
        b'model = "\\x"',
        b'keymap = { quit = "f9", }',
        b'keymap.quit = "f9"\n[keymap]\n',
        b"when = 2020-13-45",
        b"<<<<<<< HEAD\nmodel = 'x'\n=======\n",
        b"#!/bin/sh\nexport OI_TUI_MODEL=x\n",
    ],
    ids=range(34),
)
def test_a_broken_file_means_defaults_and_asking(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    loaded = load(file)
    assert loaded.settings == Settings()
    assert not loaded.settings.auto_run
    (notice,) = loaded.notices
    assert notice.kind is ErrorKind.CONFIG
    assert str(file) in notice.detail
    assert notice.kept
    assert loaded.file is None
    assert file.read_bytes() == data


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    loaded = load(tmp_path / "config.toml")
    assert loaded.settings == Settings()
    assert loaded.notices


def test_a_missing_file_is_nothing_unless_it_was_named(tmp_path: Path) -> None:
    missing = tmp_path / "config.toml"
    assert load(missing).notices == ()
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {}, missing, required=True)
    assert str(missing) in caught.value.info.detail


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("OI_TUI_MAX_TOKENS", "many"),
        ("OI_TUI_MAX_TOKENS", "0"),
        ("OI_TUI_TEMPERATURE", "inf"),
        ("OI_TUI_DEBUG", "maybe"),
        ("OI_TUI_TOOL_MODE", "x"),
        ("OI_TUI_AUTO_RUN", "true"),
        ("OI_TUI_KEYMAP", "{}"),
    ],
)
def test_a_wrong_variable_is_an_error_by_its_name(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {variable: text}, None)
    assert variable in caught.value.info.detail


def test_a_misspelled_variable_is_said_and_a_foreign_one_is_not() -> None:
    loaded = load_settings({}, {"OI_TUI_MODLE": "x", "OI_TUI_HOME": "/x", "OI_TUI_42": ""}, None)
    (notice,) = loaded.notices
    assert "OI_TUI_MODEL" in notice.hint


@pytest.mark.parametrize("flags", [{"modle": "x"}, {"max_tokens": 0}, {"debug": "yes"}])
def test_a_wrong_flag_is_an_error(flags: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        load_settings(flags, {}, None)


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL"])
def test_an_address_in_the_environment_is_ignored_and_said(variable: str) -> None:
    loaded = load_settings({}, {variable: "https://evil.example"}, None)
    assert loaded.settings.api_base == ""
    assert variable in loaded.notices[0].title


# -- asking ------------------------------------------------------------------------------------
def test_auto_run_in_the_file_is_announced(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "auto_run = true\n"))
    assert loaded.settings.auto_run
    assert "asking" in loaded.notices[0].title
    assert "config.toml:1" in loaded.notices[0].detail


def test_a_flag_is_no_surprise(tmp_path: Path) -> None:
    loaded = load_settings({"auto_run": True}, {}, write(tmp_path, "auto_run = true\n"))
    assert loaded.settings.auto_run
    assert loaded.notices == ()


def test_a_file_that_is_not_understood_in_full_does_not_switch_the_asking_off(
    tmp_path: Path,
) -> None:
    loaded = load(write(tmp_path, "auto_run = true\nask_fist = true\n"))
    assert not loaded.settings.auto_run
    assert loaded.sources["auto_run"].source is Source.DEFAULT


def test_nothing_in_the_working_folder_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("config.toml", ".env", "oi-tui.toml", "config.yaml"):
        write(tmp_path, "auto_run = true\n", name)
    loaded = load_settings({}, {}, find_settings_file(places({})))
    assert not loaded.settings.auto_run


# -- files of Open Interpreter 0.1 -------------------------------------------------------------
OLD = """
system_message: |
  You are Open Interpreter, a world-class programmer that can execute code.
local: false
model: gpt-4
temperature: 0
debug_mode: true
api_key: sk-canary-0123456789
max_budget: 3
"""


def test_an_old_file_is_read(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, OLD, "config.yaml"))
    found = loaded.settings
    assert (found.model, found.temperature, found.debug, found.max_budget) == ("gpt-4", 0, True, 3)
    assert found.system_message == "", "a prompt frozen years ago must not hide today's"
    assert loaded.api_key == "sk-canary-0123456789"
    assert "canary" not in repr(loaded)
    assert "local, system_message" in loaded.notices[0].detail
    assert str(loaded.sources["model"]).endswith("config.yaml:5")


def test_a_prompt_of_ones_own_in_an_old_file_counts(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "system_message: Be brief.\n", "config.yaml"))
    assert loaded.settings.system_message == "Be brief."


@pytest.mark.parametrize(
    "text",
    ["a: [", "- 1\n- 2\n", "x", "!!python/object/apply:os.system ['true']", "a: &a [*a, *a"],
)
def test_a_broken_old_file_means_defaults(tmp_path: Path, text: str) -> None:
    loaded = load(write(tmp_path, text, "config.yaml"))
    assert loaded.settings == Settings()
    assert loaded.notices


def test_an_empty_old_file_is_fine(tmp_path: Path) -> None:
    assert load(write(tmp_path, "# nothing\n", "config.yaml")).notices == ()


# -- which file --------------------------------------------------------------------------------
def test_an_old_file_lies_below_the_new_one(tmp_path: Path) -> None:
    here = places({"OI_TUI_HOME": str(tmp_path)})
    here.config.mkdir()
    write(here.config, "model: old\ntemperature: 0.5\napi_key: old-key", "config.yaml")
    loaded = load(find_settings_file(here))
    assert (loaded.settings.model, loaded.file) == ("old", here.old_settings_file)
    write(here.config, 'model = "new"\n')
    loaded = load(find_settings_file(here))
    assert (loaded.settings.model, loaded.settings.temperature) == ("new", 0.5)
    assert (loaded.file, loaded.api_key) == (here.settings_file, "old-key")


def test_a_broken_old_file_does_not_hide_the_new_one_but_asks(tmp_path: Path) -> None:
    write(tmp_path, "a: [", "config.yaml")
    loaded = load(write(tmp_path, 'model = "new"\nauto_run = true\n'))
    assert loaded.settings.model == "new"
    assert not loaded.settings.auto_run
    assert "config.yaml" in loaded.notices[0].detail


def test_a_named_file_stands_alone(tmp_path: Path) -> None:
    write(tmp_path, "temperature: 0.5", "config.yaml")
    named = write(tmp_path, 'model = "new"\n')
    loaded = load_settings({}, {}, named, required=True)
    assert loaded.settings.temperature is None


def test_a_named_file_is_looked_up_beside_the_settings_and_never_here_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = places({"OI_TUI_HOME": str(tmp_path / "home")})
    here.config.mkdir(parents=True)
    write(here.config, "", "work.yaml")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    assert find_settings_file(here, "work.yaml") == here.config / "work.yaml"
    write(work, "auto_run = true\n", "other.toml")
    assert find_settings_file(here, "other.toml") == here.config / "other.toml"
    assert find_settings_file(here, "./other.toml") == work / "other.toml"
    assert find_settings_file(here, str(work / "work.yaml")) == work / "work.yaml"


@given(data=st.binary(max_size=400))
def test_no_bytes_raise(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("noise.toml", "noise.yaml"):
        (folder / name).write_bytes(data)
        assert not load(folder / name).settings.auto_run


# -- ranges, and what two settings say against each other --------------------------------------
def test_a_number_beyond_its_range_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({"temperature": 2.5}, {}, None)
    assert "at most 2" in caught.value.info.detail


@pytest.mark.parametrize(
    ("window", "longest", "told"), [(4096, 4096, True), (4096, 5000, True), (4096, 1000, False)]
)
def test_a_reply_that_fills_the_context_is_told(window: int, longest: int, told: bool) -> None:
    flags: dict[str, object] = {"context_window": window, "max_tokens": longest}
    loaded = load_settings(flags, {}, None)
    assert ("max_tokens" in "".join(one.title for one in loaded.notices)) is told
    assert loaded.settings.max_tokens == longest, "it is said, not changed"


def test_booleans_of_a_file_stay_when_no_flag_says_otherwise(tmp_path: Path) -> None:
    """0.1.5 wiped them: a flag that is not there was False there."""
    file = write(tmp_path, "auto_run = true\ndebug = true\nmodel_titles = true\n")
    absent: dict[str, object] = {"auto_run": None, "debug": None, "model_titles": None}
    for flags in ({}, absent):
        found = load_settings(flags, {}, file).settings
        assert (found.auto_run, found.debug, found.model_titles) == (True, True, True)


def test_the_fast_model_goes_before_the_usual_one(tmp_path: Path) -> None:
    file = write(tmp_path, 'model = "big"\nfast_model = "small"\n')
    loaded = load_settings({}, {}, file, fast=True)
    assert (loaded.settings.model, str(loaded.sources["model"])) == ("small", "--fast")


def test_safe_mode_goes_before_auto_run(tmp_path: Path) -> None:
    file = write(tmp_path, 'auto_run = true\nsafe_mode = "ask"\n')
    loaded = load(file)
    assert not loaded.settings.auto_run
    assert str(loaded.sources["auto_run"]) == "safe_mode"
    assert "Safe mode" in loaded.notices[-1].title


def test_what_something_stronger_hides_is_known(tmp_path: Path) -> None:
    loaded = load_settings({"model": "flag"}, {}, write(tmp_path, 'model = "file"\n'))
    assert loaded.settings.model == "flag"
    assert loaded.in_files["model"][0] == "file"


@pytest.mark.parametrize(
    ("written", "layers"), [('"auto"', None), ('"all"', -1), ("-1", -1), ("20", 20)]
)
def test_layers_on_the_gpu_are_words_or_a_number(
    tmp_path: Path, written: str, layers: int | None
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"gpu_layers = {written}\n")
    assert load(file).settings.gpu_layers == layers
    word = written.strip('"').upper()
    assert load_settings({}, {"OI_TUI_GPU_LAYERS": word}, None).settings.gpu_layers == layers
