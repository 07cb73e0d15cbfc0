"""The full-screen application, as the guardian's child runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from oi_tui.assembly.opener import open_real_model
from oi_tui.cli.preparation import PreparationError, prepare, session_to_open
from oi_tui.cli.start import OK, USAGE, say
from oi_tui.config.places import places
from oi_tui.crash import report_crash, watch_threads
from oi_tui.engine.live import Launch
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from pathlib import Path

    from oi_tui.assembly.opener import ModelOpener
    from oi_tui.cli.arguments import Arguments
    from oi_tui.guardian import Link


def run_screen(arguments: Arguments, link: Link, open_model: ModelOpener = open_real_model) -> int:
    """Run the application; return its exit code. Whatever fails here is told in plain words."""
    if not os.isatty(2):
        os.dup2(1, 2)  # the screen is drawn on stderr
    state = places().state
    try:
        prepared = prepare(arguments, remember=link.remember, open_model=open_model)
        launch = Launch(
            opener=prepared.opener,
            session_id=session_to_open(arguments, prepared),
            prompt=arguments.prompt,
            tour=arguments.tour,
            conversations=arguments.conversations,
            notices=prepared.notices,
            choose_local=prepared.local.choose,
            local_model=prepared.local.missing,
            quality=arguments.gguf_quality,
        )
        watch_threads(state)
        return _run(launch, prepared.places.config / "themes")
    except PreparationError as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    except Exception as error:  # the last border: nobody above could tell the person
        return report_crash(error, state)


def _run(launch: Launch, themes: Path) -> int:
    from oi_tui.ui.app import run_app

    return run_app(launch, theme_folder=themes) or OK
