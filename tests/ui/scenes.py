"""The catalogue of scenes: what the picture tests compare and `screenshots/` shows.

`python -m tests.ui.scenes screenshots` draws every scene into that folder.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from oi_tui.config.schema import Settings
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    EngineState,
    RunStatus,
    ShellState,
    Usage,
    digest_of,
)
from tests.ui.fakes import AT, FOLDER, FakeListing, FakeOpener, FakeSession
from tests.ui.support import Running, running

QUESTION = "Which files here take the most room?"
PROSE = """\
I'll add up the sizes of all files below this folder and list the **ten largest**. \
Nothing is changed:

- `rglob` walks the folders
- sizes are in bytes, with separators
"""
CODE = """\
from pathlib import Path

sizes = {path: path.stat().st_size
         for path in Path(".").rglob("*") if path.is_file()}
largest = sorted(sizes, key=sizes.get, reverse=True)[:10]
for path in largest:
    print(f"{sizes[path]:>12,}  {path}")
"""
OUTPUT = b"""\
  48,201,330  photos/2024/\xe6\xb8\xaf\xe5\x8f\xa3.tif\r
   9,120,002  \x1b[36mdata/rainfall.csv\x1b[0m\r
   3,307,411  notes/archive.zip\r
     812,006  \x1b[33mharbor.db\x1b[0m\r
      61,220  tides.json\r
"""
AFTER = """\
The photo scans take by far the most room: `photos/2024/港口.tif` alone is **48 MB**, five times \
the next file. Shall I convert the scans to a smaller format?
"""


@dataclass(frozen=True)
class Scene:
    """One picture. `play` makes things happen in an application that is ready."""

    name: str
    size: tuple[int, int]
    play: Callable[[Running], Awaitable[None]]
    theme: str = "harbor-dark"
    settings: Settings = field(default_factory=lambda: Settings(model="gpt-4o"))
    providers: Sequence[str] = ()
    needs_session: bool = True


def _ask(session: FakeSession) -> None:
    session.emit(ev.TurnStarted(QUESTION))
    session.emit(ev.StateChanged(EngineState.THINKING))
    session.emit(ev.MessageStarted("m1"))


def _propose(session: FakeSession) -> None:
    _ask(session)
    session.emit(ev.TextAdded("m1", PROSE))
    session.emit(ev.MessageFinished("m1", PROSE, True))
    usage = Usage(1240, 96, 0.0042)
    session.emit(ev.UsageReported(usage, usage, 14_200, 128_000))
    session.propose("c1", "python", CODE)


def _start(session: FakeSession, run: Running) -> None:
    digest = digest_of(CODE)
    session.emit(ev.ApprovalResolved("c1", Decision.APPROVE, digest, Decider.USER))
    session.emit(ev.StateChanged(EngineState.RUNNING))
    session.emit(ev.ShellChanged("python", ShellState.BUSY, FOLDER))
    session.emit(ev.RunStarted("c1", "python", digest))
    run.main.output.tap.output("python", OUTPUT)
    session.emit(ev.OutputAdded("c1", OUTPUT))


async def idle(run: Running) -> None:
    """Nothing has happened."""


async def streaming(run: Running) -> None:
    """The model writes."""
    _ask(run.session)
    run.session.emit(ev.TextAdded("m1", PROSE[:150]))
    await run.until(lambda: run.main.has_class("-begun"))


async def proposal(run: Running) -> None:
    """Code waits for a decision."""
    _propose(run.session)
    await run.until(lambda: run.main.approval.is_waiting)
    run.main.approval.focus()


async def running_code(run: Running) -> None:
    """Code runs, with output."""
    await proposal(run)
    _start(run.session, run)
    await run.until(lambda: run.main.has_class("-ran"))


async def finished(run: Running) -> None:
    """The run is over and the model has answered."""
    await running_code(run)
    session = run.session
    session.emit(ev.RunFinished("c1", RunStatus.OK, 0, 0.21, FOLDER, len(OUTPUT)))
    session.emit(ev.ShellChanged("python", ShellState.IDLE, FOLDER))
    session.emit(ev.MessageStarted("m2"))
    session.emit(ev.MessageFinished("m2", AFTER, True))
    session.emit(ev.StateChanged(EngineState.IDLE))
    await run.until(lambda: run.main.activity.state is EngineState.IDLE)


async def completing(run: Running) -> None:
    """A command is being written."""
    await finished(run)
    await run.press("%")
    await run.until(lambda: run.main.completion.is_open)


async def welcome(run: Running) -> None:
    """The first run."""
    await run.until(lambda: run.app.screen is not run.main)


SCENES = (
    Scene(
        "welcome",
        (120, 36),
        welcome,
        settings=Settings(),
        providers=("openai",),
        needs_session=False,
    ),
    Scene("idle", (150, 42), idle),
    Scene("streaming", (150, 42), streaming),
    Scene("proposal", (150, 42), proposal),
    Scene("running", (150, 42), running_code),
    Scene("finished", (150, 42), finished),
    Scene("completion", (120, 36), completing),
    Scene("narrow", (80, 24), proposal),
    Scene("light", (150, 42), finished, theme="harbor-light"),
    Scene("lantern", (120, 36), proposal, theme="lantern"),
    Scene("high-contrast", (120, 36), finished, theme="high-contrast"),
)


def _opener(scene: Scene) -> FakeOpener:
    opener = FakeOpener(replace(scene.settings, theme=scene.theme))
    opener.with_key = list(scene.providers)
    opener.first = FakeSession("now")
    day = 86_400
    opener.listings = [
        FakeListing("now", QUESTION),
        FakeListing("b", "Rename the photos by date", AT - 3_600),
        FakeListing("c", "Plot the rainfall of 2025", AT - day),
        FakeListing("d", "整理下載資料夾", AT - day),
        FakeListing("e", "Why is the build slow?", AT - 9 * day, open_elsewhere=True),
    ]
    return opener


async def draw(scene: Scene) -> str:
    """Return a scene as SVG text that is the same every time."""
    os.environ["HOME"] = "/home/ada"
    async with running(_opener(scene), size=scene.size, wait=scene.needs_session) as run:
        await scene.play(run)
        run.main.prompt.cursor_blink = False
        for _ in range(12):
            await run.pilot.pause(0.05)
        return normalized(run.app.export_screenshot(title="oi-tui"))


def normalized(svg: str) -> str:
    """Take out what differs from run to run, and spaces that some viewers swallow."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = re.sub(r"running [\d.]+ s", "running 0.2 s", svg.replace("&#160;", "\u00a0"))
    svg = re.sub(r"running\u00a0[\d.]+\u00a0s", "running\u00a00.2\u00a0s", svg)

    svg = re.sub(r"\d\d:\d\d:\d\d", "12:00:00", svg)

    def shift(match: re.Match[str]) -> str:
        x = float(match[2]) + 12.2 * len(match[4])
        return f'{match[1]}x="{x:g}"{match[3]}>'

    return re.sub(r'(<text class="[^"]*" )x="([\d.]+)"([^>]*)>(\u00a0+)', shift, svg)


def main(folder: Path) -> None:
    """Draw every scene into a folder."""
    os.environ.update(
        TEXTUAL_ANIMATIONS="none", TERM="xterm-256color", COLORTERM="truecolor", TZ="UTC"
    )
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        path = folder / f"{scene.name}.svg"
        path.write_text(asyncio.run(draw(scene)) + "\n", encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
