"""The driver's end of the control channel: runs come in, JSON lines go out."""
import json
import os
import socket
import threading


class Channel:
    """Speaks only for the process that made it: a forked child must not answer for the session."""

    def __init__(self, descriptor):
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        os.set_inheritable(descriptor, False)  # programs that the code starts never see it
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._pending = b""

    @property
    def is_ours(self):
        return os.getpid() == self._owner

    def send(self, **message):
        if not self.is_ours:
            return
        data = json.dumps(message).encode() + b"\n"
        with self._lock:
            try:
                self._socket.sendall(data)
            except OSError:
                pass

    def receive(self):
        """Return the next (header, bytes of the code), or None when the interface is gone."""
        while b"\n" not in self._pending:
            if not self._fill():
                return None
        line, _, self._pending = self._pending.partition(b"\n")
        header = json.loads(line)
        pieces, missing = [], header["length"]
        while missing > len(self._pending):
            pieces.append(self._pending)
            missing -= len(self._pending)
            self._pending = b""
            if not self._fill():
                return None
        pieces.append(self._pending[:missing])
        self._pending = self._pending[missing:]
        return header, b"".join(pieces)

    def _fill(self):
        data = self._socket.recv(1 << 20)
        self._pending += data
        return bool(data)

    def close(self):
        self._socket.close()
