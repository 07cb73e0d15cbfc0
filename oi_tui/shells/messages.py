"""What a driver says on its control channel, decoded. Knows neither wire format nor descriptor."""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.protocol.items import RunStatus


@dataclass(frozen=True, slots=True)
class Ready:
    """The shell started and takes runs."""

    version: str
    folder: str


@dataclass(frozen=True, slots=True)
class Began:
    """The driver has the bytes of a run and they are the right ones."""

    run_id: str


@dataclass(frozen=True, slots=True)
class AtLine:
    """A run is at this line, from 1."""

    run_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A run showed a picture; `place` is the nonce of the mark that stands where it belongs."""

    run_id: str
    mime: str
    data: bytes
    place: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A run ended; its output is whole once the mark with the nonce `mark` has been read."""

    run_id: str
    status: RunStatus
    exit_code: int | None
    folder: str
    mark: str
    detail: str = ""


Message = Ready | Began | AtLine | Shown | Ended
