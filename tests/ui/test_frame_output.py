"""What a person asks for in the output pane: saving, a fresh shell, pictures that come by."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import EngineState, InputMode, RunStatus, digest_of
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.confirm import Confirm
from tests.ui.fakes import FakeOpener, FakeSession
from tests.ui.output.test_output_view import png
from tests.ui.support import Running, running

RED = png(4, 4, (b"\0" + b"\xff\0\0" * 4) * 4)


def said(run: Running, words: str) -> bool:
    return any(words in str(note.message) for note in run.app._notifications)


async def ran(run: Running, data: bytes = b"first\r\nsecond\r\n") -> None:
    """Let a run take place, and put the focus on its output."""
    session = run.session
    session.propose("c1", "python", "print(1)")
    session.emit(ev.StateChanged(EngineState.RUNNING))
    session.emit(ev.RunStarted("c1", "python", "d"))
    run.main.output.tap.output("python", data)
    session.emit(ev.OutputAdded("c1", data))
    session.emit(ev.RunFinished("c1", RunStatus.OK, 0, 0.1, "", len(data)))
    session.emit(ev.StateChanged(EngineState.IDLE))
    await run.until(lambda: run.main.has_class("-ran") and run.main.activity.language == "python")
    await run.until(lambda: run.main.activity.state is EngineState.IDLE)
    run.main.output.focus()
    await run.pilot.pause()


async def ask_to_save(run: Running, path: Path) -> None:
    await run.press("s")
    await run.until(lambda: isinstance(run.app.screen, AskLine), "the question")
    run.app.screen.query_one(Input).value = str(path)
    await run.press("enter")


async def test_output_is_saved_to_the_file_that_the_person_names(tmp_path: Path) -> None:
    async with running() as run:
        await ran(run)
        await ask_to_save(run, tmp_path / "kept.txt")
        await run.until(lambda: said(run, "Saved to"))
    assert (tmp_path / "kept.txt").read_text() == "first\nsecond\n"


async def test_a_file_is_overwritten_only_after_a_question(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("precious")
    async with running() as run:
        await ran(run)
        await ask_to_save(run, path)
        await run.until(lambda: run.asks(Confirm), "the second question")
        await run.press("n")
        await run.until(lambda: run.app.screen is run.main)
        assert path.read_text() == "precious"
        await ask_to_save(run, path)
        await run.until(lambda: run.asks(Confirm), "the second question")
        await run.press("r")
        await run.until(lambda: said(run, "Saved to"))
    assert path.read_text() == "first\nsecond\n"


@pytest.mark.parametrize("kind", ["folder", "missing"])
async def test_what_cannot_be_written_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "no" / "such" / "folder.txt"
    async with running() as run:
        await ran(run)
        await ask_to_save(run, path)
        if kind == "folder":
            await run.until(lambda: run.asks(Confirm))
            await run.press("r")
        await run.until(lambda: said(run, "could not be written"))
        assert run.app.screen is run.main


async def test_esc_saves_nothing_and_gives_the_focus_back(tmp_path: Path) -> None:
    async with running() as run:
        await ran(run)
        await run.press("s")
        await run.until(lambda: isinstance(run.app.screen, AskLine))
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
        assert run.main.output.has_focus_within
    assert not list(tmp_path.iterdir())


async def test_a_shell_is_restarted_only_after_a_question() -> None:
    async with running() as run:
        await ran(run)
        for answer, asked in (("n", []), ("r", [ops.RestartShell("python")])):
            await run.press("R")
            await run.until(lambda: run.asks(Confirm), "the question")
            await run.press(answer)
            await run.until(lambda: run.app.screen is run.main)
            assert [op for op in run.session.fake.ops if isinstance(op, ops.RestartShell)] == asked


async def test_a_picture_of_a_run_is_drawn_below_its_output() -> None:
    async with running() as run:
        await ran(run)
        stage = run.main.output._stage
        before = stage.terminal("python").rows.end
        run.session.emit(ev.DisplayAdded("c1", "image/png", RED))
        await run.until(lambda: stage.terminal("python").rows.end > before, "the picture")


async def test_a_picture_of_a_session_that_is_opened_again_is_drawn() -> None:
    digest = digest_of("plot()")
    past: list[ev.Event] = [
        ev.TurnStarted("draw"),
        ev.CodeStarted("c1", "python"),
        ev.CodeFinished("c1", "python", "plot()", digest, True),
        ev.RunStarted("c1", "python", digest),
        ev.DisplayAdded("c1", "image/png", RED),
        ev.RunFinished("c1", RunStatus.OK, 0, 0.1, "", 0),
    ]
    opener = FakeOpener()
    opener.first = FakeSession(
        "s", [ev.Envelope(n, 0.0, "s", 1, event) for n, event in enumerate(past, 1)]
    )
    async with running(opener) as run:
        rows = run.main.output._stage.terminal("python").rows
        await run.until(lambda: rows.end - rows.first > 2, "the picture")


async def test_f4_answers_a_program_that_waits_and_the_focus_comes_back_after_it() -> None:
    async with running() as run:
        session = run.session
        session.propose("c1", "python", "input()")
        session.emit(ev.StateChanged(EngineState.RUNNING))
        session.emit(ev.RunStarted("c1", "python", "d"))
        session.emit(ev.InputAwaited("c1", InputMode.LINE, True))
        await run.until(lambda: run.main.activity.waits_for_input)
        run.main.prompt.focus()
        await run.press("f4")
        await run.until(lambda: run.main.output.typing, "the field")
        await run.press(*"42", "enter")
        assert session.fake.typed == b"42\n"
        session.emit(ev.RunFinished("c1", RunStatus.OK, 0, 0.1, "", 0))
        await run.until(lambda: not run.main.output.typing)
        await run.until(lambda: run.main.prompt.has_focus, "the focus in the prompt")
