"""The application's side of the provider worker: starts it, speaks to it, survives its death.

Owns the child process and its socket. Keys travel over the socket, never in arguments or in an
environment. Knows no LiteLLM.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import oi_tui
from oi_tui.models.base import ChatRequest, ReplyPart
from oi_tui.models.chat_format import request_json
from oi_tui.models.endpoints import Route
from oi_tui.models.pipe import PartPipe
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import Cause, Trouble
from oi_tui.models.worker.frames import (
    Frame,
    decode_parts,
    decode_trouble,
    receive_frame,
    send_frame,
)

_LOG = logging.getLogger(__name__)
_ROOT = Path(oi_tui.__file__).resolve().parents[1]
_PROGRAM = Path(__file__).resolve().with_name("__main__.py")
# What the worker inherits: no key, and no variable that could send requests elsewhere.
_ORDINARY = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "PYTHONPATH")
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_CLOUDS = (  # providers whose credentials are files or several values, not one key
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_REGION_NAME",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "VERTEXAI_PROJECT",
    "VERTEXAI_LOCATION",
    "AZURE_API_VERSION",
)
_LOWER = tuple(name.lower() for name in _NETWORK)
_INHERITED = (*_ORDINARY, *_NETWORK, *_LOWER, *_CERTIFICATES, *_CLOUDS)
_GRACE = 1.0  # seconds for the worker to end by itself
_PATIENCE = 3.0  # seconds for an answer; then the caller estimates
_LAST_CHANCE = 10.0  # seconds for a cancelled reply to end; a worker that takes longer hangs


class WorkerAttempt:
    """One reply under way in the worker."""

    def __init__(self, pipe: PartPipe, cancel: Callable[[], object]) -> None:
        self._pipe = pipe
        self._cancel = cancel

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield the parts of the reply; raises `AttemptError`."""
        return iter(self._pipe)

    def close(self) -> None:
        """End the iteration, and the request at the provider."""
        self._pipe.close()
        if not self._pipe.ended:
            self._cancel()


class WorkerClient:
    """Starts the worker when first needed, and again after it died."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        command: Sequence[str] = (sys.executable, "-P", str(_PROGRAM)),
    ) -> None:
        self._environ = {name: environ[name] for name in _INHERITED if name in environ}
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._life: _Life | None = None
        self._is_closed = False

    @property
    def is_ready(self) -> bool:
        """Whether LiteLLM is loaded: answers come in milliseconds."""
        life = self._life
        return life is not None and life.ready.is_set() and not life.ended.is_set()

    @property
    def process_id(self) -> int:
        """The worker's process; 0: none runs."""
        life = self._life
        return life.process_id if life is not None and not life.ended.is_set() else 0

    def warm(self) -> None:
        """Start the worker if it does not run. Returns at once."""
        self._living()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until LiteLLM is loaded; return whether it is."""
        life = self._living()
        return life.ready.wait(seconds) and not life.ended.is_set()

    def begin(self, route: Route, request: ChatRequest, timeouts: Timeouts) -> WorkerAttempt:
        """Send a request; everything that can fail comes out of the iteration."""
        life = self._living()
        number = next(self._numbers)
        pipe = PartPipe(timeouts)
        body = request_json(request)
        del body["stream"]
        frame = {"order": "stream", "id": number, "body": body}
        frame |= {"model": route.model, "key": route.key, "base": route.base}
        life.stream(number, pipe, frame)
        return WorkerAttempt(pipe, lambda: life.cancel(number))

    def ask(self, question: str, model: str, **fields: Any) -> Any:
        """Return the library's answer; None: it has none, is not loaded, or does not answer."""
        life = self._life
        if life is None or not self.is_ready:
            return None
        number = next(self._numbers)
        return life.ask(number, {"order": question, "id": number, "model": model, **fields})

    def close(self) -> None:
        """End the worker. Safe from any thread, twice."""
        with self._lock:
            self._is_closed = True
            life, self._life = self._life, None
        if life is not None:
            life.end()

    def _living(self) -> _Life:
        with self._lock:
            if self._life is not None and self._life.hangs:
                self._life.end()
            if self._life is None or self._life.ended.is_set():
                self._life = _Life(self._command, self._environ)
                if self._is_closed:
                    self._life.give_up()
                else:
                    self._life.start()
            return self._life


class _Life:
    """One worker process from start to end, watched by one thread that also started it.

    The same thread, since Linux kills the child when the thread that started it ends. Another one
    writes, so that nobody ever waits for a worker that does not read.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command, self._environ = command, environ
        self._lock = threading.Lock()  # guards the tables
        self._outbox: SimpleQueue[Frame | None] = SimpleQueue()
        self._socket, self._theirs = socket.socketpair()
        self._pipes: dict[int, PartPipe] = {}
        self._questions: dict[int, _Question] = {}
        self._cancelled: dict[int, float] = {}  # when, for replies that have not ended since
        self._why = ""
        self.process_id = 0
        self.ready = threading.Event()
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="provider worker", daemon=True)
        self._writer = threading.Thread(target=self._write, name="to the worker", daemon=True)

    @property
    def hangs(self) -> bool:
        """Whether it has LiteLLM loaded and yet does not even end a reply that nobody wants."""
        with self._lock:
            first = min(self._cancelled.values(), default=math.inf)
        return self.ready.is_set() and time.monotonic() - first > _LAST_CHANCE

    def start(self) -> None:
        """Start the process."""
        self._writer.start()
        self._thread.start()

    def give_up(self) -> None:
        """Never start: the program is ending."""
        self._why = "closed"
        self.ended.set()
        self.ready.set()
        self._socket.close()
        self._theirs.close()

    def stream(self, number: int, pipe: PartPipe, frame: Frame) -> None:
        """Order a reply into `pipe`."""
        with self._lock:
            self._pipes[number] = pipe
        self._outbox.put(frame)
        if self.ended.is_set():
            self._end_all()

    def cancel(self, number: int) -> None:
        """Want no more of a reply. Returns at once."""
        with self._lock:
            if number in self._pipes:
                self._cancelled[number] = time.monotonic()
        self._outbox.put({"order": "cancel", "id": number})

    def ask(self, number: int, frame: Frame) -> Any:
        """Ask and wait, for a short while."""
        question = _Question()
        with self._lock:
            self._questions[number] = question
        self._outbox.put(frame)
        if not self.ended.is_set():
            question.answered.wait(_PATIENCE)
        with self._lock:
            self._questions.pop(number, None)
        return question.answer

    def end(self) -> None:
        """Close the socket, which ends the worker, and wait until it is gone."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _watch(self) -> None:
        process: subprocess.Popen[bytes] | None = None
        broken = ""
        try:
            process = self._spawn()
            self.process_id = process.pid
            _LOG.debug("worker %d started", process.pid)
            while (frame := receive_frame(self._socket)) is not None:
                self._hear(frame)
        except (OSError, ValueError) as error:
            broken = f"{type(error).__name__}: {error}"
        finally:
            ended = _reap(process) if process is not None else broken
            self._why = self._why or ended
            _LOG.debug("worker %d ended: %s", self.process_id, ended)
            self.ended.set()
            self.ready.set()
            self._end_all()
            self._close_socket()

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # the worker is gone; the thread that watches it tells
            while (frame := self._outbox.get()) is not None:
                send_frame(self._socket, frame)

    def _close_socket(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a writer
        self._outbox.put(None)
        self._writer.join()
        self._socket.close()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._theirs as theirs:
            arguments = [str(theirs.fileno()), str(os.getpid()), str(_ROOT)]
            return subprocess.Popen(
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(self._environ),
                cwd=os.sep,  # neutral: nothing of the person's folder is in the way
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C in the terminal is not for it
            )

    def _hear(self, frame: Frame) -> None:
        if "event" in frame:
            if frame["event"] == "ready":
                _LOG.debug("worker %d is ready", self.process_id)
                self.ready.set()
            else:
                self._why = str(frame["text"])
            return
        number = int(frame["id"])
        with self._lock:
            pipe = self._pipes.get(number)
            question = self._questions.get(number)
        if question is not None:
            question.answer = frame.get("answer")
            question.answered.set()
        elif pipe is not None and "parts" in frame:
            pipe.put(decode_parts(frame["parts"]))
        elif pipe is not None:
            ended = frame["ended"]
            with self._lock:
                self._pipes.pop(number, None)
                self._cancelled.pop(number, None)
            pipe.end(decode_trouble(ended) if ended else None)

    def _end_all(self) -> None:
        with self._lock:
            pipes, self._pipes = self._pipes, {}
            questions = list(self._questions.values())
        cause = Cause.LIBRARY if self._why.startswith("LiteLLM") else Cause.WORKER_DIED
        for pipe in pipes.values():
            pipe.end(Trouble(cause, self._why))
        for question in questions:
            question.answered.set()


class _Question:
    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer: Any = None


def _reap(process: subprocess.Popen[bytes]) -> str:
    """Wait for a process whose socket is closed, by force if need be; tell how it ended."""
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    return f"signal {-code}" if code < 0 else f"exit status {code}"
