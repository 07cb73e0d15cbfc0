"""What a front end is handed: sessions that are ready to use, and a way to open others.

Owns the seam between the composition root, which knows every part, and the front ends, which
know none of them. Knows no journal format, no provider, no shell and no widget.
Small to load: the first frame of the screen waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.config.loading import LoadedSettings
    from oi_tui.config.schema import Settings
    from oi_tui.engine.compaction import CompactionPlan
    from oi_tui.engine.model_shelf import ModelShelf
    from oi_tui.engine.shelf import SessionShelf
    from oi_tui.engine.tokens import TokenReport
    from oi_tui.protocol.events import Envelope, Event
    from oi_tui.protocol.items import ChatMessage
    from oi_tui.protocol.ops import Op
    from oi_tui.shells.base import OutputTap

Listener = Callable[["Envelope"], None]


class EngineControls(Protocol):
    """What a front end may do with an engine. Everything here is safe from any thread."""

    def submit(self, op: Op) -> None:
        """Ask for something; decisions and edits take effect at once, the rest in order."""
        ...

    def interrupt(self) -> None:
        """Stop the model, deny open approvals, send Ctrl-C to what runs."""
        ...

    def kill_run(self) -> None:
        """Kill the shell that runs something; its variables are lost."""
        ...

    def write_input(self, data: bytes) -> None:
        """Type into the program that runs."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give every shell's terminal this size."""
        ...

    def token_report(self, text: str = "") -> TokenReport:
        """Count what would be sent now, and `text`. May block: not for the screen's thread."""
        ...

    def compaction_plan(self) -> CompactionPlan | None:
        """Return what a compaction would replace now; None: nothing. May block, as above."""
        ...

    def next_messages(self) -> Sequence[ChatMessage]:
        """Return what would be sent now, the system message first. May block, as above."""
        ...


class LiveSession(Protocol):
    """One open session: what happened before, and an engine that goes on from there."""

    @property
    def session_id(self) -> str:
        """Name it for `--resume`."""
        ...

    @property
    def folder(self) -> str:
        """The working folder in which its shells start."""
        ...

    @property
    def file(self) -> str:
        """Where it is kept; empty: nowhere."""
        ...

    @property
    def envelopes(self) -> Sequence[Envelope]:
        """Everything recorded before it was opened now: replay this first."""
        ...

    @property
    def read_only(self) -> str:
        """Why nothing can be added, in words for a person; empty: it is writable."""
        ...

    @property
    def engine(self) -> EngineControls | None:
        """The engine; None while the session is read-only."""
        ...

    def subscribe(self, listener: Listener) -> None:
        """Be told of every event from now on, in the thread that emits it, in order."""
        ...

    def start(self) -> None:
        """Begin: emits `SessionOpened` and starts the engine. Subscribe before this."""
        ...

    def emit(self, event: Event) -> bool:
        """Record and tell an event of the front end's own; False if it could not be recorded."""
        ...

    def close(self) -> None:
        """End engine, shells, model and journal. Blocks up to about 3 seconds; twice is fine."""
        ...


class SessionOpener(Protocol):
    """Opens sessions with the settings of this program. Only one is live at a time by custom.

    Everything but `settings` and `use_settings` may block: call it from a background thread.
    """

    @property
    def settings(self) -> Settings:
        """The settings that the next opened session gets."""
        ...

    def use_settings(self, settings: Settings) -> None:
        """Open sessions with other settings from now on; the live one is told by ops."""
        ...

    def new(self, tap: OutputTap | None = None, *, tour: bool = False) -> LiveSession:
        """Make a session. `tour`: with the scripted model of the guided tour."""
        ...

    def open(self, session_id: str, tap: OutputTap | None = None) -> LiveSession:
        """Open a kept session to go on with it, or to read if another program has it open.

        Raises:
            SessionError: there is no such session, or it cannot be read.
        """
        ...

    def newest(self) -> str | None:
        """Return the id of the session that changed last, if there is one."""
        ...

    @property
    def shelf(self) -> SessionShelf:
        """The kept sessions: list, search, rename, delete, copy."""
        ...

    @property
    def models(self) -> ModelShelf:
        """The models to choose from: on this machine, to be fetched, at servers and providers."""
        ...

    @property
    def loaded(self) -> LoadedSettings:
        """The settings as their places have them, with where each comes from."""
        ...

    def settings_file(self) -> Path:
        """Return the settings file, made with its explanations if it is missing.

        Raises:
            OSError: it cannot be made.
        """
        ...

    def remember_setting(self, name: str, value: object) -> LoadedSettings:
        """Write one value to the settings file (None takes it out); return what counts then.

        `settings` follows, unless a flag, a variable or a profile holds another value.

        Raises:
            OSError: it could not be written; nothing is changed.
        """
        ...

    def reread_settings(self) -> LoadedSettings:
        """Read the settings anew, as after a person changed the file.

        Raises:
            OSError: the profile in use cannot be read any more; nothing is changed.
        """
        ...

    def remember_model(self, model: str, api_base: str) -> str:
        """Use this model from now on and write it to the settings file; return that file's path.

        Raises:
            OSError: it could not be written; the model is used nevertheless.
        """
        ...

    @property
    def log_file(self) -> str:
        """Where the log of `%debug` goes; empty: none is written."""
        ...

    def set_log(self, on: bool) -> str:
        """Write a log from now on, or end it; return `log_file`.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def providers_with_key(self) -> Sequence[str]:
        """Return the names of the providers that a key is at hand for."""
        ...

    def origin_of_key(self, provider: str) -> str:
        """Return where a provider's key comes from, in words for a person."""
        ...

    def remember_key(self, provider: str, key: str, host: str) -> str:
        """Keep a provider's key for this host; return where, for a person.

        Raises:
            OSError: it could not be kept.
        """
        ...


class SessionError(Exception):
    """A session could not be opened; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What the command line asked of the full-screen application.

    `session_id`: open this one instead of a new one. `prompt`: send it at once. `conversations`:
    go to the list of sessions. `notices`: what came up while settings were read, for a person.
    `choose_local`: begin with the choice of a model for this machine; `local_model`, if any, is one
    that was named and is not here yet (`local/OWNER/NAME`), and `quality` picks its file (0 to 1).
    """

    opener: SessionOpener
    session_id: str = ""
    prompt: str = ""
    tour: bool = False
    conversations: bool = False
    notices: tuple[str, ...] = ()
    choose_local: bool = False
    local_model: str = ""
    quality: float | None = None
