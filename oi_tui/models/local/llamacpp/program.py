"""The child process around llama.cpp: serves one file in the OpenAI format on loopback.

Runs alone, by its path: it needs xllamacpp and the standard library, and nothing of the
application. Reads one JSON line from standard input (what to load, and the key to ask of callers),
answers with JSON lines on standard output, and ends when standard input does.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

_KEPT_PROMPTS = 512  # MiB of earlier prompts that can be gone back to


def main() -> int:
    """Load, say where it serves, and wait for the application to let go."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the library must not write between our lines

    def say(**line: object) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    order = json.loads(sys.stdin.readline())
    try:
        server = _serve(order)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        say(error=str(error) or type(error).__name__)
        return 1
    say(ready=server.listening_address + "/v1")
    while sys.stdin.readline():
        pass
    os._exit(0)  # its threads may be busy; nothing of it is worth keeping


def _serve(order: Mapping[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cors_origins = ""  # the default lets any web page talk to it
    params.ui = False
    params.offline = True
    params.verbosity = -1
    params.use_jinja = True  # the file's own chat template, tools included
    params.n_ctx = order["context"]
    # Tokens of the prompt in one step: a caller that hung up is noticed between two.
    params.n_batch = params.n_ubatch = order["batch"]
    params.n_parallel = 1  # one conversation: its prompt stays in the one cache
    params.cache_prompt = True
    params.cache_ram_mib = _KEPT_PROMPTS
    params.n_gpu_layers = order["gpu_layers"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["threads"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())
