"""Puts sessions together: journal, bus, model, shells and engine.

The one place that knows every concrete part. Front ends see `engine.live` only. The parts are
imported when the first session is opened, which happens behind the first frame.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from oi_tui.config.errors import ConfigError
from oi_tui.config.keys import KeySource, KeyStore
from oi_tui.config.places import Places
from oi_tui.config.schema import Settings
from oi_tui.engine.live import (
    EngineControls,
    Listener,
    LiveSession,
    SessionError,
    SessionListing,
)
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ErrorKind, Usage
from oi_tui.shells.base import OutputTap
from oi_tui.text.redaction import redactor
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.engine.bus import Bus
    from oi_tui.engine.engine import Engine
    from oi_tui.models.base import ChatModel
    from oi_tui.store.sessions import OpenSession, SessionStore

STOP_SECONDS = 2.0  # less than the guardian's grace
TOUR = "tour"
# Settings, keys, and the name of a script that ships (the guided tour) instead of a real model.
ModelOpener = Callable[[Settings, KeyStore, "str | None"], "ChatModel"]


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


def open_real_model(settings: Settings, keys: KeyStore, script: str | None) -> ChatModel:
    """Reach the provider or local engine that the settings name, or play the tour."""
    if script == TOUR:
        from oi_tui.models.tour import tour_model

        return tour_model()
    from oi_tui.models.factory import open_model

    return open_model(settings, keys, script)


class Opener:
    """Opens sessions with the settings, keys and folders of this program; see `SessionOpener`.

    `remember` is called with a line for the person once a session holds something worth coming
    back to; `open_model` makes the model of a session.
    """

    def __init__(
        self,
        settings: Settings,
        keys: KeyStore,
        places: Places,
        *,
        remember: Callable[[str], None] = lambda _line: None,
        open_model: ModelOpener = open_real_model,
    ) -> None:
        self._open_model = open_model
        self._settings = settings
        self._keys = keys
        self._places = places
        self._remember = remember

    # -- settings -----------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        """The settings that the next opened session gets."""
        return self._settings

    def use_settings(self, settings: Settings) -> None:
        """Open sessions with other settings from now on."""
        self._settings = settings

    def remember_model(self, model: str, api_base: str) -> str:
        """Use this model from now on and write it to the settings file; return its path."""
        from oi_tui.config.writing import set_value

        self._settings = replace(self._settings, model=model, api_base=api_base)
        path = self._places.settings_file
        try:
            set_value(path, "model", model)
            set_value(path, "api_base", api_base or None)
        except ConfigError as error:
            raise OSError(str(error)) from error
        return str(path)

    def providers_with_key(self) -> Sequence[str]:
        """Return the names of the providers that a key is at hand for."""
        return self._keys.providers()

    def remember_key(self, provider: str, key: str, host: str) -> str:
        """Keep a provider's key for this host; return where."""
        source = self._keys.save(provider, key, host)
        return str(self._places.keys_file) if source is KeySource.FILE else tr("the keyring")

    # -- sessions -----------------------------------------------------------------------------
    def new(self, tap: OutputTap | None = None, *, tour: bool = False) -> LiveSession:
        """Make a session; a tour is kept nowhere."""
        opened = self._store(ephemeral=tour).create(os.getcwd())
        return self._compose(opened, tap, script=TOUR if tour else None)

    def open(self, session_id: str, tap: OutputTap | None = None) -> LiveSession:
        """Open a kept session.

        Raises:
            SessionError: there is no such session, or it cannot be read.
        """
        from oi_tui.store.errors import StoreError

        try:
            opened = self._store().open(session_id)
        except StoreError as error:
            parts = (error.info.title, error.info.detail, error.info.hint)
            raise SessionError(" ".join(part for part in parts if part)) from error
        return self._compose(opened, tap)

    def newest(self) -> str | None:
        """Return the id of the session that changed last, if there is one."""
        return self._store().newest()

    def sessions(self) -> Sequence[SessionListing]:
        """List the kept sessions, the newest first."""
        return self._store().list()

    def _store(self, *, ephemeral: bool = False) -> SessionStore:
        from oi_tui.store.sessions import SessionStore

        return SessionStore(
            self._places.sessions,
            redact=redactor.redact,
            ephemeral=ephemeral or self._settings.ephemeral,
        )

    # -- putting the parts together -----------------------------------------------------------
    def _compose(
        self, opened: OpenSession, tap: OutputTap | None, script: str | None = None
    ) -> ComposedSession:
        from oi_tui.engine.bus import Bus

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
        if self._settings.debug:
            from oi_tui.cli.debug_log import log_event

            bus.subscribe(log_event)
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
        from oi_tui.engine.engine import Engine
        from oi_tui.engine.history import history_from
        from oi_tui.shells.pool import ShellPool

        settings = self._settings
        if script == TOUR:  # whatever was set: the script plays, and its lesson is asking
            settings = replace(settings, model=TOUR, auto_run=False)
        model = self._open_model(settings, self._keys, script)
        shells = ShellPool(folder=folder, tap=tap, python=self._settings.python)
        engine = Engine(
            settings=settings,
            model=model,
            shells=shells,
            bus=bus,
            folder=folder,
            history=history_from(opened.envelopes, self._settings.max_output),
            usage=_usage_so_far(opened.envelopes),
        )
        journal = opened.journal
        closers: list[Callable[[], object]] = [
            lambda: engine.stop(STOP_SECONDS),
            shells.close,
            model.close,
        ]
        if journal is not None:
            closers.append(journal.close)
        model.warm()
        return ComposedSession(opened, bus, engine, folder, closers, notices)

    def _watch_for_content(self, opened: OpenSession, bus: Bus) -> None:
        """Once there is something to come back to, tell how."""
        if opened.path is None:
            return
        line = tr("This session is kept: oi-tui --resume {id}", id=opened.session_id)
        if opened.envelopes:
            self._remember(line)

        def notice_prompt(envelope: ev.Envelope) -> None:
            if isinstance(envelope.event, ev.TurnStarted):
                self._remember(line)

        bus.subscribe(notice_prompt)


def _folder_to_use(wanted: str) -> tuple[str, str]:
    """Return the folder for the shells, and what to say if it is not the one from before."""
    here = os.getcwd()
    if not wanted or os.path.isdir(wanted):
        return wanted or here, ""
    return here, tr(
        "The folder {folder} is gone; shells start in {here}.", folder=wanted, here=here
    )


def _usage_so_far(envelopes: Sequence[ev.Envelope]) -> Usage:
    for envelope in reversed(envelopes):
        if isinstance(envelope.event, ev.UsageReported):
            return envelope.event.session
    return Usage()
