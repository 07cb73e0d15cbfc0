"""Control over two FIFOs in a private folder, for the shells proper (bash, zsh, sh).

A shell cannot hash what it reads, so the code is put into a file that only this user may touch,
made anew for each run and never through a link; right before the run the file is read back and
compared with the approved hash. What the shell then reads is that file. A process of the same user
could still change it in between, as it could change the shell itself.

Some messages of the shells name that file (`/tmp/oi-tui-.../cell: line 2: syntax error`). With
`eval` they would not, but what it runs has gone through a substitution, which loses NUL bytes and
the last line ends, and in zsh code could not use the aliases that it defines.

`cmd`: two short lines a run. `events`: `word id nonce status folder`, one line each.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.channel import BytesDifferError, Request
from oi_tui.shells.messages import Began, Ended, Message, Ready

_INTERRUPTED = 130
_PREFIX = "oi-tui-"


class FifoChannel:
    """`folder` is private to one shell and goes with it."""

    def __init__(self) -> None:
        _remove_stale_folders()
        self.folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")  # 0700
        self._cell = os.path.join(self.folder, "cell")
        # Opened for both directions, so that opening never waits and no writer's end ends them.
        self.outgoing = _make_fifo(os.path.join(self.folder, "cmd"))
        self.incoming = _make_fifo(os.path.join(self.folder, "events"))
        self._partial = b""

    def child_started(self) -> None:
        """Do nothing: the child opens the FIFOs by name."""

    def request(self, request: Request) -> bytes:
        """Write the code where the shell reads it, look again, and return the run's first line."""
        self._write_cell(request.code)
        with open(self._cell, "rb") as file:
            received = hashlib.sha256(file.read()).hexdigest()
        if received != request.digest:
            raise BytesDifferError
        nonce = os.urandom(16).hex()
        return f'__oi_begin {request.run_id} {nonce}; . "$__oi_cell" </dev/tty\n'.encode()

    def _write_cell(self, code: bytes) -> None:
        if os.path.lexists(self._cell):
            os.unlink(self._cell)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(self._cell, flags, 0o600), "wb") as file:
            file.write(code)

    def after_begin(self) -> bytes:
        """Return the run's second line, read once the shell is back at its top level.

        Not sent with the first: some shells throw away what they have read ahead when the code
        fails.
        """
        # Silent, for `set -x`, which zsh restores when a function ends.
        return b"{ __oi_end; set +x; } 2>/dev/null\n"

    def interrupt(self, _level: int) -> bytes:
        """Return nothing: signals reach shells."""
        return b""

    def parse(self, data: bytes) -> Iterator[Message]:
        """Yield one message for each line that is one."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            message = _decode(os.fsdecode(line))
            if message is not None:
                yield message

    def close(self) -> None:
        """Close the FIFOs and remove the folder."""
        os.close(self.outgoing)
        os.close(self.incoming)
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_stale_folders() -> None:
    """Remove what a killed program of the same user could not: the folder's name tells its pid."""
    parent = tempfile.gettempdir()
    for name in os.listdir(parent):
        owner = name.removeprefix(_PREFIX).partition("-")[0]
        if not name.startswith(_PREFIX) or not owner.isdigit() or _lives(int(owner)):
            continue
        path = os.path.join(parent, name)
        with contextlib.suppress(FileNotFoundError):  # another program like this one was quicker
            if os.lstat(path).st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _make_fifo(path: str) -> int:
    os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def _decode(line: str) -> Message | None:
    fields = line.split(" ", 4)
    if len(fields) != 5:
        return None
    word, run_id, nonce, status, folder = fields
    if word == "ready":
        return Ready(status, folder)
    if word == "began":
        return Began(run_id)
    if word not in ("ended", "exit") or not status.isdigit():
        return None
    code = int(status)
    return Ended(run_id, _status(word, code), code, folder, nonce)


def _status(word: str, code: int) -> RunStatus:
    if word == "exit":
        return RunStatus.EXIT
    if code == _INTERRUPTED:
        return RunStatus.INTERRUPTED
    return RunStatus.ERROR if code else RunStatus.OK
