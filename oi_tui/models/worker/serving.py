"""Inside the worker: reads orders, runs replies side by side, sends coalesced parts.

Owns the loop and the socket. Knows no LiteLLM; `library` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from typing import Any

from oi_tui.models.base import ReplyPart
from oi_tui.models.pipe import joined
from oi_tui.models.trouble import AttemptError, Cause, Trouble
from oi_tui.models.worker.frames import (
    Frame,
    encode_parts,
    encode_trouble,
    receive_frame,
    send_frame,
)

GATHER = 0.02  # seconds for which parts are gathered after one was sent


def serve(descriptor: int) -> None:
    """Serve until the application closes its end; then end the process at once."""
    connection = socket.socket(fileno=descriptor)
    loop = asyncio.new_event_loop()
    orders: list[Frame] = []
    server: list[_Server] = []
    lock = threading.Lock()

    def read() -> None:
        """Runs from the first moment, so that a lost application ends us while we still load."""
        with contextlib.suppress(OSError, ValueError):
            while (frame := receive_frame(connection)) is not None:
                with lock:
                    if not server:
                        orders.append(frame)
                        continue
                loop.call_soon_threadsafe(server[0].order, frame)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    asyncio.set_event_loop(loop)
    try:
        from oi_tui.models.worker import library

        library.load()
    except BaseException as error:
        text = f"LiteLLM cannot be loaded: {type(error).__name__}: {error}"
        send_frame(connection, {"event": "broken", "text": text[:2000]})
        return
    made = _Server(connection, loop, library)
    with lock:
        for frame in orders:
            loop.call_soon(made.order, frame)
        server.append(made)
    send_frame(connection, {"event": "ready"})
    loop.run_forever()


class _Server:
    def __init__(
        self, connection: socket.socket, loop: asyncio.AbstractEventLoop, library: Any
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._library = library
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def order(self, frame: Frame) -> None:
        """Obey one order; a question is answered at once, a reply streams as a task."""
        number = int(frame["id"])
        match frame["order"]:
            case "stream":
                self._tasks[number] = self._loop.create_task(self._stream(number, frame))
            case "cancel":
                task = self._tasks.get(number)
                if task is not None:
                    task.cancel()
            case question:
                try:
                    answer = self._library.answer(question, frame)
                except Exception:  # LiteLLM raises plain exceptions for names it does not know
                    answer = None
                send_frame(self._connection, {"id": number, "answer": answer})

    async def _stream(self, number: int, frame: Frame) -> None:
        gathered = _Gathered(self._connection, self._loop, number)
        try:
            async for part in self._library.stream(frame):
                gathered.add(part)
            gathered.end(None)
        except AttemptError as failed:
            gathered.end(failed.trouble)
        except asyncio.CancelledError:
            gathered.end(Trouble(Cause.CUT_OFF))
        except Exception as error:
            # The last resort of a task: whatever it is must reach the person, not a log.
            gathered.end(Trouble(Cause.LIBRARY, f"{type(error).__name__}: {error}"))
        finally:
            self._tasks.pop(number, None)


class _Gathered:
    """Sends the first part at once, then what gathers in `GATHER` seconds as one frame."""

    def __init__(
        self, connection: socket.socket, loop: asyncio.AbstractEventLoop, number: int
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._number = number
        self._parts: list[ReplyPart] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, part: ReplyPart | None) -> None:
        """Add a part; None is a sign of life."""
        if part is not None:
            self._parts.append(part)
        if self._timer is None:
            self._flush()
            self._timer = self._loop.call_later(GATHER, self._on_timer)

    def end(self, trouble: Trouble | None) -> None:
        """Send what is left, and how it ended."""
        if self._timer is not None:
            self._timer.cancel()
        self._flush()
        ending = encode_trouble(trouble) if trouble else None
        send_frame(self._connection, {"id": self._number, "ended": ending})

    def _on_timer(self) -> None:
        self._timer = None
        if self._parts:
            self.add(None)

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        frame = {"id": self._number, "parts": encode_parts(joined(parts))}
        send_frame(self._connection, frame)
