"""A program as rude to the terminal as the application can be, below the real guardian.

`python stand_in.py HOW`: goes into every mode, starts what the arguments ask for, and ends so.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import termios
import threading
import tty
from types import FrameType
from typing import Any

from oi_tui.guardian import Link, guard

MODES = (
    b"\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?1015h\x1b[?1004h\x1b[?2004h\x1b[?2026h"
    b"\x1b[>25u\x1b[?25l\x1b[?7l"
)
BACK = b"\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[<u"


def go_away() -> None:
    """Ways in which programs leave their parents."""
    tag = os.environ["TAG"]
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)", tag]
    quiet = subprocess.DEVNULL
    subprocess.Popen(sleeper, start_new_session=True, stdout=quiet)
    subprocess.Popen(["nohup", *sleeper], stdout=quiet, stderr=quiet)
    subprocess.Popen(["sh", "-c", '"$@" & exec true', "sh", *sleeper], stdout=quiet)
    stopped = subprocess.Popen(sleeper, stdout=quiet)
    os.kill(stopped.pid, signal.SIGSTOP)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, sleeper)
        os._exit(0)


def program(link: Link) -> int:
    """Behave as the first argument says."""
    how = sys.argv[1]
    before = termios.tcgetattr(0)
    os.write(1, MODES)
    tty.setraw(0)
    link.remember("oi-tui --resume 20260101-000000-abc")
    if "children" in sys.argv:
        go_away()
    if how == "stop":
        signal.signal(signal.SIGCONT, _come_back)
    os.write(1, f"READY {os.getpid()} {os.getppid()}\r\n".encode())
    match how:
        case "exit":
            return _leave(before, 0)
        case "code":
            return _leave(before, 5)
        case "raise":
            raise RuntimeError("on purpose")
        case "os_exit":
            os._exit(9)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "graceful":
            signal.signal(signal.SIGTERM, lambda *_: os._exit(_leave(before, 0)))
        case "deaf":
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
        case _:
            pass
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            if how != "stop":
                threading.Event().wait(600)
            # Looks up now and then: a signal may arrive in another thread of this process, and
            # only the main thread, once it is awake, runs the handler.
            elif select.select([0], [], [], 0.1)[0] and os.read(0, 1) == b"z":
                os.kill(os.getpid(), signal.SIGSTOP)
    return 0


def _come_back(_number: int, _frame: FrameType | None) -> None:
    os.write(1, MODES)
    tty.setraw(0)
    os.write(1, b"CONTINUED\r\n")


def _leave(before: list[Any], code: int) -> int:
    os.write(1, BACK + b"\x1b[?1049l\x1b[?25h\x1b[?7h")
    termios.tcsetattr(0, termios.TCSANOW, before)
    return code


if __name__ == "__main__":
    sys.exit(guard(program))
