"""The log of `--debug` and `%debug`: what happened and when, without what was said, run or printed.

Owns its file (only its owner can read it) and what of an event may stand in it: kinds, names,
numbers and lengths. Everything passes the redactor. Rooms log to children of the logger `oi_tui`;
without a log nobody listens there.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from enum import Enum
from pathlib import Path
from typing import TextIO

from oi_tui import __version__
from oi_tui.config.private_files import ensure_folder, open_private
from oi_tui.engine.merger import delta_key
from oi_tui.protocol.events import Envelope
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line

_LOGGER = logging.getLogger("oi_tui")
_LONGEST = 1000  # characters of a line
# Fields that name things. Every other text is somebody's words, and only its length is told.
_NAMES = frozenset({"call_id", "message_id", "language", "model", "finish", "digest", "version"})


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever the message holds."""
        moment = time.strftime("%H:%M:%S", time.gmtime(record.created))
        line = f"{moment}.{record.msecs:03.0f}Z {super().format(record)}"
        return redactor.redact(one_line(line, _LONGEST))


class _Log(logging.StreamHandler[TextIO]):
    """Writes lines to a file of ours."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        super().__init__(stream)
        self.path = path


def begin_log(folder: Path) -> str:
    """Write a log into `folder` from now on, instead of any before; return its path.

    Raises:
        OSError: it can't be written there.
    """
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = folder / f"debug-{moment}-{os.getpid()}.log"
    ensure_folder(folder)
    end_log()
    descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    handler = _Log(path, os.fdopen(descriptor, "a", encoding="utf-8", errors="replace"))
    handler.setFormatter(_Lines("%(name)s %(message)s"))
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.DEBUG)
    _LOGGER.propagate = False
    logging.raiseExceptions = False  # a full disk ends the log; no trace is drawn over the screen
    _LOGGER.info("oi-tui %s begins", __version__)
    return str(path)


def end_log() -> None:
    """Write no more."""
    for log in _logs():
        _LOGGER.info("oi-tui ends this log")
        _LOGGER.removeHandler(log)
        log.stream.close()
        _LOGGER.setLevel(logging.NOTSET)


def log_file() -> str:
    """Return where the log goes; empty: none is written."""
    return next((str(log.path) for log in _logs()), "")


def _logs() -> list[_Log]:
    return [handler for handler in _LOGGER.handlers if isinstance(handler, _Log)]


def log_event(envelope: Envelope) -> None:
    """Log an event by its kind, if a log is written; the pieces of a stream are left out."""
    if _LOGGER.isEnabledFor(logging.INFO) and delta_key(envelope.event) is None:
        _LOGGER.info("event %d turn %d %s", envelope.seq, envelope.turn, _told(envelope.event))


def _told(thing: object) -> str:
    fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
    parts = [f"{field.name}={_value(field.name, getattr(thing, field.name))}" for field in fields]
    return " ".join([type(thing).__name__, *parts])


def _value(name: str, value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case bool() | int() | float() | None:
            return str(value)
        case str() if name in _NAMES:
            return one_line(value, 40) or "-"
        case str():
            return f"<{len(value)} characters>"
        case bytes():
            return f"<{len(value)} bytes>"
        case tuple():
            return f"<{len(value)} items>"
    return f"({_told(value)})"
