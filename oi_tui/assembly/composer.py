"""One session put together: journal, bus, model, shells and engine.

Owns the order in which the parts are made and ended. Loaded with the first session, which is
opened behind the first frame.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oi_tui.assembly.debug_log import log_event
from oi_tui.assembly.noting import ModelNoter
from oi_tui.config.places import places
from oi_tui.config.private_files import ensure_folder
from oi_tui.config.schema import SafeMode, Settings
from oi_tui.engine.bus import Bus
from oi_tui.engine.changes import UnfitChangeError, changed
from oi_tui.engine.engine import Engine
from oi_tui.engine.history import folded
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ErrorKind, Usage
from oi_tui.shells.base import OutputTap
from oi_tui.shells.pool import ShellPool
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.config.keys import KeyStore
    from oi_tui.engine.live import EngineControls, Listener
    from oi_tui.models.base import ChatModel
    from oi_tui.shells.scanning import Scanner
    from oi_tui.store.sessions import OpenSession

STOP_SECONDS = 3.0
TOUR = "tour"


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes sessions of settings, keys and a way to a model; see `Opener` for the rest."""

    settings: Settings
    keys: KeyStore
    open_model: Callable[[Settings, KeyStore, str | None], ChatModel]
    remember: Callable[[str], None]
    note_model: Callable[[str, str], None]

    def compose(
        self, opened: OpenSession, tap: OutputTap | None, script: str | None = None
    ) -> ComposedSession:
        """Put a session together; without a journal it can only be read."""
        last = opened.envelopes[-1] if opened.envelopes else None
        bus = Bus(
            opened.session_id,
            opened.journal,
            first_seq=last.seq + 1 if last else 1,
            first_turn=last.turn if last else 0,
        )
        folder, notice = _folder_to_use(opened.folder)
        notices = [*opened.notices, notice] if notice else opened.notices
        self._watch_for_content(opened, bus)
        bus.subscribe(log_event)  # which does nothing unless a log is written
        if opened.journal is None:
            return ComposedSession(opened, bus, None, folder, (), notices)
        return self._compose_live(opened, bus, folder, notices, tap, script)

    def _compose_live(
        self,
        opened: OpenSession,
        bus: Bus,
        folder: str,
        notices: Sequence[str],
        tap: OutputTap | None,
        script: str | None,
    ) -> ComposedSession:
        settings = _as_left(self.settings, opened.envelopes)
        if script == TOUR:  # whatever was set: the script plays, and its lesson is asking
            settings = replace(settings, model=TOUR, auto_run=False)
        noter = ModelNoter(self.note_model)
        if script is None and opened.path is not None:  # a session that is kept nowhere leaves none
            bus.subscribe(noter)
        model = self.open_model(settings, self.keys, script)
        shells = ShellPool(folder=folder, tap=tap, python=self.settings.python)
        engine = Engine(
            settings=settings,
            model=model,
            shells=shells,
            bus=bus,
            folder=folder,
            history=folded(opened.envelopes, settings.max_output),
            usage=_usage_so_far(opened.envelopes),
            scanner=_scanner(settings),
        )
        closers: list[Callable[[], object]] = [
            lambda: engine.stop(STOP_SECONDS),
            shells.close,
            model.close,
            noter.close,
            lambda: self._close_journal(opened, bus),
        ]
        model.warm(engine.next_request)
        return ComposedSession(opened, bus, engine, folder, closers, notices)

    def _watch_for_content(self, opened: OpenSession, bus: Bus) -> None:
        """Once there is something to come back to, tell how."""
        if opened.path is None:
            return
        line = tr("This session is kept: oi-tui --resume {id}", id=opened.session_id)
        is_told = bool(opened.envelopes)
        if is_told:
            self.remember(line)

        def notice_prompt(envelope: ev.Envelope) -> None:
            nonlocal is_told
            if isinstance(envelope.event, ev.TurnStarted) and not is_told:
                is_told = True
                self.remember(line)

        bus.subscribe(notice_prompt)

    def _close_journal(self, opened: OpenSession, bus: Bus) -> None:
        """Close it; if something of the session is not on the disk, say so at the very end."""
        problem = opened.journal.close() if opened.journal is not None else None
        if problem is None and not bus.unrecorded:
            return
        why = f" {problem.title}: {problem.detail}." if problem is not None else ""
        self.remember(
            tr(
                "The end of this session could not be saved.{why} What was saved before:"
                " oi-tui --resume {id}",
                why=why,
                id=opened.session_id,
            )
        )


class ComposedSession:
    """One open session and the parts that it rests on; see `LiveSession`."""

    def __init__(
        self,
        opened: OpenSession,
        bus: Bus,
        engine: Engine | None,
        folder: str,
        closers: Sequence[Callable[[], object]],
        notices: Sequence[str],
    ) -> None:
        self._opened = opened
        self._bus = bus
        self._engine = engine
        self._folder = folder
        self._closers = closers
        self._notices = notices
        self._lock = threading.Lock()
        self._closed = False

    @property
    def session_id(self) -> str:
        """Name it for `--resume`."""
        return self._opened.session_id

    @property
    def folder(self) -> str:
        """The working folder in which its shells start."""
        return self._folder

    @property
    def file(self) -> str:
        """Where it is kept; empty: nowhere."""
        return str(self._opened.path or "")

    @property
    def envelopes(self) -> Sequence[ev.Envelope]:
        """Everything recorded before it was opened now."""
        return self._opened.envelopes

    @property
    def read_only(self) -> str:
        """Why nothing can be added; empty: it is writable."""
        return self._opened.read_only

    @property
    def engine(self) -> EngineControls | None:
        """The engine; None while the session is read-only."""
        return self._engine

    def subscribe(self, listener: Listener) -> None:
        """Be told of every event from now on."""
        self._bus.subscribe(listener)

    def start(self) -> None:
        """Start the engine, then say what the person should know of the session's file."""
        if self._engine is None:
            return
        self._engine.start()
        for notice in self._notices:
            self._bus.emit(ev.Warned(ErrorKind.STORE, notice))

    def emit(self, event: ev.Event) -> bool:
        """Record and tell an event of the front end's own."""
        return self._bus.emit(event)

    def close(self) -> None:
        """End engine, shells, model and journal, in this order, whatever one of them does."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        failures = []
        for closer in self._closers:
            try:
                closer()
            except Exception as error:  # the others must be closed all the same
                failures.append(error)
        if failures:
            raise failures[0]


def _folder_to_use(wanted: str) -> tuple[str, str]:
    """Return the folder for the shells, and what to say if it is not the one from before."""
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it was removed below us
        here = os.path.expanduser("~")
        wanted = wanted or tr("where you are")
    if not wanted or os.path.isdir(wanted):
        return wanted or here, ""
    return here, tr(
        "The folder {folder} is gone; shells start in {here}.", folder=wanted, here=here
    )


def _as_left(settings: Settings, envelopes: Sequence[ev.Envelope]) -> Settings:
    """Fill what no flag and no settings file named with what the session was left with."""
    model, base, instructions = "", "", ""
    changes: dict[str, str] = {}
    for envelope in envelopes:
        match envelope.event:
            case ev.SessionOpened() | ev.ModelChanged() as named if named.model:
                model, base = named.model, named.api_base
            case ev.InstructionsChanged(text=text):
                instructions = text
            case ev.SettingChanged(name=name, text=text):
                changes[name] = text
    if model and not settings.model:
        settings = replace(settings, model=model, api_base=settings.api_base or base)
    if not settings.system_message:
        settings = replace(settings, system_message=instructions)
    defaults = Settings()
    for name, text in changes.items():
        if getattr(settings, name, None) == getattr(defaults, name, None):
            with contextlib.suppress(UnfitChangeError):  # a file may claim anything
                settings, _ = changed(settings, name, text)
    return settings


def _scanner(settings: Settings) -> Scanner | None:
    """Return what scans proposals in safe mode."""
    if settings.safe_mode is SafeMode.OFF:
        return None
    from oi_tui.shells.semgrep import Semgrep

    folder = places().runtime
    with contextlib.suppress(OSError):  # each scan will say that it could not write there
        ensure_folder(folder)
    return Semgrep(settings.semgrep_rules, folder)


def _usage_so_far(envelopes: Sequence[ev.Envelope]) -> Usage:
    for envelope in reversed(envelopes):
        if isinstance(envelope.event, ev.UsageReported):
            return envelope.event.session
    return Usage()
