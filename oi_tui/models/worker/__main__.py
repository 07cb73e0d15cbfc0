"""The program of the worker: `python -P .../worker/__main__.py DESCRIPTOR PARENT PATH`.

Makes the process safe before anything heavy is loaded: no import from the working folder, not
readable by other processes of the same user, gone when the application is gone.
"""

from __future__ import annotations

import os
import sys


def _die_with_parent(parent: int) -> None:
    """Linux: be killed when the starting thread ends, and let nobody read our memory."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
    library.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    """Serve the socket that was inherited as a descriptor."""
    descriptor, parent, package_root = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    _die_with_parent(parent)
    if package_root not in sys.path:
        sys.path.append(package_root)  # last: nothing there can stand in for a library
    from oi_tui.models.worker.serving import serve

    serve(descriptor)


if __name__ == "__main__":
    main()
