"""The store: making, opening, listing; two instances; newer files; no folder at all."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.protocol import events as ev
from oi_tui.store.reader import HEADER
from oi_tui.store.records import decode_record, encode_record
from oi_tui.store.sessions import OpenSession, SessionStore, StoreError, new_session_id
from tests.store.script import envelopes, opened, session, turn, write_session
from tests.support.mounts import read_only, with_mounts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    one = SessionStore(tmp_path / "sessions")
    yield one
    one.close()


def talk(one: OpenSession, *prompts: str, title: str = "") -> None:
    assert one.journal
    told = [opened(one.folder, title)]
    for number, prompt in enumerate(prompts, 1):
        told.extend(turn(number, prompt))
    first = len(one.envelopes) + 1
    for envelope in envelopes(told, one.session_id, first):
        assert one.journal.record(envelope) is None


def finish(one: OpenSession) -> None:
    assert one.journal
    one.journal.close()


def test_a_session_comes_back(store: SessionStore) -> None:
    one = store.create("/work")
    assert one.read_only == ""
    talk(one, "hello", "again")
    finish(one)
    again = store.open(one.session_id)
    assert again.folder == "/work"
    assert again.journal
    assert [e.event.prompt for e in again.envelopes if isinstance(e.event, ev.TurnStarted)] == [
        "hello",
        "again",
    ]
    assert store.newest() == one.session_id
    finish(again)


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_session_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    stamps = [name.rpartition("-")[0] for name in ids]
    assert stamps == sorted(stamps)


def test_an_unambiguous_beginning_opens_a_session(store: SessionStore, tmp_path: Path) -> None:
    for name in ("20260101-aa11", "20260101-ab22"):
        write_session(tmp_path / "sessions", session(1, name), name)
    again = store.open("20260101-aa")
    assert again.session_id == "20260101-aa11"
    finish(again)
    with pytest.raises(StoreError):
        store.open("20260101-a")


@pytest.mark.parametrize(
    "name", ["", "nothing", "../../etc/passwd", "/etc/passwd", "a/b", ".hidden", "x\0y", "a" * 99]
)
def test_what_is_no_session_is_said(store: SessionStore, name: str) -> None:
    with pytest.raises(StoreError) as caught:
        store.open(name)
    assert caught.value.info.title


# -- the list ----------------------------------------------------------------------------------
def test_the_list_shows_title_folder_model_and_turns(store: SessionStore) -> None:
    one = store.create("/work")
    talk(one, "  Plot the rainfall\nof last year  ", "and now 東京")
    (summary,) = store.list()
    assert summary.session_id == one.session_id
    assert (summary.title, summary.folder, summary.model) == (
        "Plot the rainfall",
        "/work",
        "gpt-4o",
    )
    assert summary.turns == 2
    assert summary.started < summary.changed
    assert not summary.open_elsewhere
    finish(one)


def test_a_new_title_and_a_new_model_are_shown(store: SessionStore) -> None:
    one = store.create("/work")
    talk(one, "hello")
    assert one.journal
    more: list[tuple[int, ev.Event]] = [
        (1, ev.SessionRenamed("Rain")),
        (1, ev.ModelChanged("other")),
    ]
    for envelope in envelopes(more, one.session_id, 50):
        one.journal.record(envelope)
    talk(one, "again")
    (summary,) = store.list()
    assert (summary.title, summary.model) == ("Rain", "gpt-4o")
    finish(one)


def test_a_long_first_prompt_makes_a_short_title(store: SessionStore) -> None:
    one = store.create("/work")
    talk(one, "word " * 100)
    assert len(store.list()[0].title) <= 80
    finish(one)


def test_the_last_changed_comes_first_whatever_its_id(store: SessionStore, tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    for number, name in enumerate(["b", "c", "a"]):
        told = envelopes([opened(), *turn(1, name)], name, 1 + 100 * number)
        write_session(root, told, name)
    assert [summary.session_id for summary in store.list()] == ["a", "c", "b"]
    assert store.newest() == "a"


def test_the_list_is_remembered_and_the_journal_stays_the_truth(
    store: SessionStore, tmp_path: Path
) -> None:
    root = tmp_path / "sessions"
    path = write_session(root, session(2))
    first = store.list()
    fresh = SessionStore(root)
    assert fresh.list() == first
    told = list(envelopes(turn(3, "more"), first=90))
    write_session(root, told)
    assert fresh.list()[0].turns == SessionStore(root).list()[0].turns == 3
    path.unlink()
    assert fresh.list() == SessionStore(root).list() == []
    assert fresh.newest() is None


def test_strange_neighbors_are_not_listed(store: SessionStore, tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    (root / "folder.journal").mkdir()
    (root / "note.txt").write_text("x")
    (root / "link.journal").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe.journal")
    (root / "s1.journal.damaged-20260101").write_text("x")
    assert store.list() == []


def test_a_damaged_session_is_still_listed(store: SessionStore, tmp_path: Path) -> None:
    path = write_session(tmp_path / "sessions", session(2))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([b"\0" * 50, *(line[:-1] for line in lines[:3])]))
    (summary,) = store.list()
    assert summary.title == "prompt 1"


# -- two instances -----------------------------------------------------------------------------
HOLD = """
import sys
from pathlib import Path
from oi_tui.store.sessions import SessionStore
one = SessionStore(Path(sys.argv[1])).open("s1")
assert one.journal
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_window(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    write_session(tmp_path / "sessions", session(1))
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "sessions")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout
    assert child.stdin
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()


def test_a_session_open_elsewhere_is_read_only(
    store: SessionStore, other_window: subprocess.Popen[str]
) -> None:
    one = store.open("s1")
    assert one.journal is None
    assert str(other_window.pid) in one.read_only
    assert one.envelopes
    (summary,) = store.list()
    assert summary.open_elsewhere


def test_a_killed_window_leaves_no_lock(
    store: SessionStore, other_window: subprocess.Popen[str]
) -> None:
    other_window.kill()
    other_window.wait()
    one = store.open("s1")
    assert one.journal
    assert not store.list()[0].open_elsewhere
    finish(one)


def test_who_only_asks_whether_a_session_is_open_keeps_nobody_out(
    store: SessionStore, tmp_path: Path
) -> None:
    write_session(tmp_path / "sessions", session(1))
    path = tmp_path / "sessions" / "s1.lock"
    path.touch(0o600)  # as a killed window leaves it
    with open(path, "rb") as glance:
        fcntl.flock(glance, fcntl.LOCK_EX)
        release = threading.Timer(0.01, fcntl.flock, (glance, fcntl.LOCK_UN))
        release.start()
        one = store.open("s1")
        release.join()
    assert one.journal
    finish(one)


def test_the_same_program_cannot_open_a_session_twice(store: SessionStore, tmp_path: Path) -> None:
    write_session(tmp_path / "sessions", session(1))
    one, two = store.open("s1"), store.open("s1")
    assert two.journal is None
    finish(one)
    three = store.open("s1")
    assert three.journal
    finish(three)


def test_a_new_session_is_taken_as_soon_as_it_is_on_disk(store: SessionStore) -> None:
    one = store.create("/work")
    talk(one, "hello")
    assert store.open(one.session_id).read_only
    finish(one)


# -- newer files -------------------------------------------------------------------------------
def test_a_newer_file_is_shown_but_never_written(store: SessionStore, tmp_path: Path) -> None:
    path = write_session(tmp_path / "sessions", session(1))
    first, *rest = path.read_bytes().splitlines(keepends=True)
    record = decode_record(first)
    assert record
    header = record.body[HEADER]
    assert isinstance(header, dict)
    body: dict[str, object] = {HEADER: {**header, "format": 99, "program": "9.9"}}
    path.write_bytes(b"".join([encode_record(body), *rest, b"torn"]))
    before = path.read_bytes()
    one = store.open("s1")
    assert one.journal is None
    assert "9.9" in one.read_only
    assert list(one.envelopes) == session(1)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["s1.journal"]


# -- no place to keep anything -----------------------------------------------------------------
def test_without_a_folder_sessions_live_in_memory_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SessionStore(tmp_path / "file" / "sessions")
    assert store.ephemeral
    one = store.create("/work")
    assert one.notices == (store.ephemeral,)
    assert one.path is None
    talk(one, "hello")
    finish(one)
    assert store.list() == []
    assert store.newest() is None
    with pytest.raises(StoreError):
        store.open(one.session_id)


READ_ONLY = """
import sys
from pathlib import Path
from oi_tui.store.sessions import SessionStore
store = SessionStore(Path(sys.argv[1]))
made, kept = store.create("/work"), store.open("s1")
assert made.path is None and made.notices and made.journal
assert kept.read_only and kept.journal is None and kept.envelopes
assert [one.session_id for one in store.list()] == ["s1"]
assert store.index.search("prompt", 5) == []
store.close()
"""


def test_on_a_read_only_disk_new_sessions_live_in_memory_and_old_ones_are_shown(
    tmp_path: Path,
) -> None:
    root = tmp_path / "sessions"
    root.mkdir(mode=0o700)
    write_session(root, session(1))
    command = [sys.executable, "-c", READ_ONLY, str(root)]
    done = subprocess.run(
        with_mounts(read_only(root), command),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_ephemeral_store_touches_no_disk(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions", ephemeral=True)
    talk(store.create("/work"), "secret plans")
    assert not list(tmp_path.iterdir())
