"""Keys that come in one burst: a screen is left once, and answers nothing that it did not ask."""

from __future__ import annotations

from textual import events

from oi_tui.ui.screens.confirm import Answer, Confirm
from tests.ui.fakes import FakeOpener
from tests.ui.support import Running, running

ANSWERS = (Answer("no", "n", "No"), Answer("yes", "y", "Yes"))


def ask(run: Running) -> tuple[Confirm, list[str | None]]:
    answers: list[str | None] = []
    dialog = Confirm("Really?", "", ANSWERS)
    run.app.push_screen(dialog, answers.append)
    return dialog, answers


async def test_two_answers_in_one_moment_are_one() -> None:
    async with running(FakeOpener()) as run:
        dialog, answers = ask(run)
        await run.pilot.pause()
        for key in ("y", "n", "enter"):
            dialog.post_message(events.Key(key, key))
        await run.until(lambda: answers, "the answer")
        await run.press(*"hi")
        assert answers == ["yes"]
        assert run.main.prompt.text == "hi"


async def test_what_was_typed_before_a_question_is_no_answer() -> None:
    async with running(FakeOpener()) as run:
        early = events.Key("y", "y")
        dialog, answers = ask(run)
        dialog.post_message(early)
        await run.pilot.pause()
        assert answers == []
        await run.press("y")
        await run.until(lambda: answers, "the answer")
        assert answers == ["yes"]
