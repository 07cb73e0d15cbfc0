"""A key is used for requests, and is nowhere else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.fault_server import FaultServer
from tests.support.program import decide, quit_program, real, send

pytestmark = [pytest.mark.e2e, pytest.mark.shell]
NOBODY = 65534


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def everything_kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_key_is_nowhere_but_in_the_request(tmp_path: Path, server: FaultServer) -> None:
    key = "sk-" + secrets.token_hex(20)
    server.fault("a401")  # quotes a key of its own, as providers do
    spelled = f"{key[:10]}''{key[10:]}"  # so that the proposal itself does not hold it
    look = f'echo "looked $(env | grep -c {spelled})"'
    server.reply(f"Let me look.\n\n```bash\n{look}\n```\n")
    server.reply("End.")
    flags = ("-d", "-m", "scripted-model", "-ab", server.api_base, "-ak", key)
    with real(tmp_path, *flags) as terminal:
        send(terminal, "hi")
        terminal.wait_screen("did not accept the key")
        send(terminal, "again")
        decide(terminal, "y")
        terminal.wait_screen("│ looked 0", "End.")
        tree = psutil.Process(terminal.pid).children(recursive=True)
        assert all(key not in " ".join(process.cmdline()) for process in tree)
        assert quit_program(terminal) == 0
        assert key.encode() not in terminal.raw
    assert server.chats[0].headers["authorization"] == f"Bearer {key}"
    kept = everything_kept(tmp_path / "home")
    assert key.encode() not in kept
    (log,) = (tmp_path / "home").rglob("debug-*.log")
    written = log.read_text()
    assert "RequestSent model=scripted-model" in written
    assert f"{server.host} answers with status 401" in written
    assert "again" not in written
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="needs root to become somebody else",
)
def test_a_shell_of_an_ordinary_user_cannot_read_the_first_environment(
    tmp_path: Path, server: FaultServer
) -> None:
    key = "sk-" + secrets.token_hex(20)
    server.reply("```bash\nid -u; cat /proc/$PPID/environ\n```\n")
    server.reply("End.")
    home = tmp_path / "home"
    home.mkdir()
    for folder in (tmp_path, home):
        os.chown(folder, NOBODY, NOBODY)
    for folder in tmp_path.parents:
        if folder != Path("/tmp") and os.stat(folder).st_uid == 0 and len(folder.parts) > 2:
            os.chmod(folder, 0o755)
    program = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    words = ["run", "look", "-y", "-m", "scripted-model", "-ab", server.api_base]
    readable = subprocess.run(
        [*program, sys.executable, "-c", "import textual, oi_tui"], cwd="/", check=False
    )
    if readable.returncode:
        pytest.skip("an ordinary user can't read this Python")
    done = subprocess.run(
        [*program, sys.executable, "-m", "oi_tui", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "OI_TUI_HOME": str(home), "HOME": str(home), "OPENAI_API_KEY": key},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{NOBODY}\n" in done.stdout
    assert "ermission denied" in done.stdout
    assert key not in done.stdout + done.stderr
