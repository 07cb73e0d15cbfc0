"""The bridge between the engine's threads and the loop of the screen: the only file with both.

Owns the background thread that opens a session, the mailbox its events arrive in, and the bounded
wait when it closes. Knows no widget and no event.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oi_tui.engine.mailbox import Mailbox
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.ports import Listener, OpenedSession, OpenError

CLOSE_SECONDS = 4.0  # an engine stops within 3 s; nothing waits longer for it


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told what, always on the loop."""

    opened: Callable[[OpenedSession], None]  # before any of its live events
    failed: Callable[[ErrorInfo], None]
    arrived: Callable[[Sequence[Envelope]], None]


class Bridge:
    """One session for the screen, from opening it to having closed it."""

    def __init__(self, receiver: Receiver) -> None:
        """Call on the loop."""
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._mailbox = Mailbox(lambda: self._on_loop(self._drain))
        self._session: OpenedSession | None = None
        self._thread: threading.Thread | None = None
        self._is_open = False
        self._is_closed = False

    def start(self, open_session: Callable[[Listener], OpenedSession]) -> None:
        """Open a session in a thread, its events coming here from the first on."""
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
    def _open(self, open_session: Callable[[Listener], OpenedSession]) -> None:
        try:
            session = open_session(self._mailbox.put)
        except OpenError as error:
            self._fail(error.info)
        except Exception as error:  # a border between threads: nothing may vanish here
            detail = one_line(f"{type(error).__name__}: {error}", 200)
            title = tr("The session could not be opened.")
            self._fail(ErrorInfo(ErrorKind.INTERNAL, title, detail))
        else:
            self._session = session
            self._on_loop(lambda: self._tell_opened(session))

    def _close(self, closed: asyncio.Event) -> None:
        if self._thread is not None:
            self._thread.join()
        try:
            if self._session is not None:
                self._session.close()
        finally:
            self._on_loop(closed.set)

    def _fail(self, info: ErrorInfo) -> None:
        self._on_loop(lambda: self._is_closed or self._receiver.failed(info))

    def _on_loop(self, call: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            return  # the loop is over, and with it everybody who would care

    # -- on the loop --------------------------------------------------------------------------
    def _tell_opened(self, session: OpenedSession) -> None:
        if not self._is_closed:
            self._receiver.opened(session)
            self._is_open = True
            self._drain()

    def _drain(self) -> None:
        # An engine may speak before its past is on the screen: its events wait for that.
        if self._is_open and not self._is_closed:
            self._receiver.arrived(self._mailbox.drain())
