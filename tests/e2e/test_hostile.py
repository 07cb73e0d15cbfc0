"""The byte oracle over the whole program: no foreign sequence reaches the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hostile import CORPUS, DECEPTIVE
from tests.support.program import (
    Replies,
    assert_only_ours,
    decide,
    python,
    quit_program,
    scripted,
    send,
)

pytestmark = [pytest.mark.e2e, pytest.mark.shell]

PROSE = "\n\n".join(part.decode("utf-8", "replace") + "x" for part in CORPUS)
PRINTING = (
    "import sys, pathlib\n"
    "out = sys.stdout.buffer\n"
    "for part in pathlib.Path('corpus').read_bytes().split(b'\\0'):\n"
    "    out.write(bytes.fromhex(part.decode()) + b'x\\n')\n"
    "out.flush()\n"
    "print('\\x1b\\\\all printed')"
)


def test_hostile_prose_code_and_titles(tmp_path: Path) -> None:
    replies: Replies = [
        [PROSE, python("print(1) # \x1b]52;c;AAAA\x07\x1b[2J\u202e\x9b31m"), "\n\nall said"],
        ["\n".join(DECEPTIVE) + "\n\nall deceived"],
    ]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "[@click=app.quit]title[/]")
        terminal.wait_screen("all said")
        decide(terminal, "Y")  # hidden characters ask for more than y
        terminal.wait_screen("all deceived")
        terminal.key("ctrl+b")
        terminal.settle()
        assert quit_program(terminal) == 0
        assert_only_ours(terminal)


def test_hostile_output(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    hexed = b"\0".join(part.hex().encode() for part in CORPUS)
    (tmp_path / "work" / "corpus").write_bytes(hexed)
    with scripted(tmp_path, [[python(PRINTING)], ["all done"]]) as terminal:
        send(terminal, "print it")
        decide(terminal, "y")
        terminal.wait_screen("all done")
        for size in ((80, 24), (200, 50), (30, 10), (150, 40)):
            terminal.resize(*size)
            terminal.settle()
        assert quit_program(terminal) == 0
        assert_only_ours(terminal)
