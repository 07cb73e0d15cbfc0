"""The child process around ctransformers: serves one file in the OpenAI format on loopback.

Started as `python -P program.py PATH`, where PATH holds the package of the application, of which
only what needs no other library is loaded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oi_tui.models.local.child import Say

_STACK = 16 * 1024 * 1024  # bytes for each thread: the library searches text by recursion


def main() -> int:
    """Load, say where it serves, and wait for the application to let go."""
    if sys.argv[1] not in sys.path:
        sys.path.append(sys.argv[1])  # last: nothing there can stand in for a library
    from oi_tui.models.local.child import serve
    from oi_tui.models.local.ctransformers.loading import LoadError
    from oi_tui.models.local.gguf import GgufError

    return serve(_begin, (LoadError, GgufError, OSError, ImportError, MemoryError))


def _begin(order: Mapping[str, Any], say: Say) -> tuple[str, object]:
    from oi_tui.models.local.ctransformers.chat_server import ChatServer
    from oi_tui.models.local.ctransformers.loading import load

    model = load(order, lambda part: say(loading=round(part, 3)))
    server = ChatServer(model, order["key"])
    threading.stack_size(_STACK)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.base, server


if __name__ == "__main__":
    sys.exit(main())
