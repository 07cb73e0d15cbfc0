"""The command `oi-tui`, also as `python -m oi_tui`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the program and return its exit code."""
    _forget_working_folder()
    from oi_tui.cli.start import start

    return start(sys.argv[1:])


def _forget_working_folder() -> None:
    """Never import from the folder that the person happens to be in: `-m` puts it first."""
    if not sys.flags.safe_path:
        try:
            folder = os.getcwd()
        except FileNotFoundError:  # it was removed below us
            folder = ""
        sys.path[:] = [entry for entry in sys.path if entry not in ("", ".", folder)]


if __name__ == "__main__":
    sys.exit(main())
