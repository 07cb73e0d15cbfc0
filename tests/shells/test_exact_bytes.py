"""What runs is what was approved: to the byte, whatever the bytes are."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.channel import BytesDifferError, Request
from oi_tui.shells.fifo_channel import FifoChannel
from oi_tui.shells.socket_channel import SocketChannel
from tests.shells.running import Session, digest_of

CASES = 100
CONTROLS = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0))]
SPECIAL = [
    *CONTROLS,
    "\r\n",
    "\u2028",
    "\u202e",
    "\ufeff",
    "é",
    "中",
    "😀",
    "\\",
    "'",
    '"',
    "$",
    "`",
]


def _payloads(seed: int) -> list[str]:
    """Return random texts; between them every control character, and lines of 20 000 characters."""
    rng = random.Random(seed)
    made = ["".join(CONTROLS), "x" * 20_000 + "\n" + "y" * 20_000]
    while len(made) < CASES:
        letters = rng.choices(SPECIAL, k=rng.randrange(60)) + rng.choices("ab {}()\n", k=20)
        rng.shuffle(letters)
        made.append("".join(letters))
    return made


# A cell that is no Python is compiled, never run; its text stays in the line cache.
LAST_CELL = (
    "import hashlib, linecache\n"
    "cells = [k for k in linecache.cache if k.startswith('<cell')]\n"
    "source = ''.join(linecache.cache[cells[-2]][2])\n"
    "print(hashlib.sha256(source.encode()).hexdigest())"
)


@pytest.mark.shell
def test_python_receives_the_bytes(session: Session) -> None:
    for payload in _payloads(3):
        code = (")" + payload).encode()
        assert session.run("python", code).status is RunStatus.ERROR
        assert session.run("python", LAST_CELL).text.strip() == digest_of(code)


@pytest.mark.shell
@pytest.mark.parametrize(
    ("shell", "own_file"),
    [("bash", '"$BASH_SOURCE"'), ("zsh", '"${(%):-%x}"'), ("sh", '"$__oi_dir/cell"')],
)
def test_shells_receive_the_bytes(
    shell: str, own_file: str, session: Session, folder: Path, need: Callable[[str], None]
) -> None:
    need(shell)
    for payload in _payloads(5):
        code = f"cat {own_file} >|copy; return 0\n{payload}".encode()
        assert session.run(shell, code).status is not RunStatus.REFUSED
        assert (folder / "copy").read_bytes() == code


@pytest.mark.shell
def test_node_receives_the_bytes(session: Session, need: Callable[[str], None]) -> None:
    need("javascript")
    hash_it = "console.log(require('crypto').createHash('sha256').update(%s).digest('hex'));"
    for payload in _payloads(7):
        # Without what a template reads in another way than it is written.
        plain = "".join(letter for letter in payload if letter not in "\r`\\$")
        outcome = session.run("javascript", hash_it % f"`{plain}`")
        assert outcome.text.strip() == digest_of(plain.encode()), outcome


@pytest.mark.shell
@pytest.mark.parametrize("language", ["python", "bash", "javascript"])
def test_another_digest_runs_nothing(
    language: str, session: Session, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    outcome = list(session.pool.run(language, b"1", digest_of(b"2")))
    assert [getattr(part, "status", None) for part in outcome] == [RunStatus.REFUSED]
    assert not session.states  # no shell was even started


@pytest.mark.shell
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_driver_refuses_bytes_changed_on_the_way(
    language: str,
    session: Session,
    folder: Path,
    need: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need(language)
    whole = SocketChannel.request

    def flip(channel: SocketChannel, request: Request) -> bytes:
        data = whole(channel, request)
        return data[:-1] + bytes([data[-1] ^ 1])

    monkeypatch.setattr(SocketChannel, "request", flip)
    code = {"python": "open('ran', 'w')", "javascript": "require('fs').writeFileSync('ran', '')"}
    assert session.run(language, code[language]).status is RunStatus.REFUSED
    assert not (folder / "ran").exists()
    monkeypatch.undo()


def test_a_changed_file_is_refused() -> None:
    channel = FifoChannel()
    try:
        digest = hashlib.sha256(b"other").hexdigest()
        with pytest.raises(BytesDifferError):
            channel.request(Request("id", 1, b"code", digest))
    finally:
        channel.close()


def test_folders_of_killed_programs_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    stale, alive = tmp_path / f"oi-tui-{ended.pid}-x", tmp_path / f"oi-tui-{os.getppid()}-x"
    stale.mkdir()
    alive.mkdir()
    FifoChannel().close()
    assert list(tmp_path.iterdir()) == [alive]


def test_programs_that_remove_the_same_folders_do_not_trip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    for number in range(300):
        (tmp_path / f"oi-tui-{ended.pid}-{number}").mkdir()
    with ThreadPoolExecutor(4) as threads:
        channels = [future.result() for future in [threads.submit(FifoChannel) for _ in range(4)]]
    for channel in channels:
        channel.close()
    assert not list(tmp_path.iterdir())


def test_the_file_is_private_and_never_a_link(tmp_path: Path) -> None:
    channel = FifoChannel()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    cell = Path(channel.folder) / "cell"
    try:
        cell.symlink_to(victim)
        channel.request(Request("id", 1, b"code", digest_of(b"code")))
        assert victim.read_text() == "precious"
        assert cell.read_bytes() == b"code"
        assert cell.stat().st_mode & 0o777 == 0o600
        assert Path(channel.folder).stat().st_mode & 0o777 == 0o700
    finally:
        channel.close()
    assert not cell.exists()
