"""What the screen needs from outside: sessions to open, and an engine behind each.

`cli` composes the real ones; tests and the picture scenes hand in scripted ones. Knows no file,
no provider and no thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from oi_tui.config.schema import Settings
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.items import ErrorInfo
from oi_tui.protocol.ops import Op
from oi_tui.shells.base import OutputTap

Listener = Callable[[Envelope], None]
Crash = Callable[[BaseException], None]


class EnginePort(Protocol):
    """What the screen asks of an engine; everything is safe from any thread."""

    def submit(self, op: Op) -> None:
        """Ask for something; the answer comes as events."""
        ...

    def interrupt(self) -> None:
        """Stop the model, deny what is open, interrupt what runs."""
        ...

    def kill_run(self) -> None:
        """Kill the shell that runs; its state is lost."""
        ...

    def write_input(self, data: bytes) -> None:
        """Type into the program that runs."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give every terminal another size."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session whose engine runs. `close(seconds)` stops it all and may block that long."""

    session_id: str
    engine: EnginePort
    close: Callable[[float], bool]
    folder: str
    model: str
    envelopes: Sequence[Envelope] = ()  # recorded before it was opened, this time's excluded
    read_only: str = ""  # why nothing can be recorded, for a person; empty: all is well
    is_tour: bool = False


class SessionListing(Protocol):
    """One line of the session browser; times are Unix time in seconds."""

    @property
    def session_id(self) -> str:
        """The name of its folder."""
        ...

    @property
    def title(self) -> str:
        """What it is called; may be empty."""
        ...

    @property
    def folder(self) -> str:
        """The working folder it was started in."""
        ...

    @property
    def model(self) -> str:
        """The model it last talked to."""
        ...

    @property
    def started(self) -> float:
        """When it was made."""
        ...

    @property
    def changed(self) -> float:
        """When something was last recorded."""
        ...

    @property
    def turns(self) -> int:
        """How many prompts it holds."""
        ...

    @property
    def open_elsewhere(self) -> bool:
        """Whether another running program has it open."""
        ...


class OpenError(Exception):
    """A session could not be opened; `info` says it to a person."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.title)
        self.info = info


class SessionOpener(Protocol):
    """Opens sessions. Every method but `settings` may block: background threads only."""

    @property
    def settings(self) -> Settings:
        """The settings now in force; cheap."""
        ...

    def open(self, session_id: str, listener: Listener, tap: OutputTap | None) -> OpenedSession:
        """Open a session (empty id: make a new one), listener and tap attached, engine started.

        Raises:
            OpenError: there is no such session, or its files cannot be used.
        """
        ...

    def open_tour(self, listener: Listener, tap: OutputTap | None) -> OpenedSession:
        """Open a session kept nowhere whose model is the scripted guided tour."""
        ...

    def sessions(self) -> Sequence[SessionListing]:
        """List the sessions, the newest first."""
        ...

    def remember_model(self, model: str, api_base: str) -> str:
        """Use this model from now on and write it to the settings; return where it was written.

        Raises:
            OSError: the settings file could not be written; the model is used nevertheless.
        """
        ...

    def remember_key(self, provider: str, key: str, host: str) -> str:
        """Keep a provider's key; return where (keyring or file), for a person.

        Raises:
            OSError: it could not be kept.
        """
        ...
