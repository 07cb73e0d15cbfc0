"""All shells of a session: one per language, started when needed, replaced when dead.

Owns which shell there is and which one runs. Knows nothing of approvals, but checks the bytes.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Generator, Mapping

from oi_tui.protocol.items import ErrorInfo, ErrorKind, RunStatus, ShellState
from oi_tui.shells.base import OutputTap, RunEnded, RunPart, ShellError, ShellWatcher
from oi_tui.shells.environment import child_environment
from oi_tui.shells.languages import Interpreters, canonical_name
from oi_tui.shells.launch import Start, prepare
from oi_tui.shells.process_tree import TAG_NAME
from oi_tui.shells.shell import Shell, ShellPlace
from oi_tui.text.translation import tr

START_TIMEOUT = 20.0  # seconds; a cold disk and a busy machine
SETTLE_TIMEOUT = 1.0  # seconds that an abandoned run gets before its shell is replaced
CLOSE_GRACE = 0.2  # seconds between asking and killing


class ShellPool:
    """Shells that start in `folder`, with an environment made from `environ` (default: ours)."""

    def __init__(
        self,
        *,
        folder: str,
        tap: OutputTap | None = None,
        python: str = "",
        columns: int = 100,
        rows: int = 30,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = os.path.abspath(folder)
        self._tap = tap
        self._size = (columns, rows)
        self._environment = child_environment(environ)
        self._interpreters = Interpreters(self._environment, python)
        self._watchers: list[ShellWatcher] = []
        self._shells: dict[str, Shell] = {}
        self._folders: dict[str, str] = {}  # where a replaced shell goes on
        self._starting: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()  # of the three above and below; held for moments only
        self._running: Shell | None = None
        self._closed = False
        self._cancelled = False  # interrupted while the shell of a run was still starting
        if tap is not None:
            tap.bind_resume(self._resume)

    # -- what can run ---------------------------------------------------------------------------
    def languages(self) -> tuple[str, ...]:
        """Return the languages whose interpreter is here."""
        return self._interpreters.available()

    def resolve(self, language: str) -> str | None:
        """Return the canonical name for what was written, or None. Never guesses a shell."""
        return canonical_name(language, users_shell=self._interpreters.users_shell)

    def interpreter(self, language: str) -> str:
        """Return the path of the program for a canonical name.

        Raises:
            ShellError: there is none.
        """
        return self._interpreters.find(language)

    def folder(self, language: str) -> str:
        """Return the working folder of a shell, as of its last run."""
        with self._lock:
            shell = self._shells.get(language)
            return shell.folder if shell else self._folders.get(language, self._folder)

    # -- runs -----------------------------------------------------------------------------------
    def run(self, language: str, code: bytes, digest: str) -> Generator[RunPart, None, None]:
        """Run exactly `code`; see the port."""
        if hashlib.sha256(code).hexdigest() != digest:
            yield RunEnded(RunStatus.REFUSED, None, 0.0, self.folder(language))
            return
        with self._lock:
            self._cancelled = False
        shell = self._ready_shell(language)
        with self._lock:
            self._running = shell
            cancelled = self._cancelled
        try:
            if cancelled:
                yield RunEnded(RunStatus.INTERRUPTED, None, 0.0, shell.folder)
                return
            yield from shell.run(code, digest)
        finally:
            with self._lock:
                self._running = None

    def warm(self, language: str) -> None:
        """Start a shell in the background; what goes wrong is said by the first run."""
        threading.Thread(
            target=self._warm, args=(language,), name=f"warm-{language}", daemon=True
        ).start()

    def _warm(self, language: str) -> None:
        try:
            self._ready_shell(language)
        except ShellError:
            return

    def interrupt(self, level: int = 1) -> None:
        """Interrupt what runs, or what is about to."""
        with self._lock:
            shell = self._running
            self._cancelled = True
        if shell is not None:
            shell.interrupt(level)

    def write(self, data: bytes) -> None:
        """Type into what runs."""
        with self._lock:
            shell = self._running
        if shell is not None:
            shell.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Give every terminal, also those to come, another size."""
        with self._lock:
            self._size = (columns, rows)
            shells = list(self._shells.values())
        for shell in shells:
            shell.resize(columns, rows)

    # -- their lives ----------------------------------------------------------------------------
    def restart(self, language: str) -> None:
        """End a shell; the next run starts a fresh one in the session's folder."""
        with self._lock:
            shell = self._shells.pop(language, None)
            self._folders.pop(language, None)
        if shell is not None:
            shell.close()

    def watch(self, watcher: ShellWatcher) -> None:
        """Tell `watcher` of every state from now on, in whatever thread it happens."""
        self._watchers.append(watcher)

    def close(self) -> None:
        """End every shell and all it started; no run starts after it."""
        with self._lock:
            self._closed = True
            shells = list(self._shells.values())
        closers = [threading.Thread(target=shell.close, args=(CLOSE_GRACE,)) for shell in shells]
        for closer in closers:
            closer.start()
        for closer in closers:
            closer.join()

    def _ready_shell(self, language: str) -> Shell:
        with self._lock:
            starting = self._starting.setdefault(language, threading.Lock())
        with starting:  # a second caller waits for the first one's shell
            with self._lock:
                shell = self._shells.get(language)
            if shell is not None and not self._usable(shell):
                shell.close()
                with self._lock:
                    self._folders[language] = shell.folder
                shell = None
            return shell or self._start(language)

    @staticmethod
    def _usable(shell: Shell) -> bool:
        return shell.alive and (shell.idle or shell.settle(SETTLE_TIMEOUT))

    def _start(self, language: str) -> Shell:
        interpreter = self._interpreters.find(language)
        if self._closed:
            raise ShellError(_start_failed(language, interpreter, tr("the session is closed")))
        folder = self._folders.get(language, self._folder)
        tag = os.urandom(16).hex()
        self._tell(language, ShellState.STARTING, folder, "")
        launch = prepare(language, Start(interpreter, folder, self._environment | {TAG_NAME: tag}))

        def notify(state: ShellState, folder: str, detail: str) -> None:
            self._tell(language, state, folder, detail)

        columns, rows = self._size
        place = ShellPlace(language, folder, columns, rows, tag, self._tap, notify)
        try:
            shell = Shell(launch, place)
        except OSError as error:
            self._tell(language, ShellState.DEAD, folder, str(error))
            raise ShellError(_start_failed(language, interpreter, str(error))) from error
        with self._lock:
            self._shells[language] = shell
            closed = self._closed
        if closed or not shell.wait_ready(START_TIMEOUT):
            said = shell.first_words.decode("utf-8", "replace").strip()
            shell.close()
            with self._lock:
                self._shells.pop(language, None)
            raise ShellError(_start_failed(language, interpreter, said or shell.death))
        return shell

    def _tell(self, language: str, state: ShellState, folder: str, detail: str) -> None:
        for watcher in tuple(self._watchers):
            watcher(language, state, folder, detail)

    def _resume(self, language: str) -> None:
        with self._lock:
            shell = self._shells.get(language)
        if shell is not None:
            shell.wake()


def _start_failed(language: str, interpreter: str, detail: str) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.SHELL_DIED,
        tr("The {language} shell could not be started", language=language),
        detail=tr("{interpreter} said: {detail}", interpreter=interpreter, detail=detail),
    )
