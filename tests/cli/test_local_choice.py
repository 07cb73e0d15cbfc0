"""`--local` and `--gguf_quality`: what they come to, by what is on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.cli.arguments import Arguments, Command, CommandLineError, parse
from oi_tui.cli.local_choice import how_to_fetch, settle
from oi_tui.cli.preparation import prepare
from oi_tui.cli.start import USAGE, start
from oi_tui.config.places import places
from tests.support.model_folders import written


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "oi"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.chdir(tmp_path)
    for size, kind in enumerate(("Q2_K", "Q4_0", "Q8_0"), 1):
        written(places().models / f"own/Model/x-{kind}.gguf", "x" * size)
    return tmp_path


def settled(*words: str) -> str:
    """Return the model that a command line comes to."""
    choice = settle(parse(words))
    assert (choice.choose, choice.missing) == (False, "")
    return str(choice.arguments.settings["model"])


@pytest.mark.parametrize(
    ("words", "model"),
    [
        (["--local", "-m", "own/Model"], "local/own/Model"),
        (["--local", "-m", "local/own/model"], "local/own/model"),
        (["--local", "-m", "huggingface/own/Model"], "local/own/Model"),
        (["--local", "-m", "llamacpp/own/Model"], "llamacpp/own/Model"),
        (["-l", "-m", "own/Model:Q4_0"], "local/own/Model:Q4_0"),
        (["-l", "-m", "own/Model", "-q", "0"], "local/own/Model:Q2_K"),
        (["-l", "-m", "own/Model", "-q", "1"], "local/own/Model:Q8_0"),
        (["-m", "local/own/Model", "-q", "0.5"], "local/own/Model:Q4_0"),
        (["-m", "local/own/Model"], "local/own/Model"),
        (["-m", "ctransformers/own/Model"], "ctransformers/own/Model"),
        (["-l", "-m", "smollm2"], "local/smollm2"),
        (["-m", "gpt-4o"], "gpt-4o"),
        (["-l", "-m", "ollama/qwen3"], "ollama/qwen3"),
        (["-l", "-m", "qwen3", "-ab", "http://localhost:1/v1"], "qwen3"),
    ],
)
def test_a_model_that_is_here_is_used(words: list[str], model: str) -> None:
    assert settled(*words) == model


def test_a_file_may_be_named_as_in_a_shell(here: Path) -> None:
    path = written(here / "local/here.gguf")
    for word in ("local/here.gguf", "./local/here.gguf", "~/local/here.gguf", str(path)):
        assert settled("--local", "--model", word) == f"local/{path}"


@pytest.mark.parametrize("words", [["--local"], ["run", "-l", "hi"], ["--local", "a", "prompt"]])
def test_without_a_model_the_person_chooses(words: list[str]) -> None:
    choice = settle(parse(words))
    assert choice.choose
    assert choice.missing == ""


@pytest.mark.parametrize(
    ("model", "missing"),
    [
        ("tiiuae/falcon-180B", "local/tiiuae/falcon-180B"),
        ("openai/gpt-oss-20b", "local/openai/gpt-oss-20b"),
        ("own/Model:Q6_K", "local/own/Model:Q6_K"),
    ],
)
def test_a_repository_that_is_not_here_is_to_be_fetched(model: str, missing: str) -> None:
    choice = settle(parse(["--local", "--model", model, "--temperature", "0"]))
    assert (choice.choose, choice.missing) == (True, missing)
    assert choice.arguments.settings == {"temperature": 0.0}  # nothing tries to load it


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-q", "0.5"], "belongs to: oi-tui --local --model"),
        (["-m", "gpt-4o", "-q", "0.5"], "belongs to: oi-tui --local --model"),
        (["-l", "-m", "./nowhere.gguf"], "There is no file"),
        (["-l", "-m", "nothing"], "nothing is not on this machine"),
        (["-m", "local/nothing"], "oi-tui models list"),
    ],
)
def test_what_cannot_be_is_said(words: list[str], said: str) -> None:
    with pytest.raises(CommandLineError, match=said):
        settle(parse(words))


def test_quality_of_a_download_needs_no_model() -> None:
    arguments = Arguments(Command.MODELS, words=("pull", "a/b"), gguf_quality=0.5)
    assert settle(arguments).arguments is arguments


def test_the_screen_is_told() -> None:
    prepared = prepare(parse(["--local", "--model", "a/b"]))
    assert prepared.local.missing == "local/a/b"
    assert prepared.opener.settings.model == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--local"], "oi-tui run --local --model NAME PROMPT"),
        (["--local", "-m", "a/b"], "a/b is not on this machine. To fetch it: oi-tui models pull"),
        (["-m", "local/a/b", "-q", "0.25"], "oi-tui models pull a/b --gguf_quality 0.25"),
    ],
)
def test_without_a_screen_the_command_is_said(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert start(["run", "hello", *words]) == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_what_is_said_of_a_name_is_harmless() -> None:
    assert "\x1b" not in how_to_fetch("local/a/\x1b[31mb", None)
