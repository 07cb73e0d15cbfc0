"""The child process around ctransformers: serves one file in the OpenAI format on loopback.

Started as `python -P program.py PATH`, where PATH holds the package of the application, of which
only what needs no other library is loaded. Reads one JSON line from standard input (what to load,
and the key to ask of callers), answers with JSON lines on standard output, and ends when standard
input does.
"""

from __future__ import annotations

import json
import os
import sys
import threading

_STACK = 16 * 1024 * 1024  # bytes for each thread: the library searches text by recursion


def main() -> int:
    """Load, say where it serves, and wait for the application to let go."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the library must not write between our lines
    if sys.argv[1] not in sys.path:
        sys.path.append(sys.argv[1])  # last: nothing there can stand in for a library

    def say(**line: object) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    from oi_tui.models.local.ctransformers.chat_server import ChatServer
    from oi_tui.models.local.ctransformers.loading import LoadError, load
    from oi_tui.models.local.gguf import GgufError

    order = json.loads(sys.stdin.readline())
    try:
        model = load(order, lambda part: say(loading=round(part, 3)))
        server = ChatServer(model, order["key"])
    except (LoadError, GgufError, OSError, ImportError, MemoryError) as error:
        say(error=str(error) or type(error).__name__)
        return 1
    threading.stack_size(_STACK)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(ready=server.base)
    while sys.stdin.readline():
        pass
    os._exit(0)  # its threads may be busy; nothing of it is worth keeping


if __name__ == "__main__":
    sys.exit(main())
