"""An engine with scripted parts, and what it told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from oi_tui.config.schema import Settings, ToolMode
from oi_tui.engine.bus import Bus, Recorder
from oi_tui.engine.engine import Engine
from oi_tui.engine.history import History, history_from
from oi_tui.engine.invariants import check_invariants
from oi_tui.models.base import ModelFacts
from oi_tui.models.scripted import Script, ScriptedModel
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage, Decision, ErrorInfo
from oi_tui.shells.base import Shells
from oi_tui.shells.scanning import Scanner
from oi_tui.shells.scripted import ScriptedShells, Step
from tests.support.waiting import wait_until

E = TypeVar("E")
FENCES = Settings(model="scripted", tool_mode=ToolMode.FENCES)
APPROVE, REJECT, STOP = Decision.APPROVE, Decision.REJECT, Decision.STOP
SESSION = Decision.APPROVE_SESSION


class FakeRecorder:
    """Keeps envelopes; can be full from the start, or refuse one kind of event."""

    def __init__(self, refuses: tuple[type[ev.Event], ...] = ()) -> None:
        self.records: list[ev.Envelope] = []
        self.refuses = refuses
        self.error: ErrorInfo | None = None

    def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        if self.error is not None and isinstance(envelope.event, self.refuses):
            return self.error
        self.records.append(envelope)
        return None


class Stage:
    """One engine, its parts, and its events so far."""

    def __init__(
        self,
        replies: Iterable[Script] = (),
        script: Mapping[str, Sequence[Step]] | None = None,
        *,
        settings: Settings | None = None,
        facts: ModelFacts | None = None,
        prices: tuple[float, float] | None = None,
        history: Sequence[ChatMessage] = (),
        past: Sequence[ev.Envelope] = (),
        recorder: Recorder | None = None,
        shells: Shells | None = None,
        scanner: Scanner | None = None,
        first_seq: int = 1,
        first_turn: int = 0,
    ) -> None:
        self.model = ScriptedModel(replies, facts, prices)
        self.shells = ScriptedShells(script)
        self.recorder = recorder or FakeRecorder()
        self.bus = Bus("s1", self.recorder, first_seq, first_turn)
        self.envelopes: list[ev.Envelope] = []
        self.bus.subscribe(self.envelopes.append)
        self.engine = Engine(
            settings=settings or Settings(model="scripted"),
            model=self.model,
            shells=shells or self.shells,
            bus=self.bus,
            folder="/home/user/project",
            history=History(history),
            scanner=scanner,
        )

    @property
    def events(self) -> list[ev.Event]:
        return [envelope.event for envelope in self.envelopes]

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    # -- what a person does ---------------------------------------------------------------------
    def prompt(self, text: str = "hello") -> None:
        self.engine.submit(ops.SubmitPrompt(text))

    def wait_for(self, kind: type[E], count: int = 1) -> E:
        wait_until(lambda: len(self.of(kind)) >= count, f"{count} {kind.__name__}")
        return self.of(kind)[count - 1]

    def decide(self, decision: Decision, reason: str = "", count: int = 1) -> None:
        """Answer the approval that was asked for as number `count`."""
        asked = self.wait_for(ev.ApprovalRequested, count)
        self.engine.submit(ops.Decide(asked.call_id, decision, asked.digest, reason))

    def wait_for_turn(self, count: int = 1) -> ev.TurnFinished:
        return self.wait_for(ev.TurnFinished, count)

    def stop(self) -> None:
        assert self.engine.stop()

    # -- what must always hold ------------------------------------------------------------------
    def check(self) -> None:
        check_invariants(self.envelopes)
        if isinstance(self.recorder, FakeRecorder) and self.recorder.error is None:
            check_invariants(self.recorder.records)
            assert history_from(self.recorder.records) == history_from(self.envelopes)


@contextmanager
def staged(*replies: Script, **options: Any) -> Iterator[Stage]:
    """A running engine; afterwards it has stopped and told nothing impossible."""
    stage = Stage(replies, **options)
    stage.engine.start()
    try:
        yield stage
    finally:
        stopped = stage.engine.stop()
    assert stopped
    assert stage.events[-1] == ev.EngineStopped()
    stage.check()
