"""Doubles of what the composition root hands to the screen: every event comes from the test."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oi_tui.config.errors import Origin, Source
from oi_tui.config.fields import setting_fields
from oi_tui.config.loading import LoadedSettings
from oi_tui.config.schema import Settings
from oi_tui.engine.bus import Listener
from oi_tui.engine.compaction import CompactionPlan
from oi_tui.engine.live import SessionError
from oi_tui.engine.tokens import TokenReport
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, EngineState, digest_of
from oi_tui.protocol.ops import Op
from oi_tui.protocol.sessions import ExportFormat, SearchHit, SessionListing
from oi_tui.shells.base import OutputTap
from oi_tui.ui.clock import Clock
from tests.ui.fake_models import FakeModelShelf

AT = 1_790_000_000.0  # when everything in a test happens, in Unix time
FOLDER = "/home/ada/harbor"
_PROGRAMS = {"python": "/usr/bin/python3", "bash": "/usr/bin/bash", "javascript": "/usr/bin/node"}


class HeldClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.clock = Clock(monotonic=lambda: self.seconds, now=self._now)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(AT + self.seconds, dt.UTC)


@dataclass
class FakeEngine:
    """Remembers what it was asked for."""

    ops: list[Op] = field(default_factory=list)
    interrupts: int = 0
    kills: int = 0
    typed: bytes = b""
    sizes: list[tuple[int, int]] = field(default_factory=list)
    answer: Callable[[Op], None] = lambda op: None
    messages: Sequence[ChatMessage] = ()
    plan: CompactionPlan | None = None
    counted: list[str] = field(default_factory=list)
    report: TokenReport = field(
        default_factory=lambda: TokenReport("gpt-4o", 1200, 0, 128_000, 0.003)
    )

    def submit(self, op: Op) -> None:
        self.ops.append(op)
        self.answer(op)

    def next_messages(self) -> Sequence[ChatMessage]:
        return self.messages

    def compaction_plan(self) -> CompactionPlan | None:
        return self.plan

    def interrupt(self) -> None:
        self.interrupts += 1

    def kill_run(self) -> None:
        self.kills += 1

    def write_input(self, data: bytes) -> None:
        self.typed += data

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))

    def token_report(self, text: str = "") -> TokenReport:
        self.counted.append(text)
        return replace(self.report, text_tokens=len(text.split()), text_cost=0.0)


class FakeSession:
    """A session in which things happen when the test says so."""

    def __init__(
        self,
        session_id: str = "s-1",
        envelopes: Sequence[ev.Envelope] = (),
        *,
        read_only: str = "",
        model: str = "gpt-4o",
    ) -> None:
        self.session_id, self.folder = session_id, FOLDER
        self.file = f"/home/ada/.oi-tui/sessions/{session_id}.journal"
        self.envelopes, self.read_only = envelopes, read_only
        self.engine = None if read_only else FakeEngine()
        self.started = threading.Event()
        self.closed = threading.Event()
        self._model = model
        self._listeners: list[Listener] = []
        self._seq = len(envelopes)

    @property
    def fake(self) -> FakeEngine:
        assert self.engine is not None
        return self.engine

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def start(self) -> None:
        self.emit(ev.SessionOpened("", self._model, self.folder, "0.1.0"))
        self.emit(ev.StateChanged(EngineState.IDLE))
        self.started.set()

    def emit(self, event: ev.Event) -> bool:
        self._seq += 1
        envelope = ev.Envelope(self._seq, AT + self._seq, self.session_id, 1, event)
        for listener in self._listeners:
            listener(envelope)
        return True

    def close(self) -> None:
        self.closed.set()

    # -- longer things ------------------------------------------------------------------------
    def propose(self, call_id: str, language: str, code: str, notes: tuple[str, ...] = ()) -> None:
        """Write a proposal and ask about it."""
        digest = digest_of(code)
        self.emit(ev.CodeStarted(call_id, language))
        self.emit(ev.CodeAdded(call_id, code))
        self.emit(ev.CodeFinished(call_id, language, code, digest, True))
        self.emit(ev.StateChanged(EngineState.ASKING))
        self.emit(
            ev.ApprovalRequested(
                call_id, language, code, digest, self.folder, _PROGRAMS[language], notes
            )
        )


def listing(session_id: str, title: str, changed: float = AT, **more: Any) -> SessionListing:
    """One kept session."""
    return SessionListing(
        session_id, title, FOLDER, "gpt-4o", started=AT, changed=changed, turns=1, **more
    )


class FakeShelf:
    """Kept sessions in memory; remembers what it was asked for."""

    def __init__(self) -> None:
        self.listings: list[SessionListing] = []
        self.trash: list[SessionListing] = []
        self.hits: list[SearchHit] = []
        self.contents: dict[str, Sequence[ev.Envelope]] = {}
        self.searched: list[str] = []
        self.sent: list[str] = []  # prompts of all sessions
        self.branches: list[tuple[str, str]] = []
        self.exports: list[tuple[str, Path, ExportFormat]] = []
        self.loaded: list[Path] = []
        self.error: Exception | None = None  # raised by whatever changes something
        self._watchers: list[Callable[[], None]] = []

    def sessions(self, limit: int | None = None) -> Sequence[SessionListing]:
        return self.listings[:limit]

    def search(self, words: str, limit: int = 200) -> Sequence[SearchHit]:
        self.searched.append(words)
        return [hit for hit in self.hits if words.lower() in hit.snippet.lower()][:limit]

    def settle(self) -> None:
        pass

    def prompts(self, limit: int = 500) -> Sequence[str]:
        return self.sent[-limit:]

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def tell(self) -> None:
        """The index learned something."""
        for watcher in self._watchers:
            watcher()

    def read(self, session_id: str) -> Sequence[ev.Envelope]:
        return self.contents.get(session_id, ())

    def rename(self, session_id: str, title: str) -> None:
        self._change(session_id, title=title)

    def pin(self, session_id: str, on: bool) -> None:
        self._change(session_id, pinned=on)

    def delete(self, session_id: str) -> None:
        self._fail()
        self.trash.append(self._take(self.listings, session_id))

    def restore(self, session_id: str) -> None:
        self._fail()
        self.listings.append(self._take(self.trash, session_id))

    def deleted(self) -> Sequence[SessionListing]:
        return self.trash[::-1]

    def branch(self, session_id: str, block_id: str = "") -> str:
        self._fail()
        self.branches.append((session_id, block_id))
        return f"branch-{len(self.branches)}"

    def export(
        self,
        session_id: str,
        target: Path,
        form: ExportFormat,
        *,
        overwrite: bool = False,
        exact: bool = False,
    ) -> Sequence[Path]:
        self._fail()
        self.exports.append((session_id, target, form))
        return [target]

    def load(self, source: Path) -> str:
        self._fail()
        self.loaded.append(source)
        return f"loaded-{len(self.loaded)}"

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    def _change(self, session_id: str, **values: Any) -> None:
        self._fail()
        places = [i for i, one in enumerate(self.listings) if one.session_id == session_id]
        self.listings[places[0]] = replace(self.listings[places[0]], **values)

    @staticmethod
    def _take(listings: list[SessionListing], session_id: str) -> SessionListing:
        found = next(one for one in listings if one.session_id == session_id)
        listings.remove(found)
        return found


class FakeOpener:
    """Opens fake sessions and remembers them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings(model="gpt-4o")
        self.opened: list[FakeSession] = []
        self.kept: dict[str, FakeSession] = {}
        self.shelf = FakeShelf()
        self.models = FakeModelShelf()
        self.keys: list[tuple[str, str, str]] = []
        self.with_key: list[str] = []
        self.may_keep = threading.Event()  # not set: the disk is slow
        self.may_keep.set()
        self.kept_models: list[str] = []
        self.first: FakeSession | None = None
        self.log_file = ""
        self.loaded = LoadedSettings(self.settings, {})
        self.written: list[tuple[str, object]] = []
        self.file = Path("/home/ada/.config/oi-tui/config.toml")
        self.disk_error: OSError | None = None  # raised by whatever writes a setting

    @property
    def live(self) -> FakeSession:
        return self.opened[-1]

    def use_settings(self, settings: Settings) -> None:
        self.settings = settings

    def settings_file(self) -> Path:
        return self.file

    def remember_setting(self, name: str, value: object) -> LoadedSettings:
        if self.disk_error is not None:
            raise self.disk_error
        self.written.append((name, value))
        loaded, default = self.loaded, setting_fields()[name].default
        counts = default if value is None else value
        in_file = Origin(Source.FILE, self.file, 7, name)
        in_files = {**loaded.in_files, name: (counts, in_file)}
        sources = dict(loaded.sources)
        if value is None:
            del in_files[name]
            in_file = Origin(Source.DEFAULT, name="default")
        held = loaded.sources.get(name, in_file).source not in (Source.FILE, Source.DEFAULT)
        if not held:
            sources[name] = in_file
            changes: dict[str, Any] = {name: counts}
            self.settings = replace(self.settings, **changes)
        self.loaded = replace(loaded, settings=self.settings, sources=sources, in_files=in_files)
        return self.loaded

    def reread_settings(self) -> LoadedSettings:
        return self.loaded

    def new(self, tap: OutputTap | None = None, *, tour: bool = False) -> FakeSession:
        session = self.first or FakeSession(f"new-{len(self.opened)}", model=self.settings.model)
        self.first = None
        self.opened.append(session)
        return session

    def open(self, session_id: str, tap: OutputTap | None = None) -> FakeSession:
        if session_id not in self.kept:
            raise SessionError(f"There is no session {session_id}.")
        self.opened.append(self.kept[session_id])
        return self.kept[session_id]

    def newest(self) -> str | None:
        return None

    def remember_model(self, model: str, api_base: str) -> str:
        self.may_keep.wait()
        self.kept_models.append(model)
        self.settings = replace(self.settings, model=model, api_base=api_base)
        return "config.toml"

    def set_log(self, on: bool) -> str:
        self.log_file = "/home/ada/.oi-tui/debug.log" if on else ""
        return self.log_file

    def providers_with_key(self) -> Sequence[str]:
        return self.with_key

    def origin_of_key(self, provider: str) -> str:
        return f"{provider.upper()}_API_KEY is set"

    def remember_key(self, provider: str, key: str, host: str) -> str:
        self.keys.append((provider, key, host))
        return "keyring"
