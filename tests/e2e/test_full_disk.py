"""A full disk: told at once, nothing lost, nothing runs (reliability.md 5.3, J3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import bash, press_until, quit_program, scripted, send

pytestmark = pytest.mark.e2e


def test_a_disk_that_is_full_is_told_and_the_session_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    data, ran = tmp_path / "home" / "data", tmp_path / "ran"
    data.mkdir(parents=True, mode=0o700)
    mounts = (
        f"mount -t tmpfs -o size=256k,mode=0700 none '{data}'; mkdir -m 700 '{data}/sessions'; "
        f"dd if=/dev/zero of='{data}/filler' bs=4k count=1000 2>/dev/null || true"
    )
    replies = ([bash(f"touch {ran}")], ["Done."])
    with scripted(tmp_path, replies, mounts=mounts) as terminal:
        send(terminal, "go to work")
        terminal.wait_screen("The disk is full", "go to work")
        assert not ran.exists()
        # The program has a view of the disks of its own.
        Path(f"/proc/{terminal.pid}/root{data}/filler").unlink()
        press_until(terminal, "enter", "waiting for you")
        assert not ran.exists()
        terminal.key("f4")
        press_until(terminal, "y", "Done.")
        assert ran.exists()
        (journal,) = Path(f"/proc/{terminal.pid}/root{data}/sessions").glob("*.journal")
        assert "go to work" in journal.read_text()
        assert quit_program(terminal) == 0
