"""Fetches a model from the hub to the disk: gone on with, checked, and stopped when asked.

Decides when to try again, and says how far it is. Knows neither http (see `hub_connection`) nor
how a partial file is kept (see `part_file`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from threading import Event
from typing import TypeVar

from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fetching
from oi_tui.models.local.hub import Hub, HubError
from oi_tui.models.local.hub_connection import Answer, UnreachableError
from oi_tui.models.local.machine import free_disk
from oi_tui.models.local.part_file import PartFile, make_folder
from oi_tui.models.local.repository import ModelFile, RepositoryFile, RepositoryFiles
from oi_tui.models.local.sizes import size_in_words
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_SPARE = 256 << 20  # bytes that are left free on the disk: a full one hurts every program
_BLOCK = 1 << 18
_ATTEMPTS = 5  # connections in a row that bring nothing
_LONGEST_PAUSE = 30.0  # seconds
_TELL_EVERY = 0.1  # seconds
_SPEED_OF = 5.0  # seconds that the speed is an average of
_WATCH_EVERY = 0.1  # seconds
Told = TypeVar("Told")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DownloadStoppedError(ModelError):
    """The person stopped it; what came is kept."""

    def __init__(self) -> None:
        title = tr("The download was stopped.")
        hint = tr("What came is kept: start it again and it goes on from there.")
        super().__init__(ErrorInfo(ErrorKind.CUT_OFF, title, hint=hint))


def place_of(folder: Path, repository: str, file: str) -> Path:
    """Return where a file of a repository lies below the folder of models."""
    return folder.joinpath(*repository.split("/"), *file.split("/"))


def fetch(
    hub: Hub,
    files: RepositoryFiles,
    model: ModelFile,
    folder: Path,
    tell: Callable[[Fetching], None],
    stop: Event,
    pace: float = 1.0,
) -> Path:
    """Fetch one model of a repository into `folder`/OWNER/NAME; return its (first) file.

    What an earlier attempt left is gone on with. `pace`: what the pauses between attempts are
    multiplied with.

    Raises:
        DownloadStoppedError: `stop` was set.
        ModelError: no room on the disk, the hub failed, the file is damaged, or another program
            is fetching it.
    """
    download = _Download(hub, files, folder, stop, pace, Meter(model.size, tell))
    try:
        download.check_room(model)
        for file in model.parts:
            download.fetch(file)
    except OSError as error:
        raise _disk_trouble(error, folder) from None
    download.meter.tell_now()
    return place_of(folder, files.repository, model.name)


def unless_stopped(
    call: Callable[[], Told], stop: Event, discard: Callable[[Told], None] | None = None
) -> Told:
    """Return what a call to the hub returns, but wait no longer once `stop` is set.

    A hub that accepts a connection may say nothing for half a minute. `discard` gets what comes
    when nobody wants it any more.

    Raises:
        DownloadStoppedError: `stop` was set.
    """
    future: Future[Told] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, name="ask hub", daemon=True).start()
    while not wait([future], _WATCH_EVERY).done:
        if stop.is_set():
            if discard is not None:
                future.add_done_callback(lambda done: done.exception() or discard(done.result()))
            raise DownloadStoppedError
    return future.result()


class Meter:
    """Says how far a download is, not too often."""

    def __init__(
        self,
        size: int,
        tell: Callable[[Fetching], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size, self._tell, self._clock = size, tell, clock
        self._here = 0
        self._told_at = float("-inf")
        self._marks: deque[tuple[float, int]] = deque()
        self._step = ""

    def add(self, count: int) -> None:
        """Count bytes; a negative number takes some back."""
        self._here += count
        now = self._clock()
        if now - self._told_at >= _TELL_EVERY:
            self.tell_now()

    def begin(self, step: str) -> None:
        """Say what is done besides fetching; empty: nothing. Its bytes make no speed."""
        self._step = step
        self._marks.clear()
        self.tell_now()

    def tell_now(self) -> None:
        """Say how far it is."""
        now = self._told_at = self._clock()
        self._marks.append((now, self._here))
        while now - self._marks[0][0] > _SPEED_OF:
            self._marks.popleft()
        self._tell(Fetching(self._here, self._size, self._speed(), self._step))

    def _speed(self) -> float:
        (began, before), (now, after) = self._marks[0], self._marks[-1]
        if self._step or now <= began:
            return 0.0
        return max(after - before, 0) / (now - began)


class _Download:
    """One fetching of one model."""

    def __init__(
        self,
        hub: Hub,
        files: RepositoryFiles,
        folder: Path,
        stop: Event,
        pace: float,
        meter: Meter,
    ) -> None:
        self._hub, self._files, self._folder = hub, files, folder
        self._stop, self._pace, self.meter = stop, pace, meter

    def check_room(self, model: ModelFile) -> None:
        """Refuse what the disk cannot hold; what is here already counts."""
        make_folder(self._folder)
        missing = sum(file.size - self._bytes_of(file) for file in model.parts)
        free = free_disk(self._folder)
        if missing <= 0 or missing + _SPARE <= free:
            return
        raise ModelError(
            ErrorInfo(
                ErrorKind.STORE,
                tr("There is not enough room on the disk."),
                tr(
                    "{missing} are still to come, and {spare} have to stay free; {free} are free "
                    "in {folder}.",
                    missing=size_in_words(missing),
                    spare=size_in_words(_SPARE),
                    free=size_in_words(free),
                    folder=one_line(str(self._folder), 200),
                ),
                tr("Make room, choose a smaller model, or remove one: oi-tui models list"),
            )
        )

    def fetch(self, file: RepositoryFile) -> None:
        """Fetch one file, unless it is here: as whole and as the hub says that it is."""
        self._look_up()
        if self._is_here(file):
            return
        with self._part(file) as part:
            self._go_on(part, file)
            self._receive(part, file)
            if not part.finish(file.sha256):
                self.meter.add(-part.size)
                raise _damaged(file, self._hub.host)
            part.drop_others()

    def _is_here(self, file: RepositoryFile) -> bool:
        """Return whether the file of this name has the hub's size and hash."""
        target = place_of(self._folder, self._files.repository, file.path)
        if not (target.is_file() and target.stat().st_size == file.size):
            return False  # another version, which stays until this one is here
        self.meter.begin(tr("checking what is here already"))
        told, read = hashlib.sha256(), 0
        with open(target, "rb") as stream:
            while block := stream.read(_BLOCK if file.sha256 else 0):
                told.update(block)
                read += len(block)
                self.meter.add(len(block))
                self._look_up()
        is_right = not file.sha256 or told.hexdigest() == file.sha256
        self.meter.add((file.size if is_right else 0) - read)
        self.meter.begin("")
        return is_right

    def _part(self, file: RepositoryFile) -> PartFile:
        target = place_of(self._folder, self._files.repository, file.path)
        return PartFile(target, file.sha256 or self._files.commit or "0")

    def _bytes_of(self, file: RepositoryFile) -> int:
        part = self._part(file)
        with contextlib.suppress(OSError):
            if part.target.stat().st_size == file.size:
                return file.size
        with contextlib.suppress(OSError):
            return min(part.path.stat().st_size, file.size)
        return 0

    def _go_on(self, part: PartFile, file: RepositoryFile) -> None:
        def count(size: int) -> None:
            self.meter.add(size)
            self._look_up()

        self.meter.begin(tr("reading what is here already"))
        part.read_up(count)
        if part.size > file.size:
            self._restart(part)
        self.meter.begin("")

    def _restart(self, part: PartFile) -> None:
        self.meter.add(-part.size)
        part.restart()

    def _receive(self, part: PartFile, file: RepositoryFile) -> None:
        """Fetch the rest, over as many connections as it takes."""
        failures = 0
        while part.size < file.size:
            before, wait = part.size, 0.0
            trouble: ModelError = self._hub.unreachable(tr("the connection was cut"))
            try:
                self._receive_some(part, file)
            except HubError as error:
                if not error.may_pass:
                    raise
                trouble, wait = error, error.wait
            self._look_up()
            failures = 0 if part.size > before else failures + 1
            if failures >= _ATTEMPTS:
                raise trouble
            if part.size < file.size:
                self._pause(max(wait, min(2.0**failures, _LONGEST_PAUSE)))

    def _pause(self, seconds: float) -> None:
        self.meter.begin(tr("waiting, to try again"))
        self._stop.wait(seconds * self._pace)
        self._look_up()
        self.meter.begin("")

    def _receive_some(self, part: PartFile, file: RepositoryFile) -> None:
        """Fetch over one connection until it ends."""
        start = part.size
        answer = unless_stopped(
            lambda: self._hub.open(self._files, file, start), self._stop, Answer.close
        )
        with answer, self._watched(answer):
            if answer.status == 200 and part.size:  # it sends all of it again
                self._restart(part)
            self._check(answer, part, file)
            while part.size < file.size:
                try:
                    piece = answer.read(min(_BLOCK, file.size - part.size))
                except UnreachableError as error:
                    self._look_up()
                    raise self._hub.unreachable(str(error)) from None
                self._look_up()
                if not piece:
                    return
                part.write(piece)
                self.meter.add(len(piece))

    def _check(self, answer: Answer, part: PartFile, file: RepositoryFile) -> None:
        """Refuse, before a byte is written, what cannot be the rest of this file."""
        length = answer.header("Content-Length")
        is_rest = not length or length == str(file.size - part.size)
        if answer.status == 206:
            begins = answer.header("Content-Range").startswith(f"bytes {part.size}-")
            is_rest = is_rest and begins
        if answer.status == 416 or not is_rest:
            raise _damaged(file, answer.host)

    def _look_up(self) -> None:
        if self._stop.is_set():
            raise DownloadStoppedError

    @contextlib.contextmanager
    def _watched(self, answer: Answer) -> Iterator[None]:
        """Hang up as soon as it is stopped, also while nothing comes."""
        done = Event()

        def watch() -> None:
            while not done.wait(_WATCH_EVERY):
                if self._stop.is_set():
                    answer.hang_up()
                    return

        watcher = threading.Thread(target=watch, name="stop download", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _damaged(file: RepositoryFile, host: str) -> HubError:
    return HubError(
        ErrorInfo(
            ErrorKind.UNREADABLE_REPLY,
            tr("{name} is not what the hub says that it is.", name=one_line(file.path)),
            tr("What {host} sent has another size or another hash.", host=one_line(host)),
            tr("Try again. If it happens again, something between here and there changes files."),
        )
    )


def _disk_trouble(error: OSError, folder: Path) -> ModelError:
    place = one_line(str(error.filename or folder), 200)
    if error.errno in _FULL:
        title = tr("The disk is full.")
        hint = tr("Make room and start it again: what came is kept.")
        return ModelError(ErrorInfo(ErrorKind.STORE, title, place, hint))
    title = tr("The model cannot be written.")
    detail = f"{place}: {error.strerror or error}"
    hint = tr("Look at that folder, then start it again: what came is kept.")
    return ModelError(ErrorInfo(ErrorKind.STORE, title, one_line(detail, 300), hint))
