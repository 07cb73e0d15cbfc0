"""The byte oracle where text comes from elsewhere than the model: providers, files, folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_cases import Answer
from tests.support.fault_server import FaultServer, Tool
from tests.support.hostile import CORPUS
from tests.support.program import PROMPT, ROOT, assert_only_ours, decide, real, scripted, send
from tests.support.terminal import Terminal
from tests.support.tokens import foreign_sequences, stray_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.shell]
ALL = "x".join(part.decode("utf-8", "replace") for part in CORPUS)
NAME = "a\x1b]0;owned\x07b\x1b[2J\x9b31m\u202ec"  # of a file: no slash, no zero


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def test_error_texts_language_names_and_lengths(tmp_path: Path, server: FaultServer) -> None:
    for piece in range(0, len(ALL), len(ALL) // 3 + 1):  # a card shows the beginning only
        text = "Told: " + ALL[piece : piece + len(ALL) // 3 + 1]
        body = json.dumps({"error": {"message": text, "code": text[:99]}}).encode()
        server.answer(Answer(400, [body], {}, "application/json"))
    server.answer(Answer(403, [b"".join(CORPUS)], {}, "text/plain"))
    server.reply("Fine. ", Tool("py\x1b]0;owned\x07thon\x9b2J", "print(1)"))
    server.reply("Well then.")
    with real(tmp_path, "-m", f"m{NAME}", "-ab", server.api_base) as terminal:
        send(terminal, "hi")
        for number in range(1, 5):
            terminal.wait(lambda number=number: len(server.chats) == number, "the request")
            terminal.settle(0.5, longest=1.0)
            send(terminal, "%retry")
        terminal.wait_screen("Fine.")
        terminal.settle()
        terminal.key("escape", "ctrl+q")
        terminal.settle(0.5, longest=1.0)
        assert_only_ours(terminal)


def test_folders_files_and_titles(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    (tmp_path / "work").mkdir()
    for name in (NAME, "second" + NAME):
        (tmp_path / "work" / name).touch()
    code = f"import os; os.chdir({str(folder)!r})"
    with scripted(tmp_path, [[{"language": "python", "code": code}], ["Moved."]]) as terminal:
        terminal.wait_screen(PROMPT)
        terminal.type("move \u202e[red]there\r")
        decide(terminal, "Y")
        terminal.wait_screen("Moved.")
        terminal.type("!cat s")
        terminal.key("tab")
        terminal.settle()
        terminal.key("ctrl+c")
        terminal.type("/rename " + "t\u009b31mitle")
        terminal.key("enter")
        terminal.settle()
        terminal.key("ctrl+c", "ctrl+q")
        terminal.settle()
        assert_only_ours(terminal)


def words(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "oi_tui", *arguments]


def test_without_a_screen(tmp_path: Path, server: FaultServer) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "corpus").write_bytes(b"x\n".join(CORPUS))
    environ = {**os.environ, "PYTHONPATH": ROOT, "OI_TUI_HOME": str(tmp_path / "home")}
    for _ in range(2):
        server.reply(ALL + "\n\n```bash\ncat corpus\n```\n")
        server.reply("End.")
    ask = words("run", "show", "-y", "-m", f"m{NAME}", "-ab", server.api_base)
    piped = subprocess.run(
        ask, cwd=folder, env=environ, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert b"End." in piped.stdout
    assert foreign_sequences(piped.stderr) == []
    assert stray_bytes(piped.stderr) == []
    with Terminal(ask, environ=environ, folder=folder) as terminal:
        terminal.wait_raw(b"End.")
        terminal.wait_exit()
        assert_only_ours(terminal)
    with Terminal(words("doctor", "-m", f"m{NAME}"), environ=environ, folder=folder) as terminal:
        terminal.wait_exit()
        assert_only_ours(terminal)
