"""The shelf: what front ends do with kept sessions, with real files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.assembly.shelf import Shelf
from oi_tui.engine.history import history_from
from oi_tui.engine.live import SessionError
from oi_tui.protocol.sessions import ExportFormat, HitKind
from oi_tui.store.sessions import SessionStore
from tests.assembly.test_branching import session
from tests.store.script import write_session


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    one = SessionStore(tmp_path / "sessions")
    write_session(one.folder.root, session(), "s1")
    yield one
    one.close()


@pytest.fixture
def shelf(store: SessionStore) -> Shelf:
    return Shelf(store)


def test_titles_and_pins_change_for_good(shelf: Shelf, store: SessionStore) -> None:
    shelf.rename("s1", "Ebb\nand flow")
    shelf.pin("s1", on=True)
    for one in (shelf, Shelf(SessionStore(store.folder.root))):
        (listing,) = one.sessions()
        assert (listing.title, listing.pinned) == ("Ebb and flow", True)
    assert [hit.kind for hit in shelf.search("ebb")] == [HitKind.TITLE]


def test_a_branch_is_a_session_of_its_own(shelf: Shelf) -> None:
    name = shelf.branch("s1", "m00002001")
    listings = {one.session_id: one for one in shelf.sessions()}
    assert listings[name].parent_id == "s1"
    assert listings[name].title.endswith("(branch)")
    texts = [message.text for message in history_from(shelf.read(name))]
    assert "prompt 2" in texts
    assert "prompt 3" not in texts
    with pytest.raises(SessionError, match="not in the session"):
        shelf.branch("s1", "m00009001")


def test_a_deleted_session_is_gone_until_it_is_taken_back(shelf: Shelf) -> None:
    shelf.delete("s1")
    assert shelf.sessions() == []
    with pytest.raises(SessionError, match="no session"):
        shelf.read("s1")
    shelf.restore("s1")
    assert [one.session_id for one in shelf.sessions()] == ["s1"]
    with pytest.raises(SessionError):
        shelf.restore("s1")


@pytest.mark.parametrize(
    ("form", "suffix", "words"),
    [
        (ExportFormat.MARKDOWN, ".md", b"answer 1"),
        (ExportFormat.NOTEBOOK, ".ipynb", b"print(6 * 7)"),
        (ExportFormat.SCRIPT, ".py", b"print(6 * 7)"),
        (ExportFormat.HTML, ".html", b"answer 2"),
        (ExportFormat.JSON, ".json", b"prompt 3"),
    ],
)
def test_a_session_is_written_to_a_file(
    shelf: Shelf, tmp_path: Path, form: ExportFormat, suffix: str, words: bytes
) -> None:
    (path,) = shelf.export("s1", tmp_path / "潮汐 2026.5", form)
    assert path == tmp_path / f"潮汐 2026.5{suffix}"
    assert words in path.read_bytes()
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        shelf.export("s1", path, form)
    assert path.read_bytes() == before
    assert shelf.export("s1", path, form, overwrite=True) == [path]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["sessions", path.name]


def test_no_link_is_followed_and_no_folder_replaced(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "out.md").symlink_to(tmp_path / "victim")
    (tmp_path / "folder.md").mkdir()
    for name in ("out.md", "folder.md"):
        with pytest.raises(OSError, match="plain file"):
            shelf.export("s1", tmp_path / name, ExportFormat.MARKDOWN, overwrite=True)
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_failed_export_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        shelf.export("s1", tmp_path / "nowhere" / "x", ExportFormat.MARKDOWN)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["sessions"]


def test_what_was_exported_can_be_loaded(shelf: Shelf, tmp_path: Path) -> None:
    (path,) = shelf.export("s1", tmp_path / "out", ExportFormat.JSON)
    name = shelf.load(path)
    listing = next(one for one in shelf.sessions() if one.session_id == name)
    assert listing.imported
    texts = [message.text for message in history_from(shelf.read(name))]
    assert "prompt 1" in texts
    assert any("42" in text for text in texts)


def test_messages_of_open_interpreter_can_be_loaded(shelf: Shelf, tmp_path: Path) -> None:
    old = [{"role": "user", "message": "Hello"}, {"role": "assistant", "message": "Aye."}]
    (tmp_path / "old.json").write_text(json.dumps(old))
    name = shelf.load(tmp_path / "old.json")
    assert [message.text for message in history_from(shelf.read(name))] == ["Hello", "Aye."]


@pytest.mark.parametrize("data", [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"a": 1}'])
def test_what_is_no_conversation_is_said_with_its_name(
    shelf: Shelf, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "odd.json").write_bytes(data)
    with pytest.raises(SessionError, match=r"odd\.json"):
        shelf.load(tmp_path / "odd.json")
    assert len(shelf.sessions()) == 1


def test_a_file_that_cannot_be_read_is_said(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="No such file"):
        shelf.load(tmp_path / "nowhere.json")


def test_an_ephemeral_shelf_is_empty_and_says_so(tmp_path: Path) -> None:
    shelf = Shelf(SessionStore(tmp_path / "sessions", ephemeral=True))
    assert shelf.sessions() == []
    assert shelf.search("x") == []
    assert shelf.prompts() == []
    shelf.watch(lambda: None)
    (tmp_path / "old.json").write_text('[{"role": "user", "message": "Hello"}]')
    with pytest.raises(SessionError, match="kept"):
        shelf.load(tmp_path / "old.json")
    assert sorted(os.listdir(tmp_path)) == ["old.json"]
