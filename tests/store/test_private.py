"""Nobody else reads a session: modes at creation, repaired modes, refused links."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from oi_tui.config.private_files import ensure_folder, open_private, write_atomically
from oi_tui.store.index_file import NAME
from oi_tui.store.sessions import SessionStore, StoreError
from tests.store.script import envelopes, journal, opened, session, turn, write_session

SESSION = """
import os, sys
from pathlib import Path
umask = int(sys.argv[2], 8)
os.umask(umask)
from oi_tui.store.sessions import SessionStore
from tests.store.script import session
store = SessionStore(Path(sys.argv[1]) / "deep" / "data" / "sessions")
one = store.create("/work")
for envelope in session(2, one.session_id):
    assert one.journal.record(envelope) is None
store.list()
one.journal.close()
path = one.path
path.write_bytes(path.read_bytes() + b"torn")
again = store.open(one.session_id)
assert again.journal.record(session(3)[-1]) is None
assert len(os.listdir(path.parent)) > 2
assert os.umask(umask) == umask, "the umask belongs to the person's shells"
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_every_file_and_folder_is_private(tmp_path: Path, umask: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SESSION, str(tmp_path), umask],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [path for path in tmp_path.rglob("*") if path != tmp_path]
    assert len(found) >= 6
    for path in found:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_open_modes_are_repaired(tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    store = SessionStore(root)
    paths = [write_session(root, session(1, name), name) for name in ("a", "b")]
    for path in paths:
        path.chmod(0o644)
    root.chmod(0o755)
    SessionStore(root)
    assert mode(root) == 0o700
    store.list()
    assert [mode(path) for path in paths] == [0o600, 0o600]


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sessions").symlink_to("elsewhere")
    store = SessionStore(tmp_path / "sessions")
    assert "link" in store.ephemeral
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("target", ["victim", "missing"])
@pytest.mark.parametrize("name", ["s1.journal", "s1.lock"])
def test_planted_links_are_refused_and_their_target_stays(
    tmp_path: Path, name: str, target: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    root = tmp_path / "sessions"
    ensure_folder(root)
    (root / name).symlink_to(tmp_path / target)
    one = journal(root)
    told = list(envelopes([opened(), *turn(1, "hi")]))
    problems = [one.record(envelope) for envelope in told]
    assert problems[-1] is not None
    assert "link" in problems[-1].detail
    one.close()
    assert victim.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sessions", "victim"]


def test_opening_a_planted_link_is_an_error_for_a_person(tmp_path: Path) -> None:
    victim = write_session(tmp_path, session(1), "victim")
    root = tmp_path / "sessions"
    store = SessionStore(root)
    (root / "s1.journal").symlink_to(victim)
    with pytest.raises(StoreError) as caught:
        store.open("s1")
    assert "link" in caught.value.info.detail


def test_a_planted_cache_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    root = tmp_path / "sessions"
    store = SessionStore(root)
    write_session(root, session(1))
    (root / NAME).symlink_to(victim)
    assert len(store.list()) == 1
    assert victim.read_text() == "precious"
    store.close()


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="plain file"):
        open_private(tmp_path / "pipe", os.O_RDONLY)


def test_an_atomic_write_replaces_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", b"x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
