"""The control channel: how code reaches a driver and how the driver answers, beside the terminal.

Two wire formats, one per module: `socket_channel` for runtimes that can speak JSON over an
inherited socket, `fifo_channel` for the shells proper. This module owns what they share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from oi_tui.shells.messages import Message


class BytesDifferError(Exception):
    """What the shell would run is not what was approved."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run to be made."""

    run_id: str
    number: int  # counts the runs of a shell from 1; names the code in tracebacks
    code: bytes
    digest: str  # SHA-256, hex
    interrupts: int = 0  # sent during the run before: one may arrive only now


class ControlChannel(Protocol):
    """One shell's channel. `incoming` and `outgoing` are polled and never block."""

    incoming: int
    outgoing: int

    def child_started(self) -> None:
        """Let go of what only the child needs."""
        ...

    def request(self, request: Request) -> bytes:
        """Return what has to be sent to start a run.

        Raises:
            BytesDifferError: the code cannot be handed over as it is; nothing was sent.
        """
        ...

    def after_begin(self) -> bytes:
        """Return what has to be sent once a run began."""
        ...

    def interrupt(self, level: int) -> bytes:
        """Return what has to be sent to interrupt a runtime that no signal reaches.

        Args:
            level: 1: as Ctrl-C; 2: harder.
        """
        ...

    def parse(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that `data` completes. What is no message is ignored."""
        ...

    def close(self) -> None:
        """Close all descriptors and remove all files."""
        ...
