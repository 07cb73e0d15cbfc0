"""The thread of one shell: waits on its terminal, its control channel and its end, and moves bytes.

Owns polling and what is still to be written. Knows nothing of runs: a `LoopClient` does. Nobody
else reads or writes these descriptors while the thread lives.
"""

from __future__ import annotations

import os
import selectors
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 65536


class LoopClient(Protocol):
    """What the loop works for. All calls come from the loop's thread."""

    def wants_output(self) -> bool:
        """Return False to leave the terminal unread: the program then waits in write()."""
        ...

    def terminal_output(self, data: bytes) -> None:
        """Take what programs wrote to the terminal."""
        ...

    def control_data(self, data: bytes) -> None:
        """Take what the driver sent."""
        ...

    def tick(self, *, exit_noticed: bool) -> float | None:
        """Do what is due; return the seconds until the next call, or None to end the loop."""
        ...

    def loop_ended(self, failure: Exception | None) -> None:
        """Clean up; the last call, made whatever happened. `failure`: what ended the loop."""
        ...


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What a loop waits on. `exit` becomes readable when the child ends, and is the loop's own."""

    terminal: int
    incoming: int
    outgoing: int
    exit: int | None


class Outbox:
    """Bytes that are still to be written to one descriptor. Any thread adds, the loop writes."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def add(self, data: bytes) -> None:
        """Add bytes to the end."""
        with self._lock:
            self._pieces.append(data)

    def clear(self) -> None:
        """Forget what is not written yet."""
        with self._lock:
            self._pieces.clear()

    def write_to(self, descriptor: int) -> None:
        """Write as much as the descriptor takes now."""
        with self._lock:
            while self._pieces:
                piece = self._pieces[0]
                try:
                    sent = os.write(descriptor, piece)
                except BlockingIOError:
                    return
                except OSError:  # the other side is gone
                    self._pieces.clear()
                    return
                if sent < len(piece):
                    self._pieces[0] = piece[sent:]
                    return
                self._pieces.popleft()


class IoLoop:
    """Runs from `start` until the client's `tick` returns None."""

    def __init__(self, name: str, descriptors: Descriptors, client: LoopClient) -> None:
        self._descriptors = descriptors
        self._client = client
        self._typed, self._control = Outbox(), Outbox()
        self._watched: dict[int, int] = {}
        self._open = {descriptors.terminal, descriptors.incoming}
        self._wake_lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._wakeable = True
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # -- any thread -----------------------------------------------------------------------------
    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end, unless this is the thread; return whether it has ended."""
        if self._thread is threading.current_thread():
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def type(self, data: bytes) -> None:
        """Write to the terminal as soon as it takes it."""
        self._typed.add(data)
        self.wake()

    def send(self, data: bytes) -> None:
        """Write to the control channel."""
        if data:
            self._control.add(data)
            self.wake()

    def forget_typed(self) -> None:
        """Drop what was typed and not taken yet."""
        self._typed.clear()

    def wake(self) -> None:
        """Make the loop look again at what there is to do."""
        with self._wake_lock:
            if not self._wakeable:
                return
            try:
                os.write(self._wake_write, b"w")
            except BlockingIOError:
                return  # it is being woken already

    # -- the loop's thread ----------------------------------------------------------------------
    def drain_control(self) -> None:
        """Read all that the driver has sent by now."""
        while self._read(self._descriptors.incoming, self._client.control_data):
            continue

    def drain_terminal(self) -> bool:
        """Read what the terminal holds; return False once no process has it open any more."""
        terminal = self._descriptors.terminal
        self._read(terminal, self._client.terminal_output)
        return terminal in self._open

    def _run(self) -> None:
        failure = None
        with selectors.DefaultSelector() as selector:
            try:
                self._serve(selector)
            except Exception as error:  # of a listener: it must not write on the person's screen
                failure = error
            finally:
                self._close()
                self._client.loop_ended(failure)

    def _serve(self, selector: selectors.BaseSelector) -> None:
        place = self._descriptors
        exit_noticed = False
        while True:
            timeout = self._client.tick(exit_noticed=exit_noticed)
            if timeout is None:
                return
            for descriptor, mask in self._wishes().items():
                self._watch(selector, descriptor, mask)
            ready = {key.fd: mask for key, mask in selector.select(timeout)}
            exit_noticed = place.exit is not None and place.exit in ready
            if self._wake_read in ready:
                os.read(self._wake_read, CHUNK)
            # Control first: a message precedes the mark in the output that goes with it.
            if ready.get(place.outgoing, 0) & WRITE:
                self._control.write_to(place.outgoing)
            if ready.get(place.incoming, 0) & READ:
                self.drain_control()
            if ready.get(place.terminal, 0) & WRITE:
                self._typed.write_to(place.terminal)
            if ready.get(place.terminal, 0) & READ:
                self.drain_terminal()

    def _wishes(self) -> dict[int, int]:
        place = self._descriptors
        wishes = {self._wake_read: READ, place.terminal: 0, place.incoming: 0, place.outgoing: 0}
        if place.exit is not None:
            wishes[place.exit] = READ
        if place.terminal in self._open:
            reads = READ if self._client.wants_output() else 0
            wishes[place.terminal] = reads | (WRITE if self._typed else 0)
        if place.incoming in self._open:
            wishes[place.incoming] = READ
        if self._control:
            wishes[place.outgoing] |= WRITE
        return wishes

    def _watch(self, selector: selectors.BaseSelector, descriptor: int, mask: int) -> None:
        before = self._watched.get(descriptor, 0)
        if mask == before:
            return
        if not before:
            selector.register(descriptor, mask)
        elif not mask:
            selector.unregister(descriptor)
        else:
            selector.modify(descriptor, mask)
        self._watched[descriptor] = mask

    def _read(self, descriptor: int, take: Callable[[bytes], None]) -> bool:
        """Read what is there, up to some size, and hand it over in one piece; say if there was any.

        A terminal gives some 4 kB a read, whatever one asks for.
        """
        if descriptor not in self._open:
            return False
        pieces, size = [], 0
        while size < CHUNK:
            try:
                data = os.read(descriptor, CHUNK)
            except BlockingIOError:
                break
            except OSError:  # EIO: no process has the terminal open any more
                data = b""
            if not data:
                self._open.discard(descriptor)
                break
            pieces.append(data)
            size += len(data)
        if pieces:
            take(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        return bool(pieces)

    def _close(self) -> None:
        with self._wake_lock:
            self._wakeable = False
            os.close(self._wake_read)
            os.close(self._wake_write)
        if self._descriptors.exit is not None:
            os.close(self._descriptors.exit)
