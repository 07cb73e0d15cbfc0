"""The bridge: order, one wake for many events, failures that are said, a bounded end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

from oi_tui.engine.live import LiveSession, SessionError
from oi_tui.protocol import events as ev
from oi_tui.ui.background import in_background
from oi_tui.ui.bridge import Bridge, Receiver
from tests.ui.fakes import FakeSession


class _Ear:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.opened: list[LiveSession] = []
        self.failures: list[str] = []
        self.batches: list[Sequence[ev.Envelope]] = []

    def post(self, call: Callable[[], object]) -> None:
        self.loop.call_soon_threadsafe(call)

    def bridge(self) -> Bridge:
        return Bridge(
            Receiver(self.opened.append, self.failures.append, self.batches.append), self.post
        )

    @property
    def events(self) -> list[ev.Event]:
        return [envelope.event for batch in self.batches for envelope in batch]


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


async def test_events_arrive_in_order_after_the_session_and_in_batches() -> None:
    ear, session = _Ear(), FakeSession()
    bridge = ear.bridge()
    bridge.start(lambda: session)
    await _until(lambda: len(ear.events) == 2)
    writer = threading.Thread(
        target=lambda: [session.emit(ev.PromptQueued(str(n))) for n in range(5000)]
    )
    writer.start()
    await _until(lambda: len(ear.events) == 5002)
    texts = [event.text for event in ear.events if isinstance(event, ev.PromptQueued)]
    assert texts == [str(n) for n in range(5000)]
    assert len(ear.batches) < 2500
    assert ear.opened == [session]
    assert await bridge.stop()
    assert session.closed.is_set()


async def test_a_refusal_and_a_failure_are_words_for_a_person() -> None:
    def refuse() -> LiveSession:
        raise SessionError("There is no such session.")

    def fail() -> LiveSession:
        raise ValueError("\x1b[31mbad\x1b[0m")

    ear = _Ear()
    for opening in (refuse, fail):
        bridge = ear.bridge()
        bridge.start(opening)
        await _until(lambda: ear.failures)
        assert await bridge.stop()
        assert "\x1b" not in ear.failures.pop()


async def test_a_session_that_does_not_end_is_given_up() -> None:
    never = threading.Event()

    class Stubborn(FakeSession):
        def close(self) -> None:
            never.wait()

    ear, session = _Ear(), Stubborn()
    bridge = ear.bridge()
    bridge.start(lambda: session)
    await _until(lambda: ear.opened)
    assert not await bridge.stop(0.05)
    never.set()


async def test_nothing_is_delivered_once_it_stops() -> None:
    ear, session = _Ear(), FakeSession()
    bridge = ear.bridge()
    bridge.start(lambda: session)
    await _until(lambda: len(ear.events) == 2)
    await bridge.stop()
    session.emit(ev.EngineStopped())
    await asyncio.sleep(0)
    assert len(ear.events) == 2


async def test_background_work_ends_on_the_loop_either_way() -> None:
    ear = _Ear()
    here = threading.get_ident()
    told: list[tuple[int, object]] = []
    in_background(ear.post, lambda: 42, lambda n: told.append((threading.get_ident(), n)), print)
    await _until(lambda: told)
    assert told == [(here, 42)]
    failures: list[Exception] = []
    in_background(ear.post, lambda: 1 // 0, print, failures.append)
    await _until(lambda: failures)
    assert isinstance(failures[0], ZeroDivisionError)
