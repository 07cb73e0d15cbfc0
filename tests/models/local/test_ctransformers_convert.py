"""Files that are too modern for ctransformers, rewritten; the toy model asked for real."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oi_tui.models.local import gguf_writer as gguf
from oi_tui.models.local.ctransformers.convert import ConvertError, convert
from oi_tui.models.local.ctransformers.engine import ENGINE
from oi_tui.models.local.gguf import GgufError, read_header
from tests.support.local_models import Client, content, said, served, smollm2
from tests.support.tiny_gguf import Tiny, parts

BF16 = 30
KIND = "general.architecture"


def modern(path: Path, answer: str = "Hello.") -> Path:
    """Write a tiny model as it would be written today: BF16, scaled rope, no scores."""
    entries, tensors = parts(Tiny(answer))
    kept = [one for one in entries if b"tokenizer.ggml.scores" not in one[:40]]
    rope = gguf.NewTensor("rope_freqs.weight", (32,), 0, lambda: [struct.pack("<32f", *[1.0] * 32)])
    with open(path, "wb") as stream:
        gguf.write_gguf(stream, kept, [*map(_as_bf16, tensors), rope])
    return path


def _as_bf16(tensor: gguf.NewTensor) -> gguf.NewTensor:
    if tensor.kind != 1:
        return tensor

    def pieces() -> Iterator[bytes]:
        for row in tensor.pieces():
            values = struct.unpack(f"<{len(row) // 2}e", row)
            wide = struct.pack(f"<{len(values)}f", *values)
            yield b"".join(wide[at + 2 : at + 4] for at in range(0, len(wide), 4))

    return replace(tensor, kind=BF16, pieces=pieces)


def test_a_modern_file_is_rewritten_and_answers_the_same(tmp_path: Path) -> None:
    source = modern(tmp_path / "modern.gguf", "你好, as before.")
    assert "oi-tui models convert" in ENGINE.why_not(read_header(source))
    told: list[float] = []
    made = convert(source, tmp_path / "old.gguf", told.append)
    header = read_header(made.path)
    assert ENGINE.why_not(header) == ""
    assert len(made.notes) == 3
    assert told[-1] == pytest.approx(1.0)
    assert header.text("tokenizer.chat_template")
    with served(ENGINE, made.path) as client:
        assert client.text("Say it.") == "你好, as before."


def test_a_table_that_reads_and_writes_words_becomes_two(tmp_path: Path) -> None:
    entries, tensors = parts(Tiny())
    source = tmp_path / "tied.gguf"
    with open(source, "wb") as stream:
        gguf.write_gguf(stream, entries, [one for one in tensors if one.name != "output.weight"])
    made = convert(source, tmp_path / "two.gguf")
    found = {one.name: one for one in read_header(made.path).tensors}
    sizes = [found[f"{name}.weight"].size for name in ("token_embd", "output")]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([], "as it is"),
        (
            [("general.architecture", gguf.text("general.architecture", "qwen2"))],
            "cannot be.*qwen2",
        ),
        ([("llama.expert_count", gguf.whole("llama.expert_count", 8))], "mixture of experts"),
    ],
)
def test_what_needs_no_conversion_or_has_none_is_refused_in_words(
    tmp_path: Path, change: list[tuple[str, bytes]], words: str
) -> None:
    entries, tensors = parts(Tiny())
    for key, entry in change:
        entries = [*(one for one in entries if key.encode() not in one[:40]), entry]
    source = tmp_path / "source.gguf"
    with open(source, "wb") as stream:
        gguf.write_gguf(stream, entries, tensors)
    with pytest.raises(ConvertError, match=words):
        convert(source, tmp_path / "target.gguf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.gguf"]


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"nothing of the kind")
    with pytest.raises(GgufError):
        convert(tmp_path / "x.gguf", tmp_path / "y.gguf")


def test_a_result_that_has_no_place_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = modern(tmp_path / "modern.gguf")
    data = source.read_bytes()
    for target, words in (
        (source, "what it is made from"),
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "x.gguf", "There is no folder"),
    ):
        with pytest.raises(ConvertError, match=words):
            convert(source, target)
    monkeypatch.setattr("oi_tui.models.local.ctransformers.convert.free_disk", lambda _folder: 999)
    with pytest.raises(ConvertError, match="not enough room"):
        convert(source, tmp_path / "old.gguf")
    assert source.read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["modern.gguf"]


def test_numbers_that_lie_one_upon_the_other_are_not_written_out(tmp_path: Path) -> None:
    source = modern(tmp_path / "modern.gguf")
    header = read_header(source)
    data = bytearray(source.read_bytes())
    for tensor in header.tensors:  # as many as the file has bytes, all from its beginning
        place = data.index(tensor.name.encode()) + len(tensor.name) + 4 + 8 * len(tensor.shape) + 4
        data[place : place + 8] = struct.pack("<Q", 0)
    end = header.data_start + max(tensor.size or 0 for tensor in header.tensors)
    source.write_bytes(data[:end])
    with pytest.raises(ConvertError, match="one upon the other"):
        convert(source, tmp_path / "old.gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["modern.gguf"]


def test_what_is_stopped_halfway_leaves_nothing_and_harms_nothing(tmp_path: Path) -> None:
    source, target = modern(tmp_path / "modern.gguf"), tmp_path / "old.gguf"
    target.write_bytes(b"what was there before")

    def stop(part: float) -> None:
        if part > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(source, target, stop)
    assert target.read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["modern.gguf", "old.gguf"]


def test_a_number_too_large_for_f16_becomes_the_largest(tmp_path: Path) -> None:
    entries, tensors = parts(Tiny())
    embedding = next(one for one in tensors if one.name == "token_embd.weight")
    count = embedding.size // 2
    huge = struct.pack("<f", 1e30)[2:]
    changed = replace(embedding, kind=BF16, pieces=lambda: [huge * count])
    source = tmp_path / "huge.gguf"
    with open(source, "wb") as stream:
        gguf.write_gguf(stream, entries, [changed, *tensors[1:]])
    made = convert(source, tmp_path / "old.gguf")
    header = read_header(made.path)
    place = header.data_start + header.tensors[0].offset
    assert struct.unpack_from("<e", made.path.read_bytes(), place) == (65_504.0,)


# -- SmolLM2 --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def smol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("smol") / "smollm2.gguf"
    with served(ENGINE, convert(smollm2(), path).path) as client:
        yield client
    path.unlink()


def test_the_toy_model_needs_conversion_and_says_so() -> None:
    assert "oi-tui models convert" in ENGINE.why_not(read_header(smollm2()))


def test_the_toy_model_answers_for_real(smol: Client) -> None:
    asked = "Write the word banana three times."
    options = {"temperature": 0, "max_tokens": 30}
    answer = smol.text(asked, **options)
    assert "banana" in answer.lower()
    streamed = content(smol.events({"messages": [said("user", asked)], **options}))
    assert streamed == answer  # greedy: the same each time
    counted = {"messages": [said("user", "Count from 1 to 5.")], "temperature": 0}
    events = smol.events({**counted, "max_tokens": 3})
    assert [event["choices"][0]["finish_reason"] for event in events][-1] == "length"


def test_the_toy_model_reads_any_text(smol: Client) -> None:
    hard = "😀 漢字 " * 50 + "x" * 20_000
    answer = smol.post({"messages": [said("user", hard)], "max_tokens": 2})
    assert answer.status_code == 400  # too long; and the child lives
    wide = smol.ask("😀 漢字 why?" * 20, max_tokens=2)
    assert wide["usage"]["prompt_tokens"] > 200


def test_the_same_seed_gives_the_same_answer(smol: Client) -> None:
    options = {"temperature": 1.2, "max_tokens": 24}
    asked = "Tell me a story about a cat."
    answers = [smol.text(asked, seed=seed, **options) for seed in (5, 5, 6)]
    assert answers[0] == answers[1] != answers[2]
