"""The prompt: sending, lines, history, paste, and a draft that is never lost."""

from __future__ import annotations

from textual import events

from oi_tui.engine.live import Launch
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import EngineState, ErrorKind
from tests.ui.fakes import FakeOpener
from tests.ui.support import running


async def test_enter_sends_and_the_text_stays_until_it_is_recorded() -> None:
    async with running() as run:
        await run.press(*"hello", "enter")
        assert run.session.fake.ops == [ops.SubmitPrompt("hello")]
        assert run.main.prompt.text == "hello"
        run.session.emit(ev.TurnStarted("hello"))
        await run.until(lambda: run.main.prompt.text == "")


async def test_what_is_typed_while_a_prompt_is_on_its_way_stays() -> None:
    async with running() as run:
        await run.press(*"one", "enter", *"two")
        run.session.emit(ev.PromptQueued("one"))
        await run.until(lambda: run.main.prompt.text == "two")


async def test_a_queued_prompt_comes_back_when_the_turn_before_it_is_stopped() -> None:
    async with running() as run:
        await run.press(*"one", "enter", *"two")
        run.session.emit(ev.PromptQueued("one"))
        await run.until(lambda: run.main.prompt.text == "two")
        run.session.emit(ev.PromptReturned("one"))
        await run.until(lambda: run.main.prompt.text == "one\ntwo")


async def test_a_prompt_that_comes_back_leaves_the_one_that_is_on_its_way_alone() -> None:
    async with running() as run:
        await run.press(*"new", "enter", *"draft")
        run.session.emit(ev.PromptReturned("old"))
        await run.until(lambda: "old" in run.main.prompt.text)
        run.session.emit(ev.TurnStarted("new"))
        await run.until(lambda: run.main.prompt.text == "old\ndraft")


async def test_a_prompt_that_cannot_be_recorded_stays_and_can_be_sent_again() -> None:
    async with running() as run:
        await run.press(*"keep", "enter")
        run.session.emit(ev.Warned(ErrorKind.STORE, "The disk is full."))
        await run.until(lambda: not run.main.prompt.held)
        assert run.main.prompt.text == "keep"
        await run.press("enter")
        assert len(run.session.fake.ops) == 2


async def test_a_prompt_written_before_the_session_is_open_is_sent_then() -> None:
    opener = FakeOpener()
    launch = Launch(opener, prompt="from the command line")
    async with running(opener, launch=launch) as run:
        await run.until(lambda: run.session.fake.ops)
        assert run.session.fake.ops == [ops.SubmitPrompt("from the command line")]


async def test_a_command_sent_before_the_session_is_open_waits_for_it() -> None:
    async with running() as run:
        run.main.activity.is_opening = True
        await run.press(*"!echo kept", "enter", *"more")
        assert run.session.fake.ops == []
        assert run.main.prompt.text == "!echo keptmore"
        assert run.main.desk.session is not None
        run.main.session_opened(run.main.desk.session)
        (op,) = run.session.fake.ops
        assert isinstance(op, ops.RunCode)
        assert op.code == "echo kept"
        assert run.main.prompt.text == "more"


async def test_enter_right_after_a_command_takes_no_way_on_from_what_was_there_before() -> None:
    async with running() as run:
        prompt = run.main.prompt
        await run.press(*"%de")
        await run.until(lambda: prompt._completion.is_open)
        prompt._put("%redo")  # what tells of the change is still on its way
        prompt._send()
        assert prompt.text == "%redo"
        await run.until(lambda: run.session.fake.ops == [ops.RedoTurn()])


async def test_new_lines_come_from_three_keys_and_a_backslash() -> None:
    async with running() as run:
        await run.press(
            "a", "ctrl+j", "b", "alt+enter", "c", "shift+enter", "d", "backslash", "enter", "e"
        )
        assert run.main.prompt.text == "a\nb\nc\nd\ne"
        assert run.session.fake.ops == []


async def test_history_steps_at_the_edges_and_returns_to_the_draft() -> None:
    async with running() as run:
        run.main.prompt.set_history(["first", "second\nline"])
        await run.press(*"draft", "up")
        assert run.main.prompt.text == "second\nline"
        await run.press("up")
        assert run.main.prompt.text == "first"
        await run.press("up")
        assert run.main.prompt.text == "first"
        await run.press("down")
        assert run.main.prompt.text == "second\nline"
        await run.press("down", "down")
        assert run.main.prompt.text == "draft"


async def test_ctrl_c_puts_the_draft_away_and_up_brings_it_back() -> None:
    async with running() as run:
        await run.press(*"draft", "ctrl+c")
        assert run.main.prompt.text == ""
        await run.press("up")
        assert run.main.prompt.text == "draft"
        assert run.app.is_running


async def test_a_paste_is_text_without_escapes_and_has_an_end() -> None:
    async with running() as run:
        run.app.post_message(events.Paste("a\x1b]0;title\x07b\r\nc\u4e2d"))
        await run.until(lambda: run.main.prompt.text == "ab\nc中")
        await run.press("ctrl+c")
        run.app.post_message(events.Paste("x" * 1_000_007))
        await run.until(lambda: len(run.main.prompt.text) == 1_000_000)
        assert "7" in run.main.hints.shown
        assert run.session.fake.ops == []


async def test_wide_characters_are_typed_and_sent() -> None:
    async with running() as run:
        await run.press("你", "好", "enter")
        assert run.session.fake.ops == [ops.SubmitPrompt("你好")]


async def test_commands_complete_and_do_not_reach_the_model() -> None:
    async with running() as run:
        await run.press("%", "u", "n")
        assert run.main.completion.is_open
        await run.press("tab")
        assert run.main.prompt.text == "%undo"
        await run.press("enter")
        assert run.session.fake.ops == [ops.UndoTurn()]
        assert run.main.prompt.text == ""


async def test_an_unknown_command_stays_with_a_word_about_it() -> None:
    async with running() as run:
        await run.press(*"%tokns", "enter")
        assert run.main.prompt.text == "%tokns"
        assert "%tokens" in run.main.hints.shown
        assert run.session.fake.ops == []


async def test_a_shell_line_runs_as_the_persons_own_code() -> None:
    async with running() as run:
        await run.press(*"!ls", "enter")
        assert isinstance(run.session.fake.ops[0], ops.RunCode)


async def test_the_prompt_grows_to_eight_rows_and_no_further() -> None:
    async with running() as run:
        heights = []
        for _ in range(12):
            await run.press("x", "ctrl+j")
            heights.append(run.main.prompt.size.height)
        assert heights[0] == 2
        assert max(heights) == 8


async def test_a_busy_engine_gets_the_prompt_all_the_same() -> None:
    async with running() as run:
        run.session.emit(ev.StateChanged(EngineState.RUNNING))
        await run.press(*"more", "enter")
        assert run.session.fake.ops == [ops.SubmitPrompt("more")]


async def test_earlier_prompts_are_searched_letter_by_letter() -> None:
    async with running() as run:
        prompt, completion = run.main.prompt, run.main.completion
        prompt.set_history(["plot the harbor", "list files", "plot the tides"])
        await run.press(*"half", "ctrl+r")
        assert completion.has_class("-open")  # nothing has it, and that is said
        prompt.clear()
        await run.press(*"plot")
        await run.until(lambda: completion.chosen and completion.chosen.text == "plot the tides")
        await run.press("ctrl+r", "enter")
        assert prompt.text == "plot the harbor"
        assert not completion.is_open
        assert run.session.fake.ops == []


async def test_esc_gives_the_draft_back_after_a_search() -> None:
    async with running() as run:
        run.main.prompt.set_history(["plot the harbor"])
        await run.press(*"draft", "ctrl+r", *"x", "escape")
        assert run.main.prompt.text == "draft"
        assert not run.main.completion.has_class("-open")
        await run.press("enter")
        assert run.session.fake.ops == [ops.SubmitPrompt("draft")]
