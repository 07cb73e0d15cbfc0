"""The bridge between the engine's threads and the loop of the screen: the only file with both.

Owns the background thread that opens a session, the mailbox its events arrive in, and the bounded
wait when it closes. Knows no widget and no event.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oi_tui.engine.live import LiveSession, SessionError
from oi_tui.engine.mailbox import Mailbox
from oi_tui.protocol.events import Envelope
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import Post

CLOSE_SECONDS = 4.0  # an engine stops within 3 s; nothing waits longer for it


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told what, always on the loop."""

    opened: Callable[[LiveSession], None]  # before any of its live events
    failed: Callable[[str], None]  # with words for a person
    arrived: Callable[[Sequence[Envelope]], None]


class Bridge:
    """One session for the screen, from opening it to having closed it."""

    def __init__(self, receiver: Receiver, post: Post) -> None:
        """Call on the loop. `post` runs a callback there, from any thread."""
        self._receiver = receiver
        self._on_loop = post
        self._loop = asyncio.get_running_loop()
        self._mailbox = Mailbox(self._wake)
        self._session: LiveSession | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def start(self, open_session: Callable[[], LiveSession]) -> None:
        """Open a session in a thread, and start its engine."""
        self._thread = threading.Thread(
            target=self._open, args=(open_session,), name="session-opener", daemon=True
        )
        self._thread.start()

    async def stop(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Close the session in a thread; False if it took longer than `seconds`.

        No event is delivered from the moment of the call.
        """
        self._is_closed = True
        closed = asyncio.Event()
        threading.Thread(
            target=self._close, args=(closed,), name="session-closer", daemon=True
        ).start()
        try:
            await asyncio.wait_for(closed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    # -- in the threads -----------------------------------------------------------------------
    def _open(self, open_session: Callable[[], LiveSession]) -> None:
        try:
            session = open_session()
        except SessionError as error:
            self._fail(str(error))
        except Exception as error:  # a border between threads: nothing may vanish here
            problem = one_line(f"{type(error).__name__}: {error}", 200)
            self._fail(tr("The session could not be opened ({problem}).", problem=problem))
        else:
            self._session = session
            session.subscribe(self._mailbox.put)
            self._on_loop(lambda: self._tell_opened(session))
            if session.engine is not None and not self._is_closed:
                session.start()

    def _close(self, closed: asyncio.Event) -> None:
        if self._thread is not None:
            self._thread.join()
        try:
            if self._session is not None:
                self._session.close()
        finally:
            _call_on(self._loop, closed.set)

    def _fail(self, text: str) -> None:
        self._on_loop(lambda: self._tell_failed(text))

    def _wake(self) -> None:
        self._on_loop(self._drain)

    # -- on the loop --------------------------------------------------------------------------
    def _tell_opened(self, session: LiveSession) -> None:
        if not self._is_closed:
            self._receiver.opened(session)

    def _tell_failed(self, text: str) -> None:
        if not self._is_closed:
            self._receiver.failed(text)

    def _drain(self) -> None:
        batch = self._mailbox.drain()
        if not self._is_closed:
            self._receiver.arrived(batch)


def _call_on(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return  # the loop is over, and with it everybody who would care
