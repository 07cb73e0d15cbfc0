"""The child process around llama.cpp: serves one file in the OpenAI format on loopback.

Started as `python -P program.py PATH`, where PATH holds the package of the application, of which
only what needs no other library is loaded.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Any

_LOOKED_AT = 65_536  # bytes of its errors
_KEPT_PROMPTS = 512  # MiB of earlier prompts that can be gone back to


def main() -> int:
    """Load, say where it serves, and wait for the application to let go."""
    if sys.argv[1] not in sys.path:
        sys.path.append(sys.argv[1])  # last: nothing there can stand in for a library
    from oi_tui.models.local.child import serve

    return serve(_begin, (ImportError, OSError, RuntimeError, ValueError))


def _begin(order: Mapping[str, Any], _say: object) -> tuple[str, object]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cors_origins = ""  # the default lets any web page talk to it
    params.ui = False
    params.offline = True
    params.verbosity = 1  # errors only
    params.use_jinja = True  # the file's own chat template, tools included
    params.n_ctx = order["context"]
    # Tokens of the prompt in one step: a caller that hung up is noticed between two.
    params.n_batch = params.n_ubatch = order["batch"]
    params.n_parallel = 1  # one conversation: its prompt stays in the one cache
    params.cache_prompt = True
    params.cache_ram_mib = _KEPT_PROMPTS
    params.n_gpu_layers = order["gpu_layers"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["threads"]
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:  # it says that it failed, never why
        raise RuntimeError(_first_error() or str(error)) from None
    return f"{server.listening_address}/v1", server


def _first_error() -> str:
    """Return what the library said went wrong first; the rest only follows from it."""
    with contextlib.suppress(OSError):
        for line in os.pread(2, _LOOKED_AT, 0).decode("utf-8", "replace").splitlines():
            _, is_error, words = line.partition(" E ")
            if is_error:
                return words.partition(": ")[2].removeprefix("error loading model: ").strip()
    return ""


if __name__ == "__main__":
    sys.exit(main())
