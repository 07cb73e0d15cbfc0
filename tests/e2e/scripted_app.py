"""The real program with a scripted model: `python -m tests.e2e.scripted_app FILE [FLAGS]`.

FILE is JSON, a list of replies; each reply is a list of strings (prose) and objects
`{"language": ..., "code": ...}` (proposals). Everything else is real.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

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


def main() -> int:
    """Run the application below its guardian."""
    script = read_script(Path(sys.argv[1]))
    arguments = parse(["-m", "scripted", *sys.argv[2:]])

    def open_model(_settings: Settings, _keys: KeyStore, _script: str | None) -> ScriptedModel:
        return ScriptedModel(script)

    def application(link: Link) -> int:
        return screen_front.run_screen(arguments, link, open_model)

    return guard(application)


if __name__ == "__main__":
    sys.exit(main())
