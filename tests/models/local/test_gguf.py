"""The reader of headers: what it finds in good files, and that nothing in bad ones harms it."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.models.local import gguf_writer as gguf
from oi_tui.models.local.ctransformers.engine import ENGINE
from oi_tui.models.local.engines import LoadRequest, LocalEngine, NoEngineError, choose
from oi_tui.models.local.facts import facts_from, facts_of
from oi_tui.models.local.gguf import GgufError, read_header
from oi_tui.models.local.llamacpp.engine import ENGINE as LLAMACPP
from oi_tui.models.local.server import LocalServer, LocalServerError
from tests.support.damaged_files import COUNT, damaged_files
from tests.support.tiny_gguf import Tiny, tiny_model

MAGIC = b"GGUF"
_MEBIBYTE = 1024 * 1024


def write(path: Path, entries: list[bytes]) -> Path:
    with open(path, "wb") as stream:
        gguf.write_gguf(stream, entries, [])
    return path


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny.gguf", Tiny("你好", name="Tiny 你好", context=777, layers=3))
    header = read_header(path)
    assert header.text("general.name") == "Tiny 你好"
    assert header.number("llama.context_length") == 777
    assert len(header.tensors) == 3 + 3 * 9
    assert not header.is_cut_short
    assert header.data_start % 32 == 0
    facts = facts_of(path)
    assert (facts.architecture, facts.context_length, facts.layers) == ("llama", 777, 3)
    assert (facts.name, facts.has_template, facts.size) == (
        "Tiny 你好",
        True,
        path.stat().st_size,
    )
    assert facts.cache_per_token == 3 * 1 * (64 + 64) * 2  # one head that all share, 16 bits


def test_every_kind_of_entry_is_read_as_it_was_written(tmp_path: Path) -> None:
    entries = [
        gguf.text("a", "x"),
        gguf.whole("b", 7),
        gguf.real("c", 0.5),
        gguf.truth("d", True),
        gguf.texts("e", [b"\xff", b""]),
        gguf.wholes("f", [-1, 2]),
        gguf.reals("g", [1.5]),
    ]
    path = write(tmp_path / "x.gguf", entries)
    header = read_header(path)
    assert dict(header.metadata) == {
        "a": b"x",
        "b": 7,
        "c": 0.5,
        "d": True,
        "e": [b"\xff", b""],
        "f": [-1, 2],
        "g": [1.5],
    }
    data = path.read_bytes()
    assert [data[start:end] for start, end in header.spans.values()] == entries


def test_two_of_one_name_are_damage(tmp_path: Path) -> None:
    with pytest.raises(GgufError, match="the name of another"):
        read_header(write(tmp_path / "x.gguf", [gguf.whole("b", 7), gguf.whole("b", 8)]))


def test_more_texts_and_lists_than_any_model_has_are_not_read(tmp_path: Path) -> None:
    many = struct.pack("<Q", 0) * 1_000_001
    listed = struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 8, 1_000_001) + many
    path = tmp_path / "texts.gguf"
    path.write_bytes(MAGIC + struct.pack("<IQQ", 3, 0, 1) + listed)
    with pytest.raises(GgufError, match="no sense"):
        read_header(path)
    empty = struct.pack("<IQ", 4, 0) * 1001
    path.write_bytes(
        MAGIC + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1001) + empty
    )
    with pytest.raises(GgufError, match="no sense"):
        read_header(path)


def test_values_of_another_type_count_as_absent(tmp_path: Path) -> None:
    header = read_header(write(tmp_path / "x.gguf", [gguf.text("n", "7"), gguf.truth("t", True)]))
    assert (header.number("n"), header.number("t"), header.text("t")) == (0, 0, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no GGUF"),
        (b"GGU", "no GGUF"),
        (b"<html>Not Found</html>", "no GGUF"),
        (MAGIC, "cut short"),
        (MAGIC + struct.pack("<I", 99) + bytes(16), "99"),
        (MAGIC + struct.pack(">I", 3) + bytes(16), "other way round"),
        (MAGIC + struct.pack("<IQQ", 3, 1 << 60, 0), "no sense"),
        (MAGIC + struct.pack("<IQQ", 3, 0, 1), "cut short"),
        (MAGIC + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "no sense"),
        (MAGIC + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 77), "no sense"),
    ],
)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(GgufError, match=words):
        read_header(path)


def test_lists_within_lists_have_a_bound(tmp_path: Path) -> None:
    nested = b"".join(struct.pack("<IQ", 9, 1) for _ in range(50_000))
    path = tmp_path / "deep.gguf"
    path.write_bytes(
        MAGIC + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 9) + nested
    )
    with pytest.raises(GgufError):
        read_header(path)


def test_a_list_that_promises_much_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.gguf"
    head = MAGIC + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k"
    path.write_bytes(head + struct.pack("<IIQ", 9, 12, 3_999_999) + bytes(1000))
    tracemalloc.start()
    try:
        with pytest.raises(GgufError):
            read_header(path)
        assert tracemalloc.get_traced_memory()[1] < _MEBIBYTE
    finally:
        tracemalloc.stop()


def test_many_lists_share_one_bound(tmp_path: Path) -> None:
    many = [gguf.reals(f"k{number}", [0.0] * 500_000) for number in range(9)]
    with pytest.raises(GgufError, match="no sense"):
        read_header(write(tmp_path / "many.gguf", many))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", MAGIC, MAGIC + struct.pack("<I", 3)]))
def test_no_bytes_raise_anything_but_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.gguf"
    path.write_bytes(start + data)
    with contextlib.suppress(GgufError):  # and nothing else
        header = read_header(path)
        assert facts_from(path, header).size == len(start + data)


def test_two_hundred_damaged_files_each_give_words_or_facts(tmp_path: Path) -> None:
    words = []
    for path in damaged_files(tmp_path):
        try:
            header = read_header(path)
            facts_from(path, header)
            assert choose(header, "ctransformers") is ENGINE
        except (GgufError, NoEngineError) as error:
            words.append(str(error))
    assert len(words) > COUNT * 0.8
    assert min(map(len, words)) > 10


@pytest.mark.parametrize("engine", [ENGINE, LLAMACPP], ids=lambda engine: engine.name)
def test_damage_that_nothing_can_see_harms_the_child_at_most(
    engine: LocalEngine, tmp_path: Path
) -> None:
    if engine is LLAMACPP and engine.missing():
        pytest.skip("xllamacpp is not installed")
    served, words = 0, []
    for path in damaged_files(tmp_path):
        try:
            choose(read_header(path), engine.name)
        except (GgufError, NoEngineError):
            continue
        load = LoadRequest(path, 256, threads=1, gpu_layers=0)
        server = LocalServer(engine.command(load), load)
        try:
            served += server.start().base.startswith("http://127.0.0.1:")
        except LocalServerError as error:
            words.append(str(error))
        finally:
            server.stop()
    assert served + len(words) > 10
    assert all(len(one) > 10 and "Failed to init" not in one for one in words)
