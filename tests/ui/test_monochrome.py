"""Without any color, the screen still says what waits, what is dangerous and what runs."""

from __future__ import annotations

import pytest

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ShellState
from oi_tui.ui.widgets.status_bar import SHELL_MARKS
from tests.ui import plays
from tests.ui.drawing import words
from tests.ui.fakes import FOLDER, HeldClock
from tests.ui.support import Running, running


@pytest.fixture
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def _said(run: Running) -> str:
    return _bare(words(run.app.export_screenshot()))


def _bare(text: str) -> str:
    """Leave out spaces: where no color parts two words, they are one piece of the picture."""
    return "".join(text.split())


async def _shown(run: Running, *texts: str) -> None:
    await run.until(
        lambda: all(_bare(text) in _said(run) for text in texts), f"{texts} in {_said(run)}"
    )


@pytest.mark.usefixtures("_no_color")
async def test_a_proposal_and_its_dangers_are_words() -> None:
    async with running(size=(150, 42), held=HeldClock()) as run:
        await plays.hidden(run)
        await _shown(run, "ASK", "waiting for you", "Your decision", "May delete or overwrite")
        await _shown(run, "2 hidden characters", "⟨U+202E⟩", "run", "reject")


@pytest.mark.usefixtures("_no_color")
async def test_the_mode_and_the_shells_are_words_and_marks() -> None:
    async with running(size=(150, 42), held=HeldClock()) as run:
        run.session.emit(ev.AutoRunChanged(True))
        for language, state in (("python", ShellState.WAITING), ("bash", ShellState.DEAD)):
            run.session.emit(ev.ShellChanged(language, state, FOLDER))
        await _shown(run, "AUTO", "◆python", "✕bash")


def test_each_state_of_a_shell_has_a_mark_of_its_own() -> None:
    marks = [mark for mark, _ in SHELL_MARKS.values()]
    assert set(SHELL_MARKS) == set(ShellState)
    assert len(set(marks)) == len(marks)
