"""`oi-tui models`: with real files and a double of the hub, for people and for programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.cli.models_table import file_lines, offer_lines, progress
from oi_tui.cli.start import FAILED, OK, USAGE, start
from oi_tui.config.places import places
from oi_tui.models.choices import DownloadChoice, Fetching, FileChoice, Fit
from oi_tui.models.local.part_file import PartFile
from oi_tui.models.local.sizes import time_in_words
from tests.support.hub_server import Fault, HubServer
from tests.support.local_models import smollm2
from tests.support.model_folders import ollama_model
from tests.support.tiny_gguf import Tiny, tiny_model
from tests.support.waiting import wait_until

ROOT = str(Path(__file__).parents[2])
COMMAND = [sys.executable, "-m", "oi_tui"]
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without models but the toy."""
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_TOKEN", "XDG_CACHE_HOME", "LLAMA_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "oi"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def hub(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    data = tiny_model(here / "x.gguf", Tiny("Fetched.")).read_bytes()
    with HubServer() as server:
        files = {"x-Q4_K_M.gguf": data, "x-Q8_0.gguf": data + bytes(4096), "README.md": b"words"}
        server.add("own/Tiny-GGUF", files)
        monkeypatch.setenv("HF_ENDPOINT", server.base)
        yield server


def run(capsys: Out, *words: str) -> tuple[int, list[str], str]:
    status = start(words)
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    return status, out.splitlines(), err


def program(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the whole program, without a terminal."""
    return subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, env=environment(), timeout=60
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT}


def kept(name: str) -> Path:
    path = places().models / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def begun() -> int:
    """Return the bytes of what is being fetched."""
    return sum(path.stat().st_size for path in places().models.rglob("*.part"))


def test_what_is_here_is_listed_usable_ones_first(here: Path, capsys: Out) -> None:
    tiny_model(kept("own/Tiny-GGUF/tiny-Q8_0.gguf"), Tiny())
    kept("own/Bad-GGUF/bad-Q4_0.gguf").write_bytes(b"GGUF and nothing more")
    tiny_model(ollama_model(here / "ollama", "library/qwen3", "4b"), Tiny("Other."))
    status, lines, err = run(capsys, "models")
    assert status == OK
    names = [line.split()[0] for line in lines]
    usable = ["local/ollama:qwen3:4b", "local/smollm2", "local/own/Tiny-GGUF:Q8_0"]
    assert names == [*usable, "local/own/Bad-GGUF:Q4_0"]
    assert "Ollama" in lines[0]
    assert "unusable" in lines[-1]
    assert "own/Bad-GGUF:Q4_0" in err
    _, lines, _ = run(capsys, "models", "list", "--json")
    rows = [json.loads(line) for line in lines]
    assert [row["model"] for row in rows] == names
    assert [row["is_ours"] for row in rows] == [False, False, True, True]
    assert rows[0]["fit"] in ("memory", "gpu", "tight")


def test_one_is_fetched_found_and_removed(hub: HubServer, capsys: Out) -> None:
    status, lines, err = run(capsys, "models", "pull", "own/Tiny-GGUF:Q4_K_M")
    assert (status, lines) == (OK, ["local/own/Tiny-GGUF:Q4_K_M"])
    assert "apache-2.0" in err
    path = places().models / "own/Tiny-GGUF/x-Q4_K_M.gguf"
    assert path.stat().st_mode & 0o777 == 0o600
    _, lines, _ = run(capsys, "models", "list")
    assert lines[-1].startswith("local/own/Tiny-GGUF:Q4_K_M")
    asked = len(hub.asked)
    status, _, err = run(capsys, "models", "remove", "own/tiny-gguf")
    assert (status, path.exists(), len(hub.asked)) == (OK, False, asked)
    assert "is deleted" in err


def test_the_token_of_the_environment_goes_to_the_hub(
    hub: HubServer, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token, hub.repositories["own/Tiny-GGUF"].gated = "hf_secret", True
    assert run(capsys, "models", "pull", "own/Tiny-GGUF:Q4_K_M")[0] == FAILED
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    status, lines, err = run(capsys, "models", "pull", "own/Tiny-GGUF:Q4_K_M")
    assert (status, lines) == (OK, ["local/own/Tiny-GGUF:Q4_K_M"]), err
    assert "HF_TOKEN" not in os.environ  # no child inherits it


def test_two_names_of_one_file_are_fetched_and_removed_each(hub: HubServer, capsys: Out) -> None:
    hub.add("own/Same-GGUF", hub.repositories["own/Tiny-GGUF"].files)
    assert run(capsys, "models", "pull", "own/Tiny-GGUF:Q4_K_M")[0] == OK
    first, second = (places().models / f"own/{n}-GGUF/x-Q4_K_M.gguf" for n in ("Tiny", "Same"))
    second.parent.mkdir(parents=True)
    second.hardlink_to(first)
    assert run(capsys, "models", "pull", "own/Same-GGUF:Q4_K_M")[0] == OK
    status, _, err = run(capsys, "models", "remove", "own/Same-GGUF")
    assert (status, second.exists(), first.exists()) == (OK, False, True), err


def test_what_another_program_fetches_is_not_removed(hub: HubServer, capsys: Out) -> None:
    with PartFile(kept("own/Tiny-GGUF/x-Q4_K_M.gguf"), "a" * 16) as part:
        part.write(b"begun")
        assert "being fetched" in run(capsys, "models", "list")[2]
        status, _, err = run(capsys, "models", "remove", "own/Tiny-GGUF")
        assert (status, part.path.exists()) == (FAILED, True)
        assert "Another oi-tui is fetching this model" in err
    assert "is not finished" in run(capsys, "models", "list")[2]
    assert run(capsys, "models", "remove", "own/Tiny-GGUF")[0] == OK
    assert not part.path.exists()


def test_a_split_model_is_gone_on_with_by_the_name_that_is_told(
    hub: HubServer, capsys: Out
) -> None:
    hub.add("own/Split-GGUF", {f"m-Q4_K_M-0000{n}-of-00002.gguf": b"x" * n for n in (1, 2)})
    with PartFile(kept("own/Split-GGUF/m-Q4_K_M-00002-of-00002.gguf"), "a" * 16) as part:
        part.write(b"begun")
    told = run(capsys, "models", "list")[2]
    (name,) = re.findall("models pull (own/Split-GGUF:[^ ]+) goes on", told)
    run(capsys, "models", "pull", name)
    assert len(hub.requests("store")) == 2


def test_a_page_elsewhere_is_no_repository(hub: HubServer, capsys: Out) -> None:
    status, _, err = run(capsys, "models", "pull", "https://example.com/own/Tiny-GGUF")
    assert status == FAILED
    assert "is not a page of" in err
    assert hub.asked == []


def test_what_was_fetched_answers(hub: HubServer, capsys: Out) -> None:
    assert run(capsys, "models", "pull", "own/Tiny-GGUF", "-q", "0")[0] == OK
    done = program("run", "--local", "--model", "own/tiny-gguf", "hello", "--quiet")
    assert (done.stdout, done.returncode) == ("Fetched.\n", OK)


@pytest.mark.parametrize(("quality", "file"), [("0", "Q4_K_M"), ("1", "Q8_0")])
def test_quality_picks_the_file(hub: HubServer, capsys: Out, quality: str, file: str) -> None:
    words = ("models", "pull", "own/Tiny-GGUF", "-q", quality, "--json")
    status, lines, _ = run(capsys, *words)
    assert (status, json.loads(lines[0])["model"]) == (OK, f"local/own/Tiny-GGUF:{file}")


@pytest.mark.parametrize("form", ["local/own/Tiny-GGUF:Q8_0", "own/Tiny-GGUF:x-q8_0.gguf", "page"])
def test_a_name_may_have_the_form_it_is_found_in(hub: HubServer, capsys: Out, form: str) -> None:
    name = f"{hub.base}/own/Tiny-GGUF/blob/main/x-Q8_0.gguf" if form == "page" else form
    status, lines, _ = run(capsys, "models", "pull", name)
    assert (status, lines) == (OK, ["local/own/Tiny-GGUF:Q8_0"])


def test_what_the_hub_has_not_is_told(hub: HubServer, capsys: Out) -> None:
    hub.add("own/Tiny", {"model.safetensors": b"words"})
    status, lines, err = run(capsys, "models", "pull", "own/Tiny")
    assert (status, lines) == (FAILED, [])
    assert "own/Tiny-GGUF" in err  # the nearest that has one
    status, _, err = run(capsys, "models", "pull", "own/Tiny-GGUF:Q2_K")
    assert status == FAILED
    assert "own/Tiny-GGUF has no Q2_K. It has: Q4_K_M, Q8_0" in err
    assert run(capsys, "models", "pull", "nobody/nothing")[0] == FAILED


def test_a_file_that_no_engine_can_use_is_told(hub: HubServer, capsys: Out) -> None:
    hub.add("own/Odd", {"odd-Q4_0.gguf": b"no model at all"})
    status, lines, err = run(capsys, "models", "pull", "own/Odd")
    assert (status, lines) == (FAILED, ["local/own/Odd:Q4_0"])
    assert "It cannot be used here" in err


def test_the_catalog_is_shown_and_nobody_is_asked(hub: HubServer, capsys: Out) -> None:
    status, lines, err = run(capsys, "models", "pull")
    assert status == OK
    assert sum("recommended" in line for line in lines) == 1
    assert "oi-tui models pull OWNER/NAME" in err
    rows = [json.loads(line) for line in run(capsys, "models", "pull", "--json")[1]]
    assert len(rows) * 2 == len(lines)
    assert not hub.asked


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_keeps_what_came_and_the_next_goes_on(
    hub: HubServer, number: signal.Signals
) -> None:
    hub.store_faults.append(Fault(stalls_after=100_000))
    words = ("models", "pull", "own/Tiny-GGUF:Q8_0")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, *words], stdout=pipe, stderr=pipe, env=environment(), text=True
    ) as running:
        wait_until(lambda: hub.stalled.is_set() and begun(), "the beginning of the download")
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "What came is kept" in err
    assert "\x1b" not in err
    (part,) = (places().models / "own/Tiny-GGUF").iterdir()
    assert 0 < part.stat().st_size <= 100_000
    hub.released.set()
    done = program(*words)
    assert (done.returncode, done.stdout) == (OK, "local/own/Tiny-GGUF:Q8_0\n")
    assert hub.ranges()[-1].startswith("bytes=")


def test_one_is_explained(capsys: Out) -> None:
    smollm2()
    status, lines, _ = run(capsys, "models", "info", "smollm2")
    assert status == OK
    told = {line.split("  ")[0]: line for line in lines}
    assert "can use it" in told["llama.cpp"]
    assert "oi-tui models convert" in told["ctransformers"]
    assert "8,192 tokens" in told["reads"]
    (line,) = run(capsys, "models", "info", "smollm2", "--json")[1]
    row = json.loads(line)
    assert row["license"] == "apache-2.0"
    assert row["engines"]["llama.cpp"] == ""


def test_a_damaged_one_is_explained(capsys: Out) -> None:
    kept("a/b/bad-Q4_0.gguf").write_bytes(b"GGUF\x03\x00\x00\x00 \x1b[31m")
    status, lines, _ = run(capsys, "models", "info", "a/b")
    assert status == OK
    assert any(line.startswith("problem") for line in lines)


def test_one_is_converted_into_our_folder(capsys: Out) -> None:
    smollm2()
    status, lines, err = run(capsys, "models", "convert", "smollm2")
    assert (status, lines) == (OK, ["ctransformers/converted/smollm2:smollm2.gguf"])
    assert "vocabulary" in err
    rows = run(capsys, "models", "list")[1]
    assert any(row.startswith(lines[0]) for row in rows)
    status, _, err = run(capsys, "models", "convert", lines[0])
    assert status == FAILED
    assert "loads this file as it is" in err


def test_nothing_is_written_over_unasked(here: Path, capsys: Out) -> None:
    (here / "mine.gguf").write_text("mine")
    status, _, err = run(capsys, "models", "convert", "smollm2", "-o", "mine.gguf")
    assert status == FAILED
    assert "--force" in err
    assert (here / "mine.gguf").read_text() == "mine"


def test_models_of_two_owners_are_converted_side_by_side_and_not_twice(capsys: Out) -> None:
    for owner in ("aaa", "bbb"):
        shutil.copy(smollm2(), kept(f"{owner}/X-GGUF/x-Q4_1.gguf"))
    made = [run(capsys, "models", "convert", f"{owner}/X-GGUF") for owner in ("aaa", "bbb")]
    assert [status for status, _, _ in made] == [OK, OK]
    assert made[0][1] != made[1][1]
    status, _, err = run(capsys, "models", "convert", "aaa/X-GGUF")
    assert status == FAILED
    assert "is there already" in err


def test_a_conversion_that_is_told_to_end_leaves_nothing(here: Path) -> None:
    smollm2()
    child = subprocess.Popen([*COMMAND, "models", "convert", "smollm2"], env=environment())
    folder = places().models / "converted"
    wait_until(folder.is_dir, "its beginning")
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 128 + signal.SIGINT
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_disk_that_refuses_is_told(here: Path, capsys: Out) -> None:
    status, _, err = run(capsys, "models", "convert", "smollm2", "-o", "nowhere/mine.gguf")
    assert status == FAILED
    assert "was not converted" in err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["info"], USAGE, "oi-tui models info NAME"),
        (["list", "all"], USAGE, "no use for all"),
        (["remove"], USAGE, "oi-tui models remove NAME"),
        (["pull", "a/b", "c/d"], USAGE, "no use for c/d"),
        (["info", "a/b"], FAILED, "To fetch it: oi-tui models pull a/b"),
        (["remove", "smollm2"], FAILED, "smollm2 is not kept by oi-tui"),
        (["pull", "../x"], FAILED, "is no name of a repository"),
    ],
)
def test_what_cannot_be_done_is_told(
    hub: HubServer, capsys: Out, words: list[str], status: int, said: str
) -> None:
    found, lines, err = run(capsys, "models", *words)
    assert (found, lines) == (status, [])
    assert said in err


def test_a_name_that_could_be_several_is_not_guessed(capsys: Out) -> None:
    for kind in ("Q4_0", "Q8_0"):
        tiny_model(kept(f"a/b/x-{kind}.gguf"), Tiny(kind))
    status, _, err = run(capsys, "models", "remove", "a/b")
    assert status == FAILED
    assert "a/b:Q4_0, a/b:Q8_0" in err
    assert len(list(kept("a/b/x").parent.iterdir())) == 2


def test_foreign_words_are_harmless_in_the_table() -> None:
    evil = FileChoice("local/a\x1b[2J", "a", Path("/a"), 5, "x", details="b", fit=Fit.NO)
    wide = FileChoice("local/模型", "b", Path("/b"), 5_000_000_000, "x", details="c")
    lines = list(file_lines([evil, wide]))
    assert not any("\x1b" in line for line in lines)
    assert "too large" in lines[0]
    offer = DownloadChoice("local/a/b", "b", "about", "b.gguf", 5, "MIT", Fit.GPU, "fast", True)
    assert list(offer_lines([offer])) == ["a/b  5 B  MIT  recommended", "    about; fast"]


def test_progress_is_one_line() -> None:
    assert progress(Fetching(0, 0)) == "[                    ]   0% of 0 B"
    half = progress(Fetching(500_000_000, 1_000_000_000, 10_000_000))
    assert half == "[##########          ]  50% of 1.0 GB  10 MB/s, 50 s left"
    assert progress(Fetching(1, 2, 0, "reading")).endswith("reading")
    assert [time_in_words(n) for n in (5, 60, 61, 4000)] == ["5 s", "1 min", "2 min", "1 h 7 min"]
