"""What is done to sessions that are not open: added to, made whole, deleted and taken back."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oi_tui.protocol import events as ev
from oi_tui.store import changing
from oi_tui.store.errors import StoreError
from oi_tui.store.reader import read_journal
from oi_tui.store.sessions import SessionStore
from oi_tui.store.trash import KEPT_DAYS, Trash
from tests.store.script import journal, session, write_session

DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    one = SessionStore(tmp_path / "sessions")
    yield one
    one.close()


@pytest.fixture
def root(store: SessionStore) -> Path:
    write_session(store.folder.root, session(2))
    return store.folder.root


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


# -- adding an event ---------------------------------------------------------------------------
def test_an_event_is_added_behind_the_others(store: SessionStore, root: Path) -> None:
    changing.append(store, "s1", ev.SessionRenamed("Tide tables"))
    content = read_journal(root / "s1.journal")
    assert list(content.envelopes)[:-1] == session(2)
    last = content.envelopes[-1]
    assert last.event == ev.SessionRenamed("Tide tables")
    assert last.seq == content.envelopes[-2].seq + 1
    assert store.list()[0].title == "Tide tables"
    assert names(root) == ["s1.journal"]  # the lock is given back


def test_an_event_added_to_a_damaged_session_keeps_the_original(
    store: SessionStore, root: Path
) -> None:
    path = root / "s1.journal"
    damaged = path.read_bytes() + b"\0\0\0 torn"
    path.write_bytes(damaged)
    changing.append(store, "s1", ev.SessionPinned(on=True))
    assert store.list()[0].pinned
    (kept,) = [one for one in root.iterdir() if ".damaged-" in one.name]
    assert kept.read_bytes() == damaged
    assert read_journal(path).damaged == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda store: changing.append(store, "s1", ev.SessionRenamed("x")),
        lambda store: changing.delete(store, "s1"),
    ],
)
def test_what_is_open_somewhere_is_left_alone(
    store: SessionStore, root: Path, change: Callable[[SessionStore], None]
) -> None:
    live = store.open("s1")
    assert live.journal
    before = (root / "s1.journal").read_bytes()
    with pytest.raises(StoreError, match="another window"):
        change(store)
    assert (root / "s1.journal").read_bytes() == before
    live.journal.close()
    change(store)


@pytest.mark.parametrize("name", ["", "no", "../s1", "s1.journal"])
def test_what_does_not_exist_is_said(store: SessionStore, root: Path, name: str) -> None:
    with pytest.raises(StoreError, match="There is no session"):
        changing.append(store, name, ev.SessionRenamed("x"))
    with pytest.raises(StoreError, match="There is no session"):
        changing.delete(store, name)
    with pytest.raises(StoreError, match="There is no session"):
        changing.restore(store, name)
    assert names(root) == ["s1.journal"]


def test_what_cannot_be_added_leaves_nothing_open(store: SessionStore, root: Path) -> None:
    before = (root / "s1.journal").read_bytes()
    descriptors = set(os.listdir("/dev/fd"))
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
    try:
        with pytest.raises(StoreError):
            changing.append(store, "s1", ev.SessionPinned(True))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    assert set(os.listdir("/dev/fd")) == descriptors
    assert (root / "s1.journal").read_bytes() == before


def test_secrets_are_taken_out_of_what_is_added(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, redact=lambda text: text.replace("canary", "***"))
    write_session(tmp_path, session(1))
    changing.append(store, "s1", ev.SessionRenamed("a canary sang"))
    name = changing.add(store, [ev.Envelope(1, 1.0, "", 1, ev.TurnStarted("the canary"))])
    for path in (tmp_path / "s1.journal", tmp_path / f"{name}.journal"):
        assert b"canary" not in path.read_bytes()
    store.close()


# -- whole sessions ----------------------------------------------------------------------------
def test_a_whole_session_is_made(store: SessionStore, root: Path) -> None:
    name = changing.add(store, session(2))
    content = read_journal(root / f"{name}.journal")
    assert content.header
    assert content.header.session_id == name
    assert [one.event for one in content.envelopes] == [one.event for one in session(2)]
    assert {one.session_id for one in content.envelopes} == {name}
    assert stat.S_IMODE((root / f"{name}.journal").stat().st_mode) == 0o600
    again = store.open(name)
    assert again.journal
    again.journal.close()


def test_an_ephemeral_store_makes_nothing(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions", ephemeral=True)
    with pytest.raises(StoreError):
        changing.add(store, session(1))
    assert not list(tmp_path.iterdir())


# -- the trash ---------------------------------------------------------------------------------
def test_a_deleted_session_comes_back(store: SessionStore, root: Path) -> None:
    before = (root / "s1.journal").read_bytes()
    changing.delete(store, "s1")
    assert store.list() == []
    assert store.index.search("prompt", 5) == []
    assert names(root) == ["trash"]
    assert stat.S_IMODE((root / "trash").stat().st_mode) == 0o700
    with pytest.raises(StoreError):
        store.open("s1")
    changing.restore(store, "s1")
    assert (root / "s1.journal").read_bytes() == before
    assert [one.session_id for one in store.list()] == ["s1"]
    assert store.index.search("prompt", 5)


def test_what_was_kept_beside_a_session_goes_with_it(store: SessionStore, root: Path) -> None:
    kept = root / "s1.journal.damaged-20260101-000000"
    kept.write_bytes(b"old")
    changing.delete(store, "s1")
    assert not kept.exists()
    changing.restore(store, "s1")
    assert kept.read_bytes() == b"old"


def test_a_session_that_is_there_again_is_not_written_over(store: SessionStore, root: Path) -> None:
    changing.delete(store, "s1")
    write_session(root, session(1))
    before = (root / "s1.journal").read_bytes()
    with pytest.raises(StoreError):
        changing.restore(store, "s1")
    assert (root / "s1.journal").read_bytes() == before
    assert (root / "trash" / "s1.journal").exists()


def test_the_trash_is_emptied_after_thirty_days(store: SessionStore, root: Path) -> None:
    write_session(root, session(1, "s2"), "s2")
    for name in ("s1", "s2"):
        changing.delete(store, name)
    now = (root / "trash" / "s1.journal").stat().st_mtime
    old = now - (KEPT_DAYS + 1) * DAY
    os.utime(root / "trash" / "s1.journal", (old, old))
    Trash(store.folder).purge(now)
    assert names(root / "trash") == ["s2.journal"]


def test_a_session_counts_its_days_in_the_trash_from_its_deletion(
    store: SessionStore, root: Path
) -> None:
    path = root / "s1.journal"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    changing.delete(store, "s1")
    Trash(store.folder).purge()
    changing.restore(store, "s1")
    assert path.exists()


def test_the_trash_is_never_emptied_of_what_is_just_put_there(
    store: SessionStore, root: Path
) -> None:
    # Another program may empty it at any moment: what arrives has to be fresh already.
    kept_beside = root / "s1.journal.damaged-20260101-000000"
    kept_beside.write_bytes(b"x")
    for path in (root / "s1.journal", kept_beside):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (root / "trash").mkdir(mode=0o700)
    (root / "trash" / kept_beside.name).mkdir()  # so that the move fails half way
    with pytest.raises(StoreError):
        changing.delete(store, "s1")
    assert kept_beside.stat().st_mtime > 1_000_000_000
    assert (root / "s1.journal").stat().st_mtime > 1_000_000_000


def test_a_link_in_the_place_of_the_trash_is_refused(store: SessionStore, root: Path) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / "trash").symlink_to(elsewhere)
    with pytest.raises(StoreError):
        changing.delete(store, "s1")
    assert not list(elsewhere.iterdir())
    assert names(root) == ["s1.journal", "trash"]


def test_a_session_that_is_written_cannot_be_deleted_from_below(
    store: SessionStore, root: Path
) -> None:
    live = journal(root)
    for envelope in session(3)[-3:]:
        live.record(envelope)
    with pytest.raises(StoreError):
        changing.delete(store, "s1")
    live.close()
    assert len(read_journal(root / "s1.journal").envelopes) > 3
