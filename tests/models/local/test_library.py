"""What is on this machine is found under every name that the list shows."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.local.library import Library
from oi_tui.models.local.llamacpp.engine import ENGINE
from oi_tui.models.local.repository import is_safe_path
from oi_tui.models.local.sources import (
    FoundModel,
    Source,
    hub_cache,
    lm_studio_folders,
    ollama_folders,
)
from oi_tui.protocol.items import ErrorKind
from tests.support.local_models import served, smollm2
from tests.support.model_folders import hub_file, ollama_model, split_model, written
from tests.support.tiny_gguf import Tiny


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def library(home: Path, tmp_path: Path) -> Library:
    # OLLAMA_MODELS: nothing of this machine's own Ollama may be seen
    environ = {"HOME": str(home), "OLLAMA_MODELS": str(home / ".ollama/models")}
    return Library(tmp_path / "models", environ)


def ours(library: Library, name: str, text: str = "") -> Path:
    assert library.folder is not None
    return written(library.folder / name, text or name)


def listed(library: Library) -> list[FoundModel]:
    return [one for one in library.models() if one.source is not Source.PACKAGE]


def refused(library: Library, name: str) -> str:
    with pytest.raises(ModelError) as failed:
        library.find(name)
    info = failed.value.info
    assert info.kind is ErrorKind.MODEL_MISSING
    return f"{info.title}\n{info.detail}\n{info.hint}"


def fill(library: Library, home: Path) -> None:
    """Put models everywhere."""
    ours(library, "own/Model-GGUF/model-Q4_K_M.gguf", "w" * 40)
    ours(library, "own/Model-GGUF/model-Q8_0.gguf", "w" * 20)
    ours(library, "own/Model-GGUF/deep/model.gguf", "w" * 30)
    ours(library, "loose.gguf")
    hub_file(home / ".cache/huggingface/hub", "hub/Thing", "thing.Q5_K_M.gguf")
    hub_file(home / ".cache/huggingface/hub", "gpt2", "gpt2.gguf")
    written(home / ".lmstudio/models/lm/Studio/studio-q6_k.gguf")
    written(home / ".cache/lm-studio/models/old/Place/place.gguf")
    ollama_model(home / ".ollama/models", "library/qwen3", "4b")
    ollama_model(home / ".ollama/models", "library/qwen3", "latest", "other")
    ollama_model(home / ".ollama/models", "someone/made", "v1")
    ollama_model(home / ".ollama/models", "hub/Thing", "Q8_0", host="hf.co")
    written(home / ".cache/llama.cpp/ggml-org_tiny.gguf")


def test_each_place_is_looked_into_and_each_name_finds_its_file(
    library: Library, home: Path
) -> None:
    fill(library, home)
    models = listed(library)
    assert [(one.name, one.source) for one in models] == [
        (str(library.folder) + "/loose.gguf", Source.OURS),
        ("own/Model-GGUF:Q8_0", Source.OURS),  # smallest first
        ("own/Model-GGUF:deep/model.gguf", Source.OURS),
        ("own/Model-GGUF:Q4_K_M", Source.OURS),
        ("gpt2:gpt2.gguf", Source.HUGGING_FACE),
        ("hub/Thing:Q5_K_M", Source.HUGGING_FACE),
        ("lm/Studio:Q6_K", Source.LM_STUDIO),
        ("old/Place:place.gguf", Source.LM_STUDIO),
        ("ollama:hf.co/hub/Thing:Q8_0", Source.OLLAMA),
        ("ollama:qwen3:4b", Source.OLLAMA),
        ("ollama:qwen3:latest", Source.OLLAMA),
        ("ollama:someone/made:v1", Source.OLLAMA),
        (str(home / ".cache/llama.cpp/ggml-org_tiny.gguf"), Source.LLAMA_CPP),
    ]
    for one in models:
        assert library.find(f"local/{one.name}").path == one.path
        assert library.find(one.name.upper() if one.repository else one.name).path == one.path
        assert not one.problem
        assert one.size == one.path.stat().st_size


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("own/Model-GGUF:model-Q8_0.gguf", "model-Q8_0.gguf"),
        ("own/Model-GGUF:model-q8_0", "model-Q8_0.gguf"),
        ("own/model-gguf:q4_k_m", "model-Q4_K_M.gguf"),
        ("loose", "loose.gguf"),
        ("loose.gguf", "loose.gguf"),
        ("local/lm/Studio", "studio-q6_k.gguf"),
        ("llamacpp/gpt2", "gpt2.gguf"),
    ],
)
def test_short_names_do(library: Library, home: Path, name: str, file: str) -> None:
    fill(library, home)
    assert library.find(name).path.name == file


def test_ollama_without_a_tag_is_the_latest(library: Library, home: Path) -> None:
    fill(library, home)
    latest = next(one for one in library.models() if one.name == "ollama:qwen3:latest")
    assert library.find("ollama:qwen3") == latest
    assert "ollama:someone/made is not on this machine" in refused(library, "ollama:someone/made")
    assert "v1" in refused(library, "ollama:someone/made:v2")


def test_without_a_tag_the_one_that_came_last_is_meant(library: Library) -> None:
    first, last = ours(library, "a/b/x-Q8_0.gguf"), ours(library, "a/b/x-Q2_K.gguf")
    os.utime(first, (1, 1))
    assert library.find("a/b").path == last
    os.utime(last, (0, 0))
    assert library.find("a/b").path == first


@pytest.mark.parametrize(
    ("quality", "kind"), [(0, "Q2_K"), (0.4, "Q4_0"), (0.5, "Q4_0"), (1, "Q8_0"), (7, "Q8_0")]
)
def test_quality_picks_by_size(library: Library, quality: float, kind: str) -> None:
    for size, each in enumerate(("Q2_K", "Q4_0", "Q8_0"), 1):
        ours(library, f"a/b/x-{each}.gguf", "x" * size)
    assert library.find("a/b", quality).tag == kind


def test_parts_are_one_model(library: Library) -> None:
    paths = [ours(library, f"a/b/x-Q4_K_M-0000{n}-of-00003.gguf") for n in (1, 2, 3)]
    (model,) = listed(library)
    assert model.parts == tuple(paths)
    assert model.size == sum(path.stat().st_size for path in paths)
    assert model.name == "a/b:Q4_K_M"
    for path in paths:
        assert library.find(str(path)).path == paths[0]
    paths[1].unlink()
    to_fetch = "oi-tui models pull a/b:x-Q4_K_M-00001-of-00003.gguf"
    problem = f"Other parts of it are not here: {to_fetch} fetches them."
    assert [one.problem for one in listed(library)] == [problem] * 2
    assert "Other parts" in refused(library, "a/b")


def test_a_split_model_is_loaded_by_any_of_its_parts(tmp_path: Path, library: Library) -> None:
    first, second = split_model(tmp_path, Tiny("From two parts."))
    found = library.find(str(second))
    assert (found.path, found.size) == (first, first.stat().st_size + second.stat().st_size)
    with served(ENGINE, found.path) as client:
        assert client.text("hello") == "From two parts."


def test_encoders_of_pictures_are_no_models(library: Library) -> None:
    ours(library, "a/b/mmproj-x-F16.gguf")
    assert listed(library) == []


def test_links_that_lead_nowhere_are_told(library: Library, home: Path) -> None:
    link = hub_file(home / ".cache/huggingface/hub", "a/b", "x-Q4_0.gguf")
    link.resolve().unlink()
    (model,) = listed(library)
    assert model.problem == "It is a link to a file that is gone."
    said = refused(library, "local/a/b")
    assert model.problem in said
    assert "oi-tui models pull a/b" in said


def test_the_newest_of_several_snapshots_counts(library: Library, home: Path) -> None:
    cache = home / ".cache/huggingface/hub"
    old = hub_file(cache, "a/b", "x-Q4_0.gguf", "old", commit="1" * 40)
    only_old = hub_file(cache, "a/b", "y-Q8_0.gguf", "rest", commit="1" * 40)
    new = hub_file(cache, "a/b", "x-Q4_0.gguf", "new", commit="2" * 40)
    os.utime(old.parent, (1, 1))
    assert {one.path for one in listed(library)} == {new, only_old}


def test_one_file_in_two_places_is_listed_once(library: Library, home: Path) -> None:
    path = ours(library, "a/b/x-Q4_0.gguf")
    other = home / ".lmstudio/models/a/b/x-Q4_0.gguf"
    other.parent.mkdir(parents=True)
    other.symlink_to(path)
    assert [one.path for one in listed(library)] == [path]


def test_two_files_of_one_name_have_two_names(library: Library, home: Path) -> None:
    mine = ours(library, "a/b/x-Q4_0.gguf", "mine")
    other = written(home / ".lmstudio/models/A/B/x-Q4_0.gguf", "theirs")
    assert [one.name for one in listed(library)] == ["a/b:Q4_0", str(other)]
    assert library.find("a/b:Q4_0").path == mine
    assert library.find(str(other)).path == other


def test_folders_that_turn_in_circles_end(library: Library, home: Path) -> None:
    path = ours(library, "a/b/x-Q4_0.gguf")
    for place in (path.parent, path.parent.parent, path.parent.parent.parent):
        (place / "round").symlink_to(place, target_is_directory=True)
    os.mkfifo(path.parent / "pipe.gguf")
    names = [one.name for one in listed(library) if not one.problem]
    assert names == ["a/b:Q4_0"]


def test_what_was_begun_is_told_and_can_be_removed(library: Library) -> None:
    part = ours(library, "a/b/x-Q4_0.gguf.0123456789abcdef.part")
    (model,) = listed(library)
    assert "oi-tui models pull a/b:x-Q4_0.gguf goes on with it" in model.problem
    assert "oi-tui models pull a/b" in refused(library, "a/b")
    library.remove(model)
    assert not part.exists()
    assert library.folder is not None
    assert list(library.folder.iterdir()) == []


def test_removing_takes_all_parts_and_nothing_else(library: Library) -> None:
    for name in ("x-Q4_0-00001-of-00002.gguf", "x-Q4_0-00002-of-00002.gguf"):
        ours(library, f"a/b/{name}")
    ours(library, "a/b/x-Q4_0-00002-of-00002.gguf.ff.part")
    kept = ours(library, "a/b/y-Q8_0.gguf")
    library.remove(library.find("a/b:Q4_0"))
    assert list(kept.parent.iterdir()) == [kept]


def test_what_others_keep_is_not_removed(library: Library, home: Path) -> None:
    path = hub_file(home / ".cache/huggingface/hub", "a/b", "x-Q4_0.gguf")
    with pytest.raises(ModelError, match="is not kept by oi-tui"):
        library.remove(library.find("a/b"))
    assert path.exists()


def test_a_link_in_our_folder_does_not_let_others_files_be_removed(
    library: Library, tmp_path: Path
) -> None:
    path = written(tmp_path / "elsewhere/b/x-Q4_0.gguf")
    assert library.folder is not None
    library.folder.mkdir()
    (library.folder / "a").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ModelError, match="is not kept by oi-tui"):
        library.remove(library.find("a/b"))
    assert path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"layers": 3}',
        '{"layers": [3, {"mediaType": "application/vnd.ollama.image.model"}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:/x"}]}',
        "[" * 100_000,
    ],
)
def test_lists_of_another_kind_are_passed_over(library: Library, home: Path, text: str) -> None:
    place = home / ".ollama/models/manifests/registry.ollama.ai/library"
    written(place / "bad/latest", text)
    ollama_model(home / ".ollama/models", "library/good", "latest")
    assert [one.name for one in listed(library)] == ["ollama:good:latest"]


def test_a_model_that_ollama_lost_is_told(library: Library, home: Path) -> None:
    ollama_model(home / ".ollama/models", "library/lost", "latest").unlink()
    assert "The file that Ollama names for it is gone." in refused(library, "ollama:lost")


def test_places_are_where_their_programs_say() -> None:
    home = {"HOME": "/h"}
    assert hub_cache(home) == Path("/h/.cache/huggingface/hub")
    assert hub_cache({**home, "XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub")
    assert hub_cache({**home, "HF_HOME": "~/hf"}) == Path("/h/hf/hub")
    assert hub_cache({**home, "HF_HOME": "/x", "HF_HUB_CACHE": "/y"}) == Path("/y")
    assert ollama_folders({**home, "OLLAMA_MODELS": "/o"}) == (Path("/o"),)
    assert ollama_folders(home)[0] == Path("/h/.ollama/models")


def test_lm_studio_says_itself_where_models_are(tmp_path: Path) -> None:
    written(tmp_path / ".lmstudio-home-pointer", f"{tmp_path}/elsewhere\n")
    written(tmp_path / "elsewhere/settings.json", json.dumps({"downloadsFolder": "/big/disk"}))
    folders = lm_studio_folders({"HOME": str(tmp_path)})
    assert folders[:2] == (Path("/big/disk"), tmp_path / "elsewhere/models")


def test_the_toy_has_a_name(library: Library) -> None:
    assert library.find("local/smollm2").path == smollm2()
    assert library.models()[-1].name == "smollm2"


@pytest.mark.parametrize("name", ["/nowhere/x.gguf", "x\x1b[31m", "", "a/b:c/d", "../x", "ollama:"])
def test_what_is_not_here_is_said(library: Library, name: str) -> None:
    said = refused(library, name)
    assert "\x1b" not in said
    assert "oi-tui models" in said


def test_the_command_that_fetches_is_told(library: Library) -> None:
    assert "To fetch it: oi-tui models pull o/n:Q4_K_M" in refused(library, "local/o/n:Q4_K_M")
    ours(library, "o/n/x-Q8_0.gguf")
    assert "Of o/n, this is here: Q8_0" in refused(library, "local/o/n:Q4_K_M")


def test_a_hash_names_the_file_in_old_folders_of_ollama_too(library: Library, home: Path) -> None:
    blob = ollama_model(home / ".ollama/models", "library/old", "latest", "words")
    digest = hashlib.sha256(b"words").hexdigest()
    assert blob.name == f"sha256-{digest}"
    blob.rename(blob.with_name(f"sha256:{digest}"))
    assert library.find("ollama:old").path.name == f"sha256:{digest}"


@pytest.mark.parametrize("folders", range(7))
def test_every_file_that_may_be_fetched_is_found_afterwards(tmp_path: Path, folders: int) -> None:
    file = "/".join([*"abcdef"[:folders], "x.gguf"])
    place = tmp_path / "owner/name" / file
    place.parent.mkdir(parents=True)
    place.write_bytes(b"GGUF")
    found = [one.path for one in Library(tmp_path, {"HOME": str(tmp_path)}).models()]
    assert (place in found) == is_safe_path(file)
