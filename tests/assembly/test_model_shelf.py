"""The shelf of models for front ends: files, the catalog, the hub, downloads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from oi_tui.assembly.opener import Opener
from oi_tui.config.keys import KeyStore
from oi_tui.config.places import places
from oi_tui.config.schema import Settings
from oi_tui.engine.model_shelf import ModelShelf
from oi_tui.models.base import ModelError
from oi_tui.models.choices import DownloadChoice, Fetching, Fit
from oi_tui.protocol.items import ErrorKind
from tests.support.hub_server import Fault, HubServer
from tests.support.model_folders import hub_file
from tests.support.tiny_gguf import Tiny, tiny_model
from tests.support.waiting import wait_until


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelShelf:
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_TOKEN", "XDG_CACHE_HOME", "LLAMA_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OI_TUI_HOME", str(tmp_path / "oi"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    where = places()
    return Opener(Settings(), KeyStore(where.keys_file, {}), where).models


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    data = tiny_model(tmp_path / "x.gguf", Tiny("Fetched.")).read_bytes()
    with HubServer() as server:
        server.add("own/Tiny-GGUF", {"x-Q4_K_M.gguf": data, "x-Q8_0.gguf": data + bytes(64)})
        monkeypatch.setenv("HF_ENDPOINT", server.base)
        yield server


def fetch(shelf: ModelShelf, choice: DownloadChoice) -> list[Fetching]:
    told: list[Fetching] = []
    shelf.fetch(choice, told.append, Event())
    return told


def test_what_is_fetched_is_listed_and_can_be_removed(shelf: ModelShelf, hub: HubServer) -> None:
    choice = shelf.look_up("own/Tiny-GGUF", 0.0)
    assert (choice.model, choice.file) == ("local/own/Tiny-GGUF", "x-Q4_K_M.gguf")
    told = fetch(shelf, choice)
    assert told[-1].fetched == told[-1].size == choice.size
    (mine,) = [one for one in shelf.files() if one.is_ours]
    assert (mine.model, mine.label) == ("local/own/Tiny-GGUF:Q4_K_M", "Tiny Q4_K_M")
    assert (mine.problem, mine.size) == ("", choice.size)
    assert mine.fit is not Fit.UNKNOWN
    shelf.remove(mine)
    assert not [one for one in shelf.files() if one.is_ours]


def test_two_files_of_a_repository_are_two_models(shelf: ModelShelf, hub: HubServer) -> None:
    for quality in (0.0, 1.0):
        fetch(shelf, shelf.look_up("own/Tiny-GGUF", quality))
    assert {one.model for one in shelf.files() if one.is_ours} == {
        "local/own/Tiny-GGUF:Q4_K_M",
        "local/own/Tiny-GGUF:Q8_0",
    }


def test_a_choice_of_the_catalog_that_was_renamed_is_found_by_its_quantization(
    shelf: ModelShelf, hub: HubServer
) -> None:
    choice = DownloadChoice(
        "local/own/Tiny-GGUF", "Tiny", "", "renamed-Q8_0.gguf", 5, "", Fit.MEMORY, ""
    )
    fetched = shelf.fetch(choice, lambda _now: None, Event())
    assert fetched.path.name == "x-Q8_0.gguf"


def test_nothing_else_is_fetched_than_what_was_agreed_to(shelf: ModelShelf, hub: HubServer) -> None:
    choice = DownloadChoice("local/own/Tiny-GGUF", "", "", "gone-Q2_K.gguf", 5, "", Fit.MEMORY, "")
    with pytest.raises(ModelError) as gone:
        shelf.fetch(choice, lambda _now: None, Event())
    assert "no longer has gone-Q2_K.gguf" in gone.value.info.title
    assert "models pull own/Tiny-GGUF" in gone.value.info.hint
    assert hub.requests("store") == []


def test_a_download_that_is_stopped_can_be_gone_on_with(shelf: ModelShelf, hub: HubServer) -> None:
    choice, stop = shelf.look_up("own/Tiny-GGUF", 1.0), Event()
    hub.store_faults.append(Fault(stalls_after=100_000))

    def press_escape() -> None:
        wait_until(lambda: any(one.stat().st_size for one in places().models.rglob("*.part")))
        stop.set()

    person = Thread(target=press_escape)
    person.start()
    with pytest.raises(ModelError) as stopped:
        shelf.fetch(choice, lambda _now: None, stop)
    person.join()
    assert stopped.value.info.kind is ErrorKind.CUT_OFF
    (begun,) = [one for one in shelf.files() if one.is_ours]
    assert "is not finished" in begun.problem
    hub.released.set()
    assert not shelf.fetch(choice, lambda _now: None, Event()).problem
    assert hub.ranges()[-1].startswith("bytes=")
    assert len([one for one in shelf.files() if one.is_ours]) == 1


def test_the_catalog_and_the_list_contact_nobody(shelf: ModelShelf, hub: HubServer) -> None:
    offers = shelf.downloads()
    assert [one for one in offers if one.is_recommended] == list(offers[:1])
    assert shelf.files()
    assert shelf.machine()
    assert not hub.asked


def test_what_others_keep_stays(shelf: ModelShelf, tmp_path: Path) -> None:
    link = hub_file(tmp_path / "home/.cache/huggingface/hub", "a/b", "x-Q4_0.gguf")
    (theirs,) = [one for one in shelf.files() if one.path == link]
    assert theirs.problem  # it holds words, no model
    with pytest.raises(ModelError, match="is not kept by oi-tui"):
        shelf.remove(theirs)
    assert link.exists()


def test_a_hub_that_is_not_there_is_told(
    shelf: ModelShelf, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://example.org")
    with pytest.raises(ModelError) as failed:
        shelf.look_up("own/Tiny-GGUF")
    assert failed.value.info.kind is ErrorKind.CONFIG
