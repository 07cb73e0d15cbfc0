"""What is kept and said of a crash: a plain traceback, without the values of variables.

Owns the report's file (only its owner can read it) and the exit code. Everything passes the text
boundary and the redactor: an error message may quote a reply, an output or a key. Knows no screen.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from oi_tui import __version__
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr

EXIT_CODE = 70  # EX_SOFTWARE
_LONGEST = 200_000  # characters of a report


def crash_text(error: BaseException) -> str:
    """Return the traceback of `error` as text that may be shown anywhere."""
    import traceback

    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    return redactor.redact(plain("".join(lines)))[:_LONGEST]


def write_crash(error: BaseException, folder: Path) -> str:
    """Write a report into `folder` and return its path; empty if that can't be done.

    Never raises: this runs when other things have failed already.
    """
    from oi_tui.config.private_files import ensure_folder, open_private

    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = folder / f"crash-{moment}-{os.getpid()}.log"
    head = f"oi-tui {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n"
    try:
        ensure_folder(folder)
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(head + crash_text(error) + "\n")
    except OSError:
        return ""
    return str(path)


def crash_message(error: BaseException, path: str) -> str:
    """Return what to tell the person, in one or two lines."""
    what = redactor.redact(one_line(f"{type(error).__name__}: {error}", 200))
    said = tr("oi-tui stopped because of an error of its own: {what}", what=what)
    if path:
        said += "\n" + tr("Details: {path}", path=one_line(path, 400))
    return said


def report_crash(error: BaseException, folder: Path) -> int:
    """Write a report, say so on stderr, and return the exit code."""
    message = crash_message(error, write_crash(error, folder))
    sys.stderr.write(message + "\n")
    return EXIT_CODE


def watch_threads(folder: Path) -> None:
    """Write a report for every error that would end a thread unseen, and print nothing."""

    def report(failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is not None and failure.exc_type is not SystemExit:
            write_crash(failure.exc_value, folder)

    threading.excepthook = report
