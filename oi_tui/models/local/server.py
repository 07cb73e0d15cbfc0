"""One engine's child process: started, told what to load, watched, and ended.

Owns the process and the key that only this application and the child know; the key travels over
the child's standard input, never in its arguments or environment. The child ends by itself when
this process does, since its standard input ends then. Knows no engine and no request.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from oi_tui.models.local.engines import LoadRequest
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_STOP_SECONDS = 2.0
_END_SECONDS = 0.5  # between a connection that broke and the end of its process
_LONGEST_LINE = 65_536  # of what a child says
_TAIL = 4096  # bytes of its stderr that are looked at
_WORDS = 300  # characters of a child's last words
# What a child inherits: nothing that holds a key or could send a request anywhere.
_ORDINARY = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "USER", "LD_LIBRARY_PATH")
_GPUS = (
    *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"),
    *("GGML_VK_VISIBLE_DEVICES", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"),
    *("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION"),
)


class LocalServerError(Exception):
    """An engine could not load its file, or ended; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a loaded model is reached."""

    base: str  # such as http://127.0.0.1:40123/v1
    key: str = field(repr=False)


class LocalServer:
    """One child with one model. Start it once; safe from any thread."""

    def __init__(self, command: Sequence[str], load: LoadRequest, memory: int = 0) -> None:
        """`memory`: bytes of data that the child may allocate; 0: no limit."""
        self._command, self._load, self._memory = command, load, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._words = -1  # a file of no name, with what the child writes on stderr
        self._ended = self._is_ready = False

    @property
    def pid(self) -> int:
        """The child's process id; 0: not started."""
        return self._process.pid if self._process is not None else 0

    @property
    def is_alive(self) -> bool:
        """Whether the child runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, loading: Callable[[float], None] = lambda _part: None) -> Served:
        """Start the child and wait until it serves; `loading` hears which part is loaded.

        Raises:
            LocalServerError: it could not, or `stop` was called meanwhile.
        """
        key = secrets.token_urlsafe(24)
        redactor.add(key)
        try:
            process = self._begin()
            assert process.stdin is not None
            process.stdin.write(json.dumps(_order(self._load, key)) + "\n")
            process.stdin.flush()
            base = self._wait_until_ready(process, loading)
            self._is_ready = True
            return Served(base, key)
        except (OSError, ValueError) as error:
            words = self._last_words() if self._process else str(error)
            raise LocalServerError(words) from None

    def end(self) -> str:
        """Say how the child ended, waiting a moment for it; empty: it runs."""
        process = self._process
        if process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        return "" if process.returncode is None else self._last_words()

    def stop(self) -> None:
        """End the child, whatever it does. Again: no effect."""
        with self._lock:
            self._ended = True
            process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        if not self._is_ready:
            process.kill()  # while it loads it hears nothing
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with self._lock:
            words, self._words = self._words, -1
        if words >= 0:
            os.close(words)
            if process.stdout is not None:
                process.stdout.close()

    # -- the child ----------------------------------------------------------------------------
    def _begin(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._ended:
                raise LocalServerError(tr("Loading was stopped."))
            self._words = _nameless_file()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={name: os.environ[name] for name in (*_ORDINARY, *_GPUS) if name in os.environ},
                start_new_session=True,  # a Ctrl-C at the terminal is not meant for it
            )
            if self._memory and sys.platform == "linux":
                with contextlib.suppress(OSError, ValueError):
                    limit = (self._memory, self._memory)
                    resource.prlimit(self._process.pid, resource.RLIMIT_DATA, limit)
            return self._process

    def _wait_until_ready(
        self, process: subprocess.Popen[str], loading: Callable[[float], None]
    ) -> str:
        assert process.stdout is not None
        while line := process.stdout.readline(_LONGEST_LINE):
            match _said(line):
                case {"ready": str(base)}:
                    return base
                case {"loading": int() | float() as part}:
                    loading(min(max(float(part), 0.0), 1.0))
                case {"error": str(problem)}:
                    raise LocalServerError(one_line(problem, _WORDS))
        raise LocalServerError(self._last_words())

    def _last_words(self) -> str:
        """Say how the child ended, with the last line that it or its library wrote."""
        process = self._process
        if self._ended or process is None:
            return tr("Loading was stopped.")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        said = self._last_line()
        code = process.returncode
        if code == -signal.SIGKILL:
            how = tr("The engine was killed, as systems do when memory runs out.")
        elif code is not None and code < 0:
            how = tr("The engine crashed (signal {number}).", number=-code)
        else:
            how = tr("The engine ended.")
        return f"{how} {said}".strip()

    def _last_line(self) -> str:
        with contextlib.suppress(OSError):
            size = os.fstat(self._words).st_size
            words = os.pread(self._words, _TAIL, max(size - _TAIL, 0))
            lines = words.decode("utf-8", "replace").splitlines()
            return next((one_line(one, _WORDS) for one in reversed(lines) if one.strip()), "")
        return ""


def _nameless_file() -> int:
    descriptor, path = tempfile.mkstemp()
    os.unlink(path)
    return descriptor


def _order(load: LoadRequest, key: str) -> dict[str, object]:
    return {
        "path": str(load.path),
        "key": key,
        "context": load.context,
        "threads": load.threads,
        "batch": load.batch,
        "gpu_layers": load.gpu_layers,
    }


def _said(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None  # a library's own word among ours
