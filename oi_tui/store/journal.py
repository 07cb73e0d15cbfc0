"""The truth about one session: an append-only file of its events.

Owns when a file is made and what reaches the disk before `record` returns. Knows no engine: it
takes envelopes and gives back what went wrong; who emits them keeps what was refused and gives it
again.

A session that was only looked at leaves no trace: the events of opening and closing wait until
something happens that the person would miss. A damaged file is never changed: the first append
goes to a copy of its sound records, and the original stays beside it as `.damaged-<time>`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

from oi_tui import __version__
from oi_tui.config.private_files import (
    open_private,
    refuse_link,
    sync_file,
    sync_folder,
    write_atomically,
)
from oi_tui.protocol import events as ev
from oi_tui.protocol.acknowledgement import is_acknowledgement
from oi_tui.protocol.codec import FORMAT_VERSION, encode_envelope
from oi_tui.protocol.items import ErrorInfo
from oi_tui.store.errors import too_large, unwritable
from oi_tui.store.lock import SessionLock
from oi_tui.store.reader import Header, header_body, scan
from oi_tui.store.records import encode_record
from oi_tui.store.redacting import EventRedactor, Redact
from oi_tui.store.writer import FileCalls, LineWriter, SystemCalls

# Alone, these say nothing that the person would miss.
_QUIET = (
    ev.SessionOpened,
    ev.StateChanged,
    ev.ShellChanged,
    ev.ModelChanged,
    ev.InstructionsChanged,
    ev.AutoRunChanged,
    ev.UsageReported,
    ev.Warned,
    ev.EngineStopped,
)


class Journal:
    """Records the events of one session, in order. Safe from any thread."""

    def __init__(
        self,
        path: Path,
        session_id: str,
        *,
        lock: SessionLock,
        redact: Redact = str,
        damaged: bool = False,
        calls: FileCalls | None = None,
    ) -> None:
        self._path = path
        self._session_id = session_id
        self._lock = lock
        self._redactor = EventRedactor(redact)
        self._damaged = damaged
        self._calls: FileCalls = calls or SystemCalls()
        self._waiting: deque[bytes] = deque()
        self._writer: LineWriter | None = None
        self._begun = False
        self._closed = False
        self._guard = threading.Lock()

    def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        """Append one event; None once it is as safe as its kind asks for.

        An acknowledgement is on the disk itself then. After an error this event is not recorded
        and never will be, unless it is given again; what was accepted before stays accepted.
        """
        with self._guard:
            if self._closed:
                return unwritable(self._path, OSError("closed"))
            seen = self._redactor.seen
            self._waiting.append(self._line_of(envelope))
            if not self._begun and isinstance(envelope.event, _QUIET):
                return None
            problem = self._flush(durable=is_acknowledgement(envelope.event))
            if problem:
                self._waiting.pop()  # wherever it failed, it is the last one that waits
                self._redactor.seen = seen
            else:
                self._begun = True
            return problem

    def close(self) -> ErrorInfo | None:
        """Write what is left, let go of the file and the lock. Again: no effect."""
        with self._guard:
            if self._closed:
                return None
            self._closed = True
            problem = None
            if self._begun:
                problem = self._flush(durable=True)
            if self._writer:
                self._writer.close()
                self._writer = None
            self._lock.release()
            return problem

    def _line_of(self, envelope: ev.Envelope) -> bytes:
        cleaned = replace(envelope, event=self._redactor.clean(envelope.event))
        try:
            return encode_record(encode_envelope(cleaned))
        except ValueError:  # it will never fit: refusing it would stop the session for good
            return encode_record(encode_envelope(replace(envelope, event=too_large())))

    def _flush(self, *, durable: bool) -> ErrorInfo | None:
        try:
            if self._writer is None:
                self._writer = self._open()
            self._writer.write(self._waiting)
            if durable:
                self._writer.sync(self._waiting)
        except OSError as error:
            return unwritable(self._path, error)
        return None

    # -- making the file ----------------------------------------------------------------------
    def _open(self) -> LineWriter:
        if not self._lock.acquire():
            raise OSError("the session is open in another window")
        if self._damaged:
            self._set_aside()
            self._damaged = False
        if not self._path.exists():
            self._make()
        descriptor = open_private(self._path, os.O_WRONLY | os.O_APPEND)
        return LineWriter(descriptor, self._calls)

    def _make(self) -> None:
        """Put a journal with only its header in place, whole or not at all."""
        self._replace_with([self._header_line()])

    def _set_aside(self) -> None:
        """Put a copy of the sound records in place and keep the damaged original beside it."""
        with os.fdopen(open_private(self._path, os.O_RDONLY), "rb") as stream:
            lines = [record.line for record in scan(stream) if record]
        if not lines or not _is_header(lines[0]):
            lines.insert(0, self._header_line())
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        kept = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        try:
            os.link(self._path, kept, follow_symlinks=False)
        except FileExistsError:
            pass  # a second try within this second: it is kept already
        except OSError:  # file systems without links
            write_atomically(kept, self._path.read_bytes())
        self._replace_with(lines)

    def _replace_with(self, lines: list[bytes]) -> None:
        refuse_link(self._path)
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(6)}.new")
        descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        try:
            writer = LineWriter(descriptor, self._calls)
            try:
                writer.write(deque(lines))
                sync_file(descriptor)
            finally:
                writer.close()
            os.replace(temporary, self._path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(self._path.parent)

    def _header_line(self) -> bytes:
        return encode_record(header_body(Header(FORMAT_VERSION, self._session_id, __version__)))


def _is_header(line: bytes) -> bool:
    return b'{"header":' in line[:24]
