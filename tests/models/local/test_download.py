"""A download arrives whole and checked, goes on where it ended, and stops when it is told."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fetching
from oi_tui.models.local import download
from oi_tui.models.local.download import (
    DownloadStoppedError,
    Meter,
    fetch,
    place_of,
    unless_stopped,
)
from oi_tui.models.local.hub import Hub
from oi_tui.models.local.part_file import PartFile
from oi_tui.protocol.items import ErrorKind
from tests.support.hub_server import Fault, HubServer, hash_of
from tests.support.waiting import wait_until

NAME, FILE = "someone/Small-GGUF", "small-Q4_K_M.gguf"
DATA = bytes(range(256)) * 4096  # 1 MiB
SPLIT = {f"big/big-Q8_0-0000{n}-of-00003.gguf": bytes([n]) * 1000 * n for n in (1, 2, 3)}


class Place:
    """A hub with one model, and a folder to fetch it to."""

    def __init__(self, server: HubServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.told: list[Fetching] = []
        self.stop = threading.Event()
        self.hear: Callable[[Fetching], None] = lambda told: None

    def fetch(self, index: int = 0) -> Path:
        hub = Hub(self.server.base)
        files = hub.models(NAME)

        def tell(told: Fetching) -> None:
            self.told.append(told)
            self.hear(told)

        return fetch(hub, files, files.models[index], self.folder, tell, self.stop, pace=0.0)

    def failure(self, index: int = 0) -> ModelError:
        with pytest.raises(ModelError) as caught:
            self.fetch(index)
        return caught.value

    @property
    def part(self) -> Path:
        target = self.folder / NAME / FILE
        return target.with_name(f"{FILE}.{hash_of(DATA)[:16]}.part")

    def leave_part(self, data: bytes) -> None:
        self.part.parent.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(data)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with HubServer() as server:
        server.add(NAME, {FILE: DATA})
        yield Place(server, tmp_path / "models")


# -- whole ----------------------------------------------------------------------------------------
def test_a_model_arrives_with_its_bytes_for_its_owner_only(place: Place) -> None:
    path = place.fetch()
    assert path == place.folder / NAME / FILE
    assert path.read_bytes() == DATA
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (place.folder, path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert place.names() == [FILE]
    assert place.told[-1] == Fetching(len(DATA), len(DATA), place.told[-1].speed)


def test_progress_only_grows(place: Place) -> None:
    place.fetch()
    assert [one.fetched for one in place.told] == sorted(one.fetched for one in place.told)
    assert {one.size for one in place.told} == {len(DATA)}


def test_what_is_here_is_not_fetched_again(place: Place) -> None:
    first = place.fetch()
    assert place.fetch() == first
    assert len(place.server.requests("store")) == 1


def test_a_file_that_the_hub_has_changed_is_fetched_anew(place: Place) -> None:
    place.fetch()
    changed = bytes([DATA[0] ^ 1]) + DATA[1:]
    place.server.add(NAME, {FILE: changed})
    assert place.fetch().read_bytes() == changed
    place.fetch().write_bytes(DATA)  # damaged on the disk
    place.told.clear()
    assert place.fetch().read_bytes() == changed
    assert place.told[-1].fetched == len(DATA)
    assert max(one.fetched for one in place.told) == len(DATA)


def test_a_check_of_what_is_here_can_be_stopped(place: Place) -> None:
    path = place.fetch()
    place.hear = lambda told: place.stop.set() if "checking" in told.step else None
    with pytest.raises(DownloadStoppedError):
        place.fetch()
    assert path.read_bytes() == DATA


def test_parts_of_a_split_model_arrive_all_and_the_first_is_named(place: Place) -> None:
    place.server.add(NAME, dict(SPLIT))
    path = place.fetch()
    assert path == place_of(place.folder, NAME, "big/big-Q8_0-00001-of-00003.gguf")
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == {
        Path(name).name: data for name, data in SPLIT.items()
    }
    assert place.told[-1].fetched == 6000


def test_a_file_that_the_hub_gives_itself_arrives_too(place: Place) -> None:
    place.server.location = lambda mark: f"{place.server.store}/{mark}"
    place.server.repositories[NAME].extra = {
        "siblings": [{"rfilename": FILE, "size": len(DATA)}]  # without a hash
    }
    assert place.fetch().read_bytes() == DATA


# -- going on -------------------------------------------------------------------------------------
@pytest.mark.parametrize("cuts", [[0], [1], [1000, 5], [len(DATA) - 1], [300_000, 0, 0, 0, 17]])
def test_cut_connections_are_gone_on_with(place: Place, cuts: list[int]) -> None:
    place.server.store_faults += [Fault(cut_after=count) for count in cuts]
    assert place.fetch().read_bytes() == DATA
    starts, here = [""], 0
    for count in cuts:
        here += count
        starts.append(f"bytes={here}-" if here else "")
    assert place.server.ranges() == starts


def test_a_part_of_an_earlier_attempt_is_gone_on_with(place: Place) -> None:
    place.leave_part(DATA[:500_000])
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges() == ["bytes=500000-"]
    assert place.names() == [FILE]


def test_a_part_that_is_whole_needs_no_request(place: Place) -> None:
    place.leave_part(DATA)
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges() == []


def test_a_part_that_is_too_long_is_begun_again(place: Place) -> None:
    place.leave_part(DATA + b"more")
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges() == [""]


def test_a_server_without_ranges_sends_all_of_it_again(place: Place) -> None:
    place.leave_part(DATA[:1000])
    place.server.store_faults.append(Fault(ignores_range=True))
    assert place.fetch().read_bytes() == DATA


def test_a_part_of_another_version_is_not_gone_on_with(place: Place) -> None:
    old = place.part.with_name(f"{FILE}.{'a' * 16}.part")
    place.leave_part(b"")
    old.write_bytes(b"old" * 100)
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges() == [""]
    assert place.names() == [FILE]


def test_a_newer_version_takes_the_place_of_the_older(place: Place) -> None:
    place.fetch()
    place.server.repositories[NAME].files[FILE] = b"new" * 700
    assert place.fetch().read_bytes() == b"new" * 700


def test_a_signed_address_that_ran_out_is_asked_for_again(place: Place) -> None:
    place.server.store_faults += [Fault(cut_after=700), Fault(403), Fault(503)]
    assert place.fetch().read_bytes() == DATA
    assert len(place.server.requests("hub")) == 5


def test_a_hub_that_brings_nothing_is_given_up(place: Place) -> None:
    place.server.store_faults += [Fault(429, {"Retry-After": "1"})] * 9
    error = place.failure()
    assert error.info.kind is ErrorKind.RATE_LIMIT
    assert len(place.server.requests("store")) == 5
    assert place.names() == []  # nothing came


def test_a_file_that_is_gone_is_not_asked_for_again(place: Place) -> None:
    place.server.store_faults.append(Fault(404))
    assert place.failure().info.kind is ErrorKind.MODEL_MISSING
    assert len(place.server.requests("store")) == 1


# -- damaged --------------------------------------------------------------------------------------
def test_a_wrong_hash_is_refused_and_not_kept(place: Place) -> None:
    place.server.store_faults.append(Fault(changes=True))
    error = place.failure()
    assert error.info.kind is ErrorKind.UNREADABLE_REPLY
    assert FILE in error.info.title
    assert place.names() == []
    assert place.fetch().read_bytes() == DATA


def test_a_damaged_part_is_found_out_at_the_end(place: Place) -> None:
    place.leave_part(b"x" * 1000)
    assert place.failure().info.kind is ErrorKind.UNREADABLE_REPLY
    assert place.names() == []


def test_a_page_instead_of_a_file_writes_nothing(place: Place) -> None:
    place.leave_part(DATA[:1000])
    place.server.store_faults.append(Fault(ignores_range=True, length=77))
    assert place.failure().info.kind is ErrorKind.UNREADABLE_REPLY
    place.server.store_faults.append(Fault(416))
    assert place.failure().info.kind is ErrorKind.UNREADABLE_REPLY


def test_more_bytes_than_were_told_are_not_written(place: Place) -> None:
    row = {"rfilename": FILE, "size": 1000, "lfs": {"sha256": hash_of(DATA[:1000])}}
    place.server.repositories[NAME].extra = {"siblings": [row]}
    place.server.location = lambda _: f"{place.server.store}/{hash_of(DATA)}"
    assert place.failure().info.kind is ErrorKind.UNREADABLE_REPLY
    assert sum(path.stat().st_size for path in place.folder.rglob("*.part")) == 0


# -- stopped --------------------------------------------------------------------------------------
def test_stopping_keeps_what_came_also_while_nothing_comes(place: Place) -> None:
    place.server.store_faults.append(Fault(stalls_after=300_000))
    caught: list[ModelError] = []
    thread = threading.Thread(target=lambda: caught.append(place.failure()))
    thread.start()
    wait_until(place.server.stalled.is_set, "the store to stall")
    wait_until(lambda: place.part.exists() and place.part.stat().st_size == 300_000, "the bytes")
    place.stop.set()
    thread.join(10)
    assert not place.server.released.is_set()
    assert isinstance(caught[0], DownloadStoppedError)
    place.stop.clear()
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges()[-1] == "bytes=300000-"


def test_stopping_does_not_wait_for_a_server_that_says_nothing(place: Place) -> None:
    place.server.store_faults.append(Fault(holds=True))
    caught: list[ModelError] = []
    thread = threading.Thread(target=lambda: caught.append(place.failure()))
    thread.start()
    wait_until(place.server.stalled.is_set, "the store to hold its answer")
    place.stop.set()
    thread.join(10)
    assert not place.server.released.is_set()
    assert isinstance(caught[0], DownloadStoppedError)


def test_what_comes_when_nobody_waits_any_more_is_discarded() -> None:
    asked, stop, let_go = threading.Event(), threading.Event(), threading.Event()
    discarded: list[str] = []

    def call() -> str:
        asked.set()
        stop.set()
        let_go.wait(10)
        return "late"

    with pytest.raises(DownloadStoppedError):
        unless_stopped(call, stop, discarded.append)
    assert asked.is_set()
    let_go.set()
    wait_until(lambda: discarded == ["late"], "the late answer to be discarded")


def test_what_a_call_raises_is_raised_again() -> None:
    def call() -> str:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        unless_stopped(call, threading.Event())


def test_stopping_before_it_begins_asks_nothing_of_the_store(place: Place) -> None:
    place.stop.set()
    assert isinstance(place.failure(), DownloadStoppedError)
    assert place.server.requests("store") == []


def test_stopping_ends_a_pause(place: Place) -> None:
    place.server.store_faults.append(Fault(503))
    place.hear = lambda told: place.stop.set() if told.step.startswith("waiting") else None
    assert isinstance(place.failure(), DownloadStoppedError)


# -- the disk -------------------------------------------------------------------------------------
def test_too_little_room_is_told_before_a_byte_comes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "free_disk", lambda folder: 300 << 20)
    place.server.repositories[NAME].extra = {
        "siblings": [{"rfilename": FILE, "size": 9_000_000_000, "lfs": {"sha256": "0" * 64}}]
    }
    error = place.failure()
    assert error.info.kind is ErrorKind.STORE
    assert "9.0 GB are still to come, and 268 MB have to stay free" in error.info.detail
    assert "315 MB are free" in error.info.detail
    assert place.server.requests("store") == []


def test_what_is_here_already_counts_as_room(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.leave_part(DATA[:-10])
    monkeypatch.setattr(download, "free_disk", lambda folder: (256 << 20) + 10)
    assert place.fetch().read_bytes() == DATA


def test_an_older_version_is_no_room(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.part.parent.mkdir(parents=True)
    (place.part.parent / FILE).write_bytes(b"older" * 100_000)  # stays until the new one is here
    monkeypatch.setattr(download, "free_disk", lambda folder: 256 << 20)
    assert "not enough room" in place.failure().info.title
    assert place.server.requests("store") == []


def test_a_disk_that_fills_up_keeps_what_came(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = os.write, [0]

    def write(descriptor: int, data: memoryview) -> int:
        if written[0] >= 300_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = real(descriptor, data[:100_000])
        written[0] += count
        return count

    monkeypatch.setattr(os, "write", write)
    error = place.failure()
    assert error.info.title == "The disk is full."
    monkeypatch.undo()
    assert place.part.stat().st_size >= 300_000
    assert place.fetch().read_bytes() == DATA
    assert place.server.ranges()[-1].startswith("bytes=3")


def test_a_folder_that_cannot_be_written_is_told(place: Place) -> None:
    place.folder.write_text("in the way")
    error = place.failure()
    assert error.info.kind is ErrorKind.STORE
    assert str(place.folder) in error.info.detail


def test_a_link_in_place_of_a_part_is_not_followed(place: Place, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    place.part.parent.mkdir(parents=True)
    place.part.symlink_to(precious)
    assert place.failure().info.kind is ErrorKind.STORE
    assert precious.read_bytes() == b"precious"


# -- two programs -------------------------------------------------------------------------------
def test_two_programs_do_not_write_to_one_file(place: Place) -> None:
    with PartFile(place.folder / NAME / FILE, hash_of(DATA)):
        error = place.failure()
    assert error.info.title == "Another oi-tui is fetching this model."
    assert place.fetch().read_bytes() == DATA


def test_two_at_once_end_with_one_whole_file(place: Place) -> None:
    place.server.store_faults.append(Fault(stalls_after=1000))
    paths: list[Path] = []
    thread = threading.Thread(target=lambda: paths.append(place.fetch()))
    thread.start()
    wait_until(place.server.stalled.is_set, "the first to be under way")
    assert place.failure().info.kind is ErrorKind.STORE
    place.server.released.set()
    thread.join(10)
    assert paths[0].read_bytes() == DATA


def test_a_part_that_another_program_holds_is_not_dropped(place: Place) -> None:
    with PartFile(place.folder / NAME / FILE, "b" * 16) as other:
        place.fetch()
        assert other.path.exists()


# -- words ----------------------------------------------------------------------------------------
def test_speed_is_an_average_of_the_last_seconds_without_other_steps() -> None:
    now, told = [0.0], list[Fetching]()
    meter = Meter(1000, told.append, lambda: now[0])
    meter.begin("reading")
    meter.add(500)
    assert told[-1].speed == 0.0
    meter.begin("")
    for now[0] in (1.0, 2.0, 3.0):
        meter.add(100)
    assert told[-1] == Fetching(800, 1000, 100.0, "")
    meter.begin("waiting")
    assert told[-1] == Fetching(800, 1000, 0.0, "waiting")
