"""What the runner does when two things happen at once."""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from oi_tui.engine.bus import Bus
from oi_tui.engine.compaction import CompactionPlan
from oi_tui.engine.live import EngineControls, Listener
from oi_tui.engine.tokens import TokenReport
from oi_tui.headless.runner import INTERRUPTED, Runner
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, TurnEnd
from oi_tui.protocol.ops import Op
from tests.support.waiting import wait_until


class FakeEngine:
    def submit(self, op: Op) -> None: ...
    def interrupt(self) -> None: ...
    def kill_run(self) -> None: ...
    def write_input(self, data: bytes) -> None: ...
    def resize(self, columns: int, rows: int) -> None: ...

    def next_messages(self) -> Sequence[ChatMessage]:
        return ()

    def compaction_plan(self) -> CompactionPlan | None:
        return None

    def token_report(self, text: str = "") -> TokenReport:
        return TokenReport()


class FakeSession:
    """Tells a question as soon as it starts."""

    session_id, folder, read_only, file = "s", "/", "", ""
    envelopes: Sequence[ev.Envelope] = ()
    engine: EngineControls | None = FakeEngine()

    def __init__(self) -> None:
        self.bus = Bus("s")

    def subscribe(self, listener: Listener) -> None:
        self.bus.subscribe(listener)

    def start(self) -> None:
        self.bus.emit(ev.ApprovalRequested("c1", "python", "1", "digest", "/", "python3"))

    def emit(self, event: ev.Event) -> bool:
        return self.bus.emit(event)

    def close(self) -> None: ...


@pytest.fixture
def typed() -> Iterator[Callable[[bytes], object]]:
    """A terminal as our standard input; types into it."""
    master, slave = pty.openpty()
    before = os.dup(0)
    os.dup2(slave, 0)
    yield lambda data: os.write(master, data)
    os.dup2(before, 0)
    for descriptor in (before, master, slave):
        os.close(descriptor)


def test_a_line_that_comes_together_with_a_question_does_not_hold_it_up(
    typed: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = io.StringIO()
    monkeypatch.setattr(sys, "stderr", aside)
    session = FakeSession()

    def end() -> None:
        wait_until(lambda: "[y]es" in aside.getvalue(), "the question")
        session.emit(ev.TurnFinished(TurnEnd.INTERRUPTED))

    typed(b"early\n")
    ending = threading.Thread(target=end)
    ending.start()
    assert Runner(session, as_json=False).run("hello") == INTERRUPTED
    ending.join(30)
