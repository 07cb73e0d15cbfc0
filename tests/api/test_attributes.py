"""Attributes: their names, types and defaults, and when a change counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import oi_tui
from oi_tui import InterpreterError, OpenInterpreter
from oi_tui.api.setup import Setup
from oi_tui.config.places import places
from oi_tui.engine.prompts import built_in_instructions
from oi_tui.models import discovery
from oi_tui.models.scripted import ScriptedModel
from oi_tui.protocol.items import ErrorKind
from tests.api.conftest import Maker
from tests.support.fault_server import FaultServer, closed_port
from tests.support.tiny_gguf import Tiny, tiny_model


def read(owner: object, name: str) -> object:
    return getattr(owner, name)


def write(owner: object, name: str) -> None:
    setattr(owner, name, 1)


def write_settings(text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "oi-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


def test_settings_come_from_the_file_and_the_environment_as_for_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_settings('model = "from-file"\ntemperature = 0.5\n')
    monkeypatch.setenv("OI_TUI_TEMPERATURE", "0.7")
    interpreter = OpenInterpreter()
    assert (interpreter.model, interpreter.temperature) == ("from-file", 0.7)
    assert OpenInterpreter(model="mine").model == "mine"


def test_a_variable_that_makes_no_sense_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OI_TUI_TEMPERATURE", "warm")
    with pytest.raises(InterpreterError, match="OI_TUI_TEMPERATURE") as raised:
        OpenInterpreter()
    assert raised.value.kind is ErrorKind.CONFIG


def test_what_is_wrong_in_the_file_is_a_warning() -> None:
    write_settings("modle = 'x'\n")
    with pytest.warns(UserWarning, match="Did you mean model"):
        OpenInterpreter()


def test_a_profile_can_be_named() -> None:
    write_settings("")
    profiles = Path(os.environ["XDG_CONFIG_HOME"]) / "oi-tui" / "profiles"
    profiles.mkdir()
    (profiles / "work.toml").write_text('model = "at-work"\n', encoding="utf-8")
    assert OpenInterpreter(profile="work").model == "at-work"
    with pytest.raises(InterpreterError, match="play"):
        OpenInterpreter(profile="play")


def test_keys_stay_in_the_environment_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    interpreter = OpenInterpreter()
    assert os.environ["OPENAI_API_KEY"] == "sk-mine"
    assert interpreter.api_key == ""


# -- wrong names and values -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("modle", "Did you mean model?"),
        ("autorun", "Did you mean auto_run?"),
        ("something_else", "There is no attribute something_else."),
        ("computer", "interpreter.run"),
        ("custom_instructions", "system_message"),
        ("offline", "no telemetry"),
        ("chat", "chat is a method"),
    ],
)
def test_a_wrong_name_never_passes_in_silence(name: str, words: str) -> None:
    interpreter = OpenInterpreter()
    with pytest.raises(AttributeError) as raised:
        write(interpreter, name)
    assert words in str(raised.value)


def test_a_wrong_name_is_told_when_read_and_at_construction() -> None:
    with pytest.raises(AttributeError, match=r"interpreter\.run"):
        read(OpenInterpreter(), "computer")
    with pytest.raises(TypeError, match="Did you mean model"):
        OpenInterpreter(modle="x")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("model", 3, TypeError),
        ("temperature", "warm", TypeError),
        ("temperature", -1, ValueError),
        ("max_tokens", 1.5, ValueError),
        ("auto_run", "yes", TypeError),
        ("auto_run", 1, TypeError),
        ("safe_mode", "perhaps", ValueError),
        ("api_key", 5, TypeError),
        ("approve", 5, TypeError),
        ("chunk_form", "round", ValueError),
        ("message_form", None, ValueError),
        ("local", 1, TypeError),
        ("conversation_history", None, TypeError),
        ("messages", "text", TypeError),
        ("messages", [{"role": "nobody"}], TypeError),
    ],
)
def test_a_wrong_value_is_an_error_and_changes_nothing(
    name: str, value: Any, error: type[Exception]
) -> None:
    interpreter = OpenInterpreter()
    before = getattr(interpreter, name)
    with pytest.raises(error):
        setattr(interpreter, name, value)
    assert getattr(interpreter, name) == before


def test_what_is_told_only_cannot_be_set() -> None:
    for name in ("usage", "session_id", "last_end", "llm", "conversation_history_path"):
        with pytest.raises(AttributeError):
            write(OpenInterpreter(), name)


def test_none_takes_the_default_again() -> None:
    interpreter = OpenInterpreter(max_output=500, temperature=1)
    for name in ("max_output", "temperature"):
        setattr(interpreter, name, None)
    assert (interpreter.max_output, interpreter.temperature) == (8000, None)


def test_a_subclass_declares_attributes_of_its_own() -> None:
    class Mine(OpenInterpreter):
        name = "unset"

    mine = Mine()
    mine.name = "set"
    assert mine.name == "set"


# -- the spellings of 0.4 -------------------------------------------------------------------------
def test_the_model_of_0_4_shows_the_same_settings() -> None:
    interpreter = OpenInterpreter()
    interpreter.llm.model = "there"
    interpreter.llm.api_key = "sk-there"
    interpreter.max_budget = 2.5
    assert (interpreter.model, interpreter.api_key) == ("there", "sk-there")
    assert interpreter.llm.max_budget == 2.5
    with pytest.raises(AttributeError, match="found out by itself"):
        write(interpreter.llm, "supports_vision")
    with pytest.raises(AttributeError, match="Did you mean temperature"):
        write(interpreter.llm, "temprature")


# -- when changes count ---------------------------------------------------------------------------
def test_changes_count_from_the_next_request_on(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two."])
    interpreter = made(port=port)
    interpreter.chat("first", display=False)
    interpreter.model = "second"
    interpreter.temperature = 0.3
    interpreter.max_tokens = 99
    interpreter.system_message = "Be brief."
    interpreter.chat("second", display=False)
    first, second = port.requests
    assert (first.model, first.temperature, first.max_tokens) == ("scripted", None, None)
    assert (second.model, second.temperature, second.max_tokens) == ("second", 0.3, 99)
    assert second.messages[0].text.startswith("Be brief.")


def test_the_system_message_reads_as_the_built_in_one_until_it_is_changed() -> None:
    interpreter = OpenInterpreter()
    assert interpreter.system_message == built_in_instructions()
    interpreter.system_message += "\nMore."
    assert interpreter.system_message == built_in_instructions() + "\nMore."
    interpreter.system_message = ""
    assert interpreter.system_message == built_in_instructions()


def test_settings_survive_a_reset(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two."])
    interpreter = made(port=port, temperature=0.2)
    interpreter.chat("first", display=False)
    interpreter.reset()
    interpreter.chat("second", display=False)
    assert port.requests[-1].temperature == 0.2


def test_a_conversation_without_history_leaves_nothing_on_disk(made: Maker) -> None:
    interpreter = made("One.", conversation_history=False)
    interpreter.chat("first", display=False)
    folder = Path(interpreter.conversation_history_path)
    assert not folder.exists() or not list(folder.iterdir())
    kept = made("One.")
    kept.chat("first", display=False)
    assert list(folder.iterdir())


# -- servers and keys -----------------------------------------------------------------------------
def test_a_key_goes_to_the_server_it_was_given_for_and_no_other() -> None:
    with FaultServer() as first, FaultServer() as second:
        for server in (first, second):
            server.reply("Yes.")
        interpreter = OpenInterpreter(conversation_history=False)
        interpreter.api_key = "sk-first"  # before the address, as people paste it
        interpreter.api_base = first.api_base
        interpreter.model = "any"
        interpreter.chat("hello", display=False)
        interpreter.api_base = second.api_base
        interpreter.chat("hello", display=False)
        interpreter.close()
        assert first.chats[0].headers["authorization"] == "Bearer sk-first"
        assert "sk-first" not in second.chats[0].headers.get("authorization", "")


def test_an_own_server_is_kept_when_the_model_is_named_after_it() -> None:
    with FaultServer() as server:
        server.reply("Yes.")
        interpreter = OpenInterpreter(conversation_history=False)
        interpreter.api_base, interpreter.model = server.api_base, "openai/any"
        interpreter.chat("hello", display=False)
        interpreter.close()
        assert server.chats[0].model == "any"


def test_local_finds_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(models=("first", "second")) as server:
        monkeypatch.setattr(discovery, "WELL_KNOWN", (("Test", server.port),))
        server.reply("Yes.")
        server.reply("Yes.")
        interpreter = OpenInterpreter(conversation_history=False, local=True)
        interpreter.chat("hello", display=False)
        assert server.chats[-1].model == "first"
        interpreter.close()
        other = OpenInterpreter(conversation_history=False, local=True, model="second")
        other.chat("hello", display=False)
        other.close()
        assert server.chats[-1].model == "second"


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person without servers and models; return the folder of models."""
    monkeypatch.setattr(discovery, "WELL_KNOWN", (("Test", closed_port()),))
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "oi"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    folder = places().models / "own/Tiny"
    folder.mkdir(parents=True)
    return folder


def test_local_without_a_server_runs_a_file_of_this_machine(no_server: Path) -> None:
    tiny_model(no_server / "tiny-Q8_0.gguf", Tiny("From a file."))
    interpreter = OpenInterpreter(conversation_history=False, local=True)
    messages = interpreter.chat("hello", display=False)
    interpreter.close()
    assert interpreter.model == "local/own/Tiny:Q8_0"
    assert messages[-1]["content"] == "From a file."


def test_local_with_a_model_takes_its_file(no_server: Path) -> None:
    for name, says in (("small", "Small."), ("large", "Large. " * 20)):
        tiny_model(no_server / f"{name}-Q8_0.gguf", Tiny(says))
    setup = Setup(None)
    setup.is_local = True
    setup.change("model", "own/Tiny:small-Q8_0")
    setup.before_request()
    assert setup.settings.model == "local/own/Tiny:small-Q8_0.gguf"
    setup.change("model", "")
    setup.before_request()
    assert setup.settings.model == "local/own/Tiny:large-Q8_0.gguf"


def test_local_without_anything_says_what_to_start(no_server: Path) -> None:
    interpreter = OpenInterpreter(conversation_history=False, local=True)
    with pytest.raises(InterpreterError, match=r"(?s)Start Ollama.*oi-tui models pull"):
        interpreter.chat("hello", display=False)
    interpreter.model = "tiiuae/falcon-180B"
    with pytest.raises(InterpreterError, match="oi-tui models pull tiiuae/falcon-180B"):
        interpreter.chat("hello", display=False)
    interpreter.close()


def test_failures_are_raised_by_kind_and_the_conversation_is_kept() -> None:
    with FaultServer() as server:
        server.fault("a401")
        server.reply("Now it works.")
        interpreter = OpenInterpreter(
            conversation_history=False, api_base=server.api_base, model="any"
        )
        with pytest.raises(InterpreterError) as raised:
            interpreter.chat("hello", display=False)
        assert raised.value.kind is ErrorKind.AUTH
        assert str(raised.value)
        messages = interpreter.chat("again", display=False)
        interpreter.close()
    assert [m["content"] for m in messages] == ["hello", "again", "Now it works."]


def test_without_a_model_the_error_says_how_to_choose_one() -> None:
    interpreter = OpenInterpreter(conversation_history=False)
    with pytest.raises(InterpreterError) as raised:
        interpreter.chat("hello", display=False)
    interpreter.close()
    assert raised.value.kind is ErrorKind.NO_MODEL


# -- importing ------------------------------------------------------------------------------------
def _loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(oi_tui.__file__).parents[1],
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_of_it() -> None:
    added = _loaded("import oi_tui") - _loaded("")
    assert added == {"oi_tui"}


def test_importing_the_interpreter_loads_neither_engine_parts_nor_a_display() -> None:
    loaded = _loaded("from oi_tui import interpreter")
    assert not loaded & {"rich", "textual", "httpx", "pexpect", "oi_tui.engine.engine", "asyncio"}


def test_the_shared_interpreter_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(oi_tui), "interpreter", raising=False)
    assert oi_tui.interpreter is oi_tui.interpreter
    monkeypatch.delitem(vars(oi_tui), "interpreter", raising=False)
    with pytest.raises(AttributeError, match="nothing_here"):
        read(oi_tui, "nothing_here")
