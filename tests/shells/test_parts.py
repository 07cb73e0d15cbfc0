"""The small parts: marks, queue, messages, names."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.base import LineArrived, OutputArrived, RunEnded, ShellError
from oi_tui.shells.channel import Request
from oi_tui.shells.languages import Interpreters, canonical_name
from oi_tui.shells.marks import END, START, Mark, MarkCutter
from oi_tui.shells.messages import AtLine, Began, Ended, Ready, Shown
from oi_tui.shells.run_queue import FULL, RunQueue
from oi_tui.shells.socket_channel import SocketChannel

PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([START, START[:3], END, b"\x1b", b"\x1b]", START + b"x" * 100]),
    st.builds(lambda n: Mark("e", f"{n:032x}"), st.integers(0, 2**32)),
)


@given(st.lists(PIECES, max_size=12), st.lists(st.integers(1, 40), max_size=30))
def test_marks_are_cut_out_wherever_the_stream_is_split(
    pieces: list[bytes | Mark], sizes: list[int]
) -> None:
    stream = b"".join(
        piece
        if isinstance(piece, bytes)
        else START + b"%s;%s" % (piece.kind.encode(), piece.nonce.encode()) + END
        for piece in pieces
    )
    whole = _cut(stream, [len(stream) or 1])
    assert _cut(stream, sizes) == whole
    output = b"".join(piece for piece in whole if isinstance(piece, bytes))
    rebuilt = len(output) + sum(
        len(START) + len(mark.kind) + 1 + len(mark.nonce) + len(END)
        for mark in whole
        if isinstance(mark, Mark) and mark.kind == "e"
    )
    assert rebuilt <= len(stream)


def _cut(stream: bytes, sizes: list[int]) -> list[bytes | Mark]:
    """Cut `stream` fed in pieces of these sizes; output joined between marks."""
    cutter, items = MarkCutter(), list[bytes | Mark]()
    rest, steps = stream, iter(sizes)
    while rest:
        size = next(steps, len(rest))
        items += cutter.feed(rest[:size])
        rest = rest[size:]
    items.append(cutter.flush())
    joined: list[bytes | Mark] = []
    for item in items:
        if isinstance(item, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += item
        elif item:
            joined.append(item)
    return [item for item in joined if item]


def test_a_mark_is_found_between_output() -> None:
    data = b"a" + START + b"e;00ff" + END + b"b"
    assert _cut(data, [3, 4, 5]) == [b"a", Mark("e", "00ff"), b"b"]


def test_the_queue_joins_neighbouring_output_and_keeps_the_order() -> None:
    queue = RunQueue(lambda: None)
    for part in (OutputArrived(b"a"), OutputArrived(b"b"), LineArrived(3), OutputArrived(b"c")):
        queue.put(part)
    taken = [queue.take() for _ in range(3)]
    assert taken == [OutputArrived(b"ab"), LineArrived(3), OutputArrived(b"c")]


def test_a_full_queue_says_so_until_it_is_taken_from() -> None:
    resumed: list[bool] = []
    queue = RunQueue(lambda: resumed.append(True))
    for _ in range(FULL // 1024):
        queue.put(OutputArrived(b"x" * 1024))
    assert queue.full
    taken = [queue.take() for _ in range(4)]
    assert resumed == [True]
    assert sum(len(part.data) for part in taken if isinstance(part, OutputArrived)) == FULL


def test_an_abandoned_queue_is_never_full() -> None:
    queue = RunQueue(lambda: None)
    queue.abandon()
    queue.put(OutputArrived(b"x" * FULL))
    assert not queue.full


def test_taking_waits_for_a_part() -> None:
    queue = RunQueue(lambda: None)
    end = RunEnded(RunStatus.OK, 0, 0.0, "/")
    threading.Timer(0.01, queue.put, [end]).start()
    assert queue.take() == end


def test_messages_are_decoded_and_rubbish_is_ignored() -> None:
    channel = SocketChannel()
    lines = [
        {"ev": "ready", "version": "3", "cwd": "/"},
        {"ev": "began", "id": "a"},
        {"ev": "line", "id": "a", "line": 4},
        {"ev": "display", "id": "a", "mime": "image/png", "place": "n", "data": "UE5H"},
        {"ev": "display", "id": "a", "mime": "image/png", "place": "n", "data": "!"},
        {"ev": "ended", "id": "a", "status": "ok", "code": 0, "cwd": "/x", "mark": "m"},
        {"ev": "ended", "id": "a", "status": "no such status"},
        {"ev": "unknown"},
        [1],
    ]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines) + b"{rubbish\n"
    try:
        messages = [m for at in range(len(data)) for m in channel.parse(data[at : at + 1])]
    finally:
        channel.close()
    assert messages == [
        Ready("3", "/"),
        Began("a"),
        AtLine("a", 4),
        Shown("a", "image/png", b"PNG", "n"),
        Ended("a", RunStatus.OK, 0, "/x", "m"),
    ]


def test_a_request_carries_length_hash_and_bytes() -> None:
    channel = SocketChannel()
    try:
        header, _, code = channel.request(Request("i", 2, b"a\nb\x00", "d", 1)).partition(b"\n")
    finally:
        channel.close()
    assert json.loads(header) == {
        "op": "run", "id": "i", "n": 2, "length": 4, "digest": "d", "interrupts": 1,
    }  # fmt: skip
    assert code == b"a\nb\x00"


@pytest.mark.parametrize(
    ("written", "name"),
    [("Python", "python"), (" py ", "python"), ("js", "javascript"), ("node", "javascript"),
     ("shell", "zsh"), ("sh", "zsh"), ("bash", "bash"), ("cobol", None), ("", None),
     ("python2", None), ("rm", None)],
)  # fmt: skip
def test_names(written: str, name: str | None) -> None:
    assert canonical_name(written, users_shell="zsh") == name


def _program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_python_is_the_set_one_else_the_active_environments_else_the_paths(tmp_path: Path) -> None:
    mine = _program(tmp_path / "mine" / "python")
    active = _program(tmp_path / "venv" / "bin" / "python")
    on_path = _program(tmp_path / "bin" / "python3")
    environ = {"PATH": f"{tmp_path}/bin", "VIRTUAL_ENV": f"{tmp_path}/venv"}
    assert Interpreters(environ, mine).find("python") == mine
    assert Interpreters(environ).find("python") == active
    assert Interpreters({"PATH": f"{tmp_path}/bin"}).find("python") == on_path
    with pytest.raises(ShellError):
        Interpreters({"PATH": str(tmp_path)}).find("python")


def test_the_working_folder_is_no_source_of_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "bash")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ShellError):
        Interpreters({"PATH": f".:{tmp_path.name}:"}).find("bash")


def test_each_language_that_is_offered_resolves_to_itself(tmp_path: Path) -> None:
    for name in ("bash", "zsh", "sh", "python3", "node"):
        _program(tmp_path / name)
    path = {"PATH": str(tmp_path)}
    for shell, offered in (
        ("/bin/zsh", ("python", "zsh", "bash", "javascript")),
        ("/bin/fish", ("python", "sh", "bash", "zsh", "javascript")),
    ):
        found = Interpreters({**path, "SHELL": shell})
        assert found.available() == offered
        for name in offered:
            assert canonical_name(name, users_shell=found.users_shell) == name


def test_the_users_shell(tmp_path: Path) -> None:
    _program(tmp_path / "zsh")
    path = {"PATH": str(tmp_path)}
    assert Interpreters({**path, "SHELL": "/usr/bin/zsh"}).users_shell == "zsh"
    assert Interpreters({**path, "SHELL": "/bin/bash"}).users_shell == "sh"  # it is not here
    assert Interpreters({**path, "SHELL": "/usr/bin/fish"}).users_shell == "sh"
    assert Interpreters(path).users_shell == "sh"
