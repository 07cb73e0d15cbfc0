"""Keeps the one model that is loaded: starts its server, replaces it, and ends it.

One at a time, since two may not fit into memory. A load goes on in a thread of its own, so that
whoever waits for it can stop waiting. Knows no request.
"""

from __future__ import annotations

import contextlib
import os
import threading

from oi_tui.models.local.plan import Plan
from oi_tui.models.local.server import LocalServer, LocalServerError, Served

_NEARLY = 0.99  # a file is in memory before its engine says that it is ready


class Load:
    """One model that is being loaded, or was."""

    def __init__(self, plan: Plan, *, is_again: bool = False) -> None:
        """`is_again`: the same one ended by itself before."""
        self.plan, self.is_again = plan, is_again
        self.done = threading.Event()
        self.served: Served | None = None
        self.problem = ""
        self.server = LocalServer(plan.engine.command(plan.load), plan.load, plan.memory)
        self._told: float | None = None
        threading.Thread(target=self._run, name="load model", daemon=True).start()

    @property
    def fraction(self) -> float | None:
        """Which part of the file is in memory; None: nobody can tell."""
        if self._told is not None or self.done.is_set():
            return self._told
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{self.server.pid}/statm", encoding="ascii") as file:
                pages = int(file.read().split()[1])
            size = self.plan.load.path.stat().st_size
            return min(pages * os.sysconf("SC_PAGE_SIZE") / max(size, 1), _NEARLY)
        return None

    @property
    def is_useful(self) -> bool:
        """Whether it serves, or may yet."""
        if not self.done.is_set():
            return True
        return self.served is not None and self.server.is_alive

    def _run(self) -> None:
        try:
            self.served = self.server.start(self._hear)
        except LocalServerError as error:
            self.problem = str(error)
            self.server.stop()
        finally:
            self.done.set()

    def _hear(self, fraction: float) -> None:
        self._told = fraction


class Keeper:
    """The model that is loaded now, if any. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._load: Load | None = None
        self._closed = False

    @property
    def current(self) -> Load | None:
        """The model that serves now."""
        load = self._load
        return load if load is not None and load.done.is_set() and load.is_useful else None

    @property
    def held(self) -> int:
        """About the bytes that the loaded model would give back."""
        load = self._load
        with contextlib.suppress(OSError):
            return load.plan.load.path.stat().st_size if load is not None else 0
        return 0

    def load(self, plan: Plan) -> Load | None:
        """Return the load of this plan, begun if it must be; None: this is closed."""
        with self._lock:
            if self._closed:
                return None
            old = self._load
            if old is not None and old.plan == plan and old.is_useful:
                return old
            is_again = False
            if old is not None:
                is_again = old.plan == plan and old.served is not None
                old.server.stop()
            self._load = load = Load(plan, is_again=is_again)
            return load

    def drop(self, load: Load) -> None:
        """End a load that nobody waits for any more."""
        with self._lock:
            if self._load is load:
                self._load = None
        load.server.stop()

    def close(self) -> None:
        """End what runs and load nothing any more."""
        with self._lock:
            self._closed = True
            load, self._load = self._load, None
        if load is not None:
            load.server.stop()
