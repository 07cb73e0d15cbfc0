"""`oi-tui sessions`: with real files, what is printed for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from oi_tui.cli.sessions_table import hit_line
from oi_tui.cli.start import FAILED, OK, USAGE, start
from oi_tui.config.places import places
from oi_tui.protocol.sessions import HitKind, SearchHit, SessionListing
from tests.assembly.test_branching import session
from tests.store.script import write_session

FIRST, SECOND = "20260101-100000-aaaaaaaa", "20260102-100000-bbbbbbbb"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    root = places().sessions
    root.mkdir(mode=0o700, parents=True)
    write_session(root, session(1), FIRST)
    write_session(root, session(2), SECOND)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], str]:
    status = start(words)
    out, err = capsys.readouterr()
    return status, out.splitlines(), err


Out = pytest.CaptureFixture[str]


def test_sessions_are_listed_newest_first(here: Path, capsys: Out) -> None:
    status, lines, err = run(capsys, "sessions")
    assert (status, err) == (OK, "")
    assert [line.split()[0] for line in lines] == [SECOND, FIRST]
    assert "Harbor" in lines[0]
    _, lines, _ = run(capsys, "sessions", "list", "--limit", "1")
    assert len(lines) == 1
    _, lines, _ = run(capsys, "sessions", "list", "--json")
    assert [json.loads(line)["session_id"] for line in lines] == [SECOND, FIRST]


def test_without_sessions_that_is_said(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path))
    status, lines, err = run(capsys, "sessions")
    assert (status, lines) == (OK, [])
    assert "no sessions yet" in err


@pytest.mark.parametrize("name", [SECOND, "20260102", "last"])
def test_a_session_is_shown(here: Path, capsys: Out, name: str) -> None:
    status, lines, _ = run(capsys, "sessions", "show", name)
    assert status == OK
    assert "answer 2" in lines
    status, lines, _ = run(capsys, "sessions", "show", name, "--json")
    roles = {message["role"] for message in json.loads("\n".join(lines))}
    assert roles == {"user", "assistant", "computer"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nothing"], "no session"),
        (["show", "2026"], "several"),
        (["export", ""], "no session"),
        (["delete", FIRST, "nothing"], "no session"),
    ],
)
def test_a_session_that_is_not_meant_is_said(
    here: Path, capsys: Out, words: list[str], said: str
) -> None:
    status, lines, err = run(capsys, "sessions", *words)
    assert (status, lines) == (FAILED, [])
    assert said in err
    assert len(run(capsys, "sessions")[1]) == 2  # nothing was deleted on the way


@pytest.mark.parametrize(
    "words",
    [
        *(["show"], ["export"], ["import"], ["delete"], ["search"], ["show", "a", "b"]),
        *(["list", "x"], ["export", "last", "--format", "pdf"]),
    ],
)
def test_words_that_make_no_sense_are_a_misuse(here: Path, capsys: Out, words: list[str]) -> None:
    status, lines, err = run(capsys, "sessions", *words)
    assert (status, lines) == (USAGE, [])
    assert "oi-tui" in err


def test_words_are_found_in_all_sessions(here: Path, capsys: Out) -> None:
    status, lines, _ = run(capsys, "sessions", "search", "prompt", "answer")
    assert status == OK
    assert list(dict.fromkeys(line.split()[0] for line in lines)) == [SECOND, FIRST]
    assert "\x1b" not in "".join(lines)
    _, lines, _ = run(capsys, "sessions", "search", "answer", "--json")
    assert {json.loads(line)["kind"] for line in lines} == {"prose"}
    status, lines, err = run(capsys, "sessions", "search", "nowhere")
    assert (status, lines) == (FAILED, [])
    assert "nowhere" in err


def test_what_was_found_is_bold_in_a_terminal() -> None:
    hit = SearchHit("s1", HitKind.PROSE, "m1", "the \x1b[31mtide rises", 9, 13)
    line = hit_line(hit, SessionListing("s1", "Harbor"), marks=True)
    assert "\x1b[1mtide\x1b[22m rises" in line
    assert line.count("\x1b") == 2


@pytest.mark.parametrize(
    ("form", "name"),
    [("markdown", "Harbor.md"), ("notebook", "Harbor.ipynb"), ("script", "Harbor.py")],
)
def test_a_session_is_exported_once(here: Path, capsys: Out, form: str, name: str) -> None:
    words = ("sessions", "export", FIRST, "--format", form)
    status, lines, _ = run(capsys, *words)
    assert (status, lines) == (OK, [name])
    before = (here / name).read_bytes()
    status, lines, err = run(capsys, *words)
    assert (status, lines) == (FAILED, [])
    assert "--force" in err
    assert (here / name).read_bytes() == before
    assert run(capsys, *words, "--force")[0] == OK


def test_an_export_goes_to_a_pipe_as_it_is(here: Path) -> None:
    command = [sys.executable, "-m", "oi_tui", "sessions", "export", FIRST, "--output", "-"]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ)
    assert b"answer 1" in done.stdout
    assert done.stderr == b""


def test_a_reader_that_leaves_early_is_no_error(here: Path) -> None:
    command = f"{sys.executable} -m oi_tui sessions show {SECOND} | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert done.stderr == b""


def test_what_was_exported_comes_back(here: Path, capsys: Out) -> None:
    assert run(capsys, "sessions", "export", SECOND, "--format", "json")[0] == OK
    status, lines, _ = run(capsys, "sessions", "import", "Harbor.json", "nowhere.json")
    assert status == FAILED  # one of them
    (new,) = lines
    listed = {
        json.loads(line)["session_id"]: json.loads(line)
        for line in run(capsys, "sessions", "list", "--json")[1]
    }
    assert listed[new]["imported"]


def test_a_deleted_session_can_be_restored(here: Path, capsys: Out) -> None:
    status, _, err = run(capsys, "sessions", "delete", "last", SECOND)
    assert status == OK
    assert f"restore {SECOND}" in err
    assert [line.split()[0] for line in run(capsys, "sessions")[1]] == [FIRST]
    assert run(capsys, "sessions", "restore", SECOND)[0] == OK
    assert len(run(capsys, "sessions")[1]) == 2
    assert run(capsys, "sessions", "restore", SECOND)[0] == FAILED


def test_the_ending_of_a_file_chooses_the_format_and_the_name_is_used(
    here: Path, capsys: Out
) -> None:
    for name in ("out.ipynb", "out.json", "out.html", "out.py", "out.txt"):
        assert run(capsys, "sessions", "export", FIRST, "-o", name)[:2] == (OK, [name])
    assert json.loads((here / "out.ipynb").read_text())["nbformat"] == 4
    assert isinstance(json.loads((here / "out.json").read_text()), list)
    assert "print(6 * 7)" in (here / "out.py").read_text()
    assert (here / "out.txt").read_text().startswith("#")
    status, _, err = run(
        capsys, "sessions", "export", FIRST, "-o", "other.md", "--format", "notebook"
    )
    assert status == USAGE
    assert "other.md ends like markdown" in err
    assert not (here / "other.md").exists()
    _, _, err = run(capsys, "sessions", "export", FIRST, "-o", "out.json")
    assert "-o FILE" in err


def test_a_script_named_after_a_language_that_did_not_run_is_refused(
    here: Path, capsys: Out
) -> None:
    status, lines, err = run(capsys, "sessions", "export", FIRST, "-o", "out.rb")
    assert (status, lines) == (FAILED, [])
    assert "no script" in err


@pytest.mark.parametrize("name", ["20260102", "last"])
def test_what_is_in_the_trash_is_listed_and_found_by_a_beginning(
    here: Path, capsys: Out, name: str
) -> None:
    assert "empty" in run(capsys, "sessions", "trash")[2]
    assert run(capsys, "sessions", "delete", SECOND)[0] == OK
    _, (line,), _ = run(capsys, "sessions", "trash")
    assert line.startswith(SECOND)
    assert "Harbor" in line
    assert run(capsys, "sessions", "restore", name)[0] == OK
    assert len(run(capsys, "sessions")[1]) == 2
    status, _, err = run(capsys, "sessions", "restore", name)
    assert status == FAILED
    assert "trash" in err


def test_several_sessions_are_counted(here: Path, capsys: Out) -> None:
    for second in range(3):
        write_session(places().sessions, session(1), f"20260103-10000{second}-cccccccc")
    err = run(capsys, "sessions", "show", "2026")[2]
    assert "and 2 more" in err


def test_hits_line_up() -> None:
    hit = SearchHit("s1", HitKind.PROSE, "m1", "the tide rises", 4, 8)
    lines = [
        hit_line(hit, SessionListing("s1", title), marks=False)
        for title in ("Ebb", "潮汐", "x" * 90)
    ]
    from rich.cells import cell_len

    assert len({cell_len(line[: line.index("the tide")]) for line in lines}) == 1
