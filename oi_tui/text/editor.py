"""Lets the person's own editor change a text. Knows nothing of what the text is for."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

_SUFFIXES = {"python": ".py", "javascript": ".js", "bash": ".sh", "zsh": ".sh", "sh": ".sh"}


def editor_command() -> list[str]:
    """Return the command of the person's editor, as `VISUAL` or `EDITOR` name it."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")


def edited(text: str, language: str = "") -> str | None:
    """Open `text` in the editor and return what was saved; None if the editor failed."""
    with tempfile.TemporaryDirectory(prefix="oi-tui-") as folder:  # 0700
        path = Path(folder) / f"proposal{_SUFFIXES.get(language, '.txt')}"
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        try:
            done = subprocess.run([*editor_command(), str(path)], check=False)
        except (OSError, ValueError):
            return None
        if done.returncode != 0:
            return None
        saved = path.read_text(encoding="utf-8", errors="replace")
    # Editors end a file with a newline whether it had one or not.
    return saved if text.endswith("\n") else saved.removesuffix("\n")
