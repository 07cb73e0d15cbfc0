"""A conversation over a real engine with a scripted model and scripted shells: no process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oi_tui.api.conversation import Conversation
from oi_tui.config.schema import Settings
from oi_tui.engine.bus import Bus
from oi_tui.engine.engine import Engine
from oi_tui.engine.live import EngineControls, Listener
from oi_tui.models.scripted import Script, ScriptedModel
from oi_tui.protocol.events import Envelope, Event
from oi_tui.shells.scripted import ScriptedShells, Step


class ScriptedSession:
    """A `LiveSession` over scripted parts."""

    session_id = "20260101-000000-scripted"
    folder = "/tmp"
    file = ""
    envelopes: Sequence[Envelope] = ()
    read_only = ""

    def __init__(
        self,
        replies: Sequence[Script],
        script: Mapping[str, Sequence[Step]] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.told: list[Envelope] = []
        self.shells = ScriptedShells(script or {}, folder=self.folder)
        self._bus = Bus(self.session_id)
        self._bus.subscribe(self.told.append)
        self._engine = Engine(
            settings=settings or Settings(model="scripted"),
            model=ScriptedModel(replies),
            shells=self.shells,
            bus=self._bus,
            folder=self.folder,
        )

    @property
    def engine(self) -> EngineControls | None:
        return self._engine

    def subscribe(self, listener: Listener) -> None:
        self._bus.subscribe(listener)

    def start(self) -> None:
        self._engine.start()

    def emit(self, event: Event) -> bool:
        return self._bus.emit(event)

    def close(self) -> None:
        self._engine.stop()


def conversation(session: ScriptedSession) -> Conversation:
    """Open it as an interpreter would."""
    return Conversation(session, [])
