"""What is loaded when the first frame stands, seen in a fresh process on the real way there.

A person can type from that frame on; whatever is loaded before it makes everybody wait.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs the screen's front end as the guardian's child does, but for Textual's headless driver, and
# leaves at the moment at which the application would begin to load the rest.
AT_THE_FIRST_FRAME = """
import os, sys
os.environ["TEXTUAL_DRIVER"] = "textual.drivers.headless_driver:HeadlessDriver"
from oi_tui.cli.start import parse
from oi_tui.cli.screen_front import run_screen
from oi_tui.ui.app import OiApp

class Link:
    def remember(self, line): pass
    def ended_cleanly(self): pass

async def begin(app):
    prompt = app.main.prompt
    assert prompt.has_focus and prompt.region.height, "no prompt stands there"
    os.write(REPORT, "\\n".join(sys.modules).encode())
    os._exit(0)

OiApp._begin = begin
sys.exit(run_screen(parse(["-m", "nobody"]), Link()))
"""
BELOW = ("engine", "store", "models", "shells", "transcript", "headless", "doctor")
MAY_BE_THERE = {"oi_tui.engine", "oi_tui.engine.live"}  # the seam, which holds types only
PARTS_OF_THE_SCREEN = (
    "approval",
    "bridge",
    "desk",
    "dispatch",
    "emulator",
    "markdown",
    "palette",
    "screens.furniture",
    "screens.errands",
    "screens.lines",
    "screens.welcome",
    "widgets.conversation",
    "widgets.output_view",
    "widgets.sidebar",
)
FOREIGN = {
    "litellm",
    "openai",
    "httpx",
    "pexpect",
    "keyring",
    "yaml",
    "sqlite3",
    "pygments",
    "markdown_it",
    "tree_sitter",
    "psutil",
    "PIL",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all modules at the first frame."""
    home = str(tmp_path_factory.mktemp("home"))
    report, end = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", AT_THE_FIRST_FRAME.replace("REPORT", str(end))],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "HOME": home, "OI_TUI_HOME": home, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(end,),
            timeout=60,
            check=False,
        )
    finally:
        os.close(end)
    with os.fdopen(report, encoding="utf-8") as file:
        names = set(file.read().split())
    assert names, done.stderr.decode(errors="replace")
    return names


@pytest.mark.parametrize("room", BELOW)
def test_nothing_below_the_screen_is_loaded(loaded: set[str], room: str) -> None:
    start = f"oi_tui.{room}"
    found = {name for name in loaded if name == start or name.startswith(start + ".")}
    assert found <= MAY_BE_THERE


@pytest.mark.parametrize("part", PARTS_OF_THE_SCREEN)
def test_no_part_of_the_screen_that_is_empty_at_first_is_loaded(
    loaded: set[str], part: str
) -> None:
    assert not {name for name in loaded if name.startswith(f"oi_tui.ui.{part}")}


def test_no_event_and_no_op_is_loaded(loaded: set[str]) -> None:
    assert not loaded & {"oi_tui.protocol.events", "oi_tui.protocol.ops", "oi_tui.protocol.codec"}


def test_no_foreign_library_but_that_of_the_screen_is_loaded(loaded: set[str]) -> None:
    assert not {name.partition(".")[0] for name in loaded} & FOREIGN
    assert "textual" in loaded
