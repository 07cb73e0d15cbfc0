"""What the engines' programs share: an order that comes in, answers that go out, and their end.

Loaded in those child processes alone; needs nothing but the standard library. A program reads one
JSON line from standard input (what to load, and the key to ask of callers), answers with JSON lines
on standard output, and ends when standard input does, that is, when the application does.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

_STDIN = 0


class Say(Protocol):
    """Writes one line to the application."""

    def __call__(self, **line: object) -> None:
        """Say these words."""
        ...


Begin = Callable[[Mapping[str, Any], Say], tuple[str, object]]


def serve(begin: Begin, troubles: tuple[type[Exception], ...]) -> int:
    """Load, say where it is served, and wait for the application to let go.

    `begin` loads what is ordered and returns the address, and what has to live for it; `troubles`
    are what it may raise.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library must not write between our lines

    def say(**line: object) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    order = json.loads(sys.stdin.readline())
    _end_with_standard_input()
    try:
        base, _server = begin(order, say)
    except troubles as error:
        say(error=str(error) or type(error).__name__)
        return 1
    say(ready=base)
    while sys.stdin.readline():
        pass
    os._exit(0)  # its threads may be busy; nothing of it is worth keeping


def _end_with_standard_input() -> None:
    """Have the system end this process with its input, whatever a library does meanwhile.

    A library that loads, or a model's own template that never ends, lets no line of ours run. The
    signal's usual action ends a process on Linux; where it does not, the wait above has to do.
    """
    fcntl.fcntl(_STDIN, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(_STDIN, fcntl.F_SETFL, fcntl.fcntl(_STDIN, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([_STDIN], [], [], 0)[0]:  # nothing else is ever written: it has ended already
        os._exit(0)
