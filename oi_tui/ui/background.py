"""Slow work in a thread, with the result back on the loop. Knows no widget and no engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
Post = Callable[[Callable[[], object]], object]  # such as `Widget.call_later`


def in_background(
    post: Post,
    work: Callable[[], Result],
    done: Callable[[Result], object],
    failed: Callable[[Exception], object],
) -> None:
    """Do something slow in a thread, and then `done` or `failed` on the loop."""

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # a border between threads: the loop decides what it means
            problem = error
            post(lambda: failed(problem))
        else:
            post(lambda: done(result))

    threading.Thread(target=run, name="background-work", daemon=True).start()
