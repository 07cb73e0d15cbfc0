"""A double of the models that a person can choose from: every row comes from the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from oi_tui.engine.cancel import CancelToken
from oi_tui.models.base import ModelError
from oi_tui.models.choices import (
    DownloadChoice,
    Fetching,
    FileChoice,
    HostedChoice,
    ServerChoice,
    UsedModel,
)
from oi_tui.protocol.items import ErrorInfo, ErrorKind


class FakeModelShelf:
    """Hands out what a test put into it, and remembers what it was asked to do."""

    def __init__(self) -> None:
        self.about_machine = "16 GB of memory, 9 GB free"
        self.here: list[FileChoice] = []
        self.offers: list[DownloadChoice] = []
        self.at_addresses: dict[str, ServerChoice] = {}
        self.listed: dict[str, list[HostedChoice]] = {}
        self.known: list[UsedModel] = []
        self.removed: list[FileChoice] = []
        self.steps: list[Fetching] = []  # what a download tells
        self.go_on = Event()  # set: a download or a test may end
        self.fetched: list[FileChoice] = []
        self.fetched_problem = ""  # of what is fetched
        self.answer = "It answers."
        self.tests: list[CancelToken] = []
        self.error: ModelError | None = None  # raised by whatever goes out

    def machine(self) -> str:
        return self.about_machine

    def files(self) -> Sequence[FileChoice]:
        return tuple(self.here)

    def downloads(self) -> Sequence[DownloadChoice]:
        return tuple(self.offers)

    def look_up(self, name: str, quality: float | None = None) -> DownloadChoice:
        self._fail()
        for offer in self.offers:
            if offer.model == f"local/{name}":
                return offer
        raise ModelError(ErrorInfo(ErrorKind.MODEL_MISSING, f"The hub has no {name}."))

    def fetch(
        self, choice: DownloadChoice, tell: Callable[[Fetching], None], stop: Event
    ) -> FileChoice:
        self._fail()
        for step in self.steps:
            tell(step)
        stop_or_go_on(stop, self.go_on)
        if stop.is_set():
            raise ModelError(ErrorInfo(ErrorKind.NETWORK, "Stopped."))
        file = FileChoice(
            choice.model,
            choice.label,
            Path("/m.gguf"),
            choice.size,
            "oi-tui",
            problem=self.fetched_problem,
        )
        self.fetched.append(file)
        return file

    def remove(self, choice: FileChoice) -> None:
        self._fail()
        self.removed.append(choice)
        self.here.remove(choice)

    def servers(self) -> Sequence[ServerChoice]:
        return tuple(self.at_addresses.values())

    def server_at(self, address: str) -> ServerChoice:
        self._fail()
        return self.at_addresses[address]

    def hosted(self, provider: str) -> Sequence[HostedChoice]:
        return self.listed.get(provider, ())

    def used(self) -> Sequence[UsedModel]:
        return tuple(self.known)

    def mark_favorite(self, model: str, api_base: str, on: bool) -> None:
        rest = [one for one in self.known if (one.model, one.api_base) != (model, api_base)]
        self.known = [UsedModel(model, api_base, on), *rest]

    def test(self, model: str, api_base: str, stop: CancelToken) -> str:
        self._fail()
        self.tests.append(stop)
        stopped = Event()
        with stop.ending(stopped.set):
            stop_or_go_on(stopped, self.go_on)
        return self.answer

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def stop_or_go_on(stop: Event, go_on: Event) -> None:
    """Wait until something slow is stopped or may end."""
    while not (stop.is_set() or go_on.is_set()):
        go_on.wait(0.01)
