"""The real program with a scripted model: `python -m tests.e2e.scripted_app FILE [FLAGS]`.

FILE is JSON, a list of replies; each reply is a list of strings (prose) and objects
`{"language": ..., "code": ...}` (proposals). Everything else is real. With `CRASH` in the
environment the application fails once it is on the screen, holding that text in a local.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from oi_tui.cli import screen_front
from oi_tui.cli.arguments import parse
from oi_tui.config.keys import KeyStore
from oi_tui.config.schema import Settings
from oi_tui.guardian import Link, guard
from oi_tui.models.scripted import Proposal, Reply, Script, ScriptedModel


def read_script(path: Path) -> list[Script]:
    """Return the replies that a file describes."""
    replies: list[Script] = []
    for parts in json.loads(path.read_text(encoding="utf-8")):
        made = [part if isinstance(part, str) else Proposal(**part) for part in parts]
        replies.append(Reply(made, chunk=7))
    return replies


def fail_on_screen(secret: str) -> None:
    """Make the application raise an error once its first frame is drawn."""
    from oi_tui.ui.app import OiApp

    async def begin(_app: OiApp) -> None:
        held = secret
        raise RuntimeError(f"on purpose \x1b]0;owned\x07{len(held)}")

    vars_of_class: Any = OiApp
    vars_of_class._begin = begin


def main() -> int:
    """Run the application below its guardian."""
    script = read_script(Path(sys.argv[1]))
    arguments = parse(["-m", "scripted", *sys.argv[2:]])

    def open_model(_settings: Settings, _keys: KeyStore, _script: str | None) -> ScriptedModel:
        return ScriptedModel(script)

    def application(link: Link) -> int:
        if secret := os.environ.get("CRASH", ""):
            fail_on_screen(secret)
        return screen_front.run_screen(arguments, link, open_model)

    return guard(application)


if __name__ == "__main__":
    sys.exit(main())
