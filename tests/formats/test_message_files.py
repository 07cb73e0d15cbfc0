"""Which file `%save_message` and `%load_message` mean, and what is no such file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oi_tui.formats.kinds import FormatError
from oi_tui.formats.message_files import message_file, read_message_file, write_message_file


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("", "messages.json"),
        ("talk", "talk.json"),
        ("notes.txt", "notes.txt.json"),
        ('"with space.JSON"', "with space.JSON"),
    ],
)
def test_the_file_that_is_meant(tmp_path: Path, written: str, name: str) -> None:
    assert message_file(str(tmp_path), written) == tmp_path / name


def test_what_is_written_is_private_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    write_message_file(file, [{"role": "user", "content": "港口"}])
    assert file.stat().st_mode & 0o077 == 0
    assert read_message_file(file) == [{"role": "user", "content": "港口"}]


def test_what_is_no_file_of_messages_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no plain file"):
        read_message_file(pipe)
    with pytest.raises(OSError, match="no such file"):
        read_message_file(tmp_path / "none.json")
    (tmp_path / "words.json").write_text("not json")
    with pytest.raises(FormatError, match="no JSON"):
        read_message_file(tmp_path / "words.json")
    with pytest.raises(IsADirectoryError):
        write_message_file(tmp_path, [])
