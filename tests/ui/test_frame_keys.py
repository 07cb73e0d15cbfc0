"""Keys on the main screen: the ladders in place, panes, help, palette, quitting."""

from __future__ import annotations

from oi_tui.config.schema import Settings
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import EngineState
from oi_tui.ui.screens.confirm import Confirm
from oi_tui.ui.screens.help import HelpScreen
from tests.ui.fakes import FakeOpener, FakeSession, listing
from tests.ui.support import Running, running


async def _enter(run: Running, state: EngineState) -> None:
    run.session.emit(ev.StateChanged(state))
    await run.until(lambda: run.main.activity.state is state)


async def test_ctrl_c_twice_quits_an_idle_application() -> None:
    async with running() as run:
        await run.press("ctrl+c")
        assert "quit" in run.main.hints.shown
        await run.press("ctrl+c")
        await run.until(lambda: not run.app.is_running)
    assert run.session.closed.is_set()


async def test_ctrl_c_interrupts_what_runs_and_keeps_the_draft() -> None:
    async with running() as run:
        await _enter(run, EngineState.RUNNING)
        await run.press(*"draft", "ctrl+c")
        assert run.session.fake.interrupts == 1
        assert run.main.prompt.text == "draft"


async def test_escape_stops_a_thinking_model_at_once_and_a_run_at_the_second_press() -> None:
    async with running() as run:
        await _enter(run, EngineState.THINKING)
        await run.press("escape")
        assert run.session.fake.interrupts == 1
        await _enter(run, EngineState.RUNNING)
        await run.press("escape")
        assert run.session.fake.interrupts == 1
        await run.press("escape")
        assert run.session.fake.interrupts == 2


async def test_quitting_asks_while_something_runs() -> None:
    async with running() as run:
        await _enter(run, EngineState.RUNNING)
        await run.press("ctrl+q")
        await run.until(lambda: run.asks(Confirm))
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
        await run.press("ctrl+q")
        await run.until(lambda: run.asks(Confirm))
        await run.press("y")
        await run.until(lambda: not run.app.is_running)


async def test_f1_shows_keys_of_the_focused_pane_and_escape_closes_it() -> None:
    async with running() as run:
        await run.press("f1")
        await run.until(lambda: isinstance(run.app.screen, HelpScreen))
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
        assert run.main.prompt.has_focus


async def test_a_remapped_key_works_and_the_old_one_does_not() -> None:
    opener = FakeOpener(Settings(model="m", keymap={"help.keys": "f9", "prompt.send": "ctrl+x"}))
    async with running(opener) as run:
        await run.press("f1")
        assert run.app.screen is run.main
        await run.press("f9")
        await run.until(lambda: isinstance(run.app.screen, HelpScreen))
        await run.press("escape", "h", "i", "ctrl+x")
        assert len(run.session.fake.ops) == 1


async def test_the_palette_offers_commands_and_survives_hostile_titles() -> None:
    async with running() as run:
        await run.press("ctrl+p", *"undo")
        await run.until(lambda: run.app.screen is not run.main)
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)


async def test_f6_goes_around_the_panes_on_the_screen() -> None:
    async with running() as run:
        run.session.propose("c1", "python", "print(1)")
        await run.until(lambda: run.main.approval.is_waiting)
        run.main.prompt.focus()
        await run.pilot.pause()
        await run.press("f6")
        assert run.main.approval.has_focus_within
        await run.press("f6")
        assert run.main.conversation.has_focus
        await run.press("f6")
        assert run.main.sidebar.has_focus_within
        await run.press("f6")
        assert run.main.prompt.has_focus
        await run.press("shift+f6")
        assert run.main.sidebar.has_focus_within


async def test_ctrl_b_shows_and_hides_the_sessions_at_every_width() -> None:
    for size, shown_first in (((150, 40), True), ((110, 40), False), ((80, 24), False)):
        async with running(size=size) as run:
            assert run.main.query_one("#sessions").display is shown_first
            await run.press("ctrl+b")
            assert run.main.query_one("#sessions").display is not shown_first
            await run.press("ctrl+b")
            assert run.main.query_one("#sessions").display is shown_first


async def test_a_session_is_opened_from_the_list_and_the_old_one_closed() -> None:
    opener = FakeOpener()
    opener.shelf.listings = [listing("old", "[/b] hostile [red]title"), listing("x", "Other")]
    past = [ev.Envelope(1, 0.0, "old", 1, ev.TurnStarted("what was"))]
    opener.kept["old"] = FakeSession("old", past)
    async with running(opener) as run:
        first = run.session
        await run.until(lambda: run.main.sidebar.list.row)
        run.main.sidebar.focus_list()
        await run.press("home", "enter")
        await run.until(lambda: run.session.session_id == "old", "the other session")
        await run.until(lambda: run.main.has_class("-begun"), "its conversation")
        assert first.closed.is_set()
        await run.press("up")
        assert run.main.prompt.text == "what was"


async def test_a_session_that_is_gone_is_said_and_nothing_breaks() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        run.main.errands.switch("gone")
        await run.until(lambda: any("gone" in str(n.message) for n in run.app._notifications))


async def test_too_small_a_window_says_so_and_still_stops() -> None:
    async with running(size=(59, 14)) as run:
        assert run.main.has_class("-too-small")
        await _enter(run, EngineState.RUNNING)
        await run.press("ctrl+c")
        assert run.session.fake.interrupts == 1
        await run.pilot.resize_terminal(80, 24)
        await run.until(lambda: not run.main.has_class("-too-small"))


async def test_a_proposal_takes_the_focus_only_from_an_empty_prompt() -> None:
    async with running() as run:
        await run.press(*"I am writ")
        run.session.propose("c1", "python", "print(1)")
        await run.until(lambda: run.main.approval.is_waiting)
        await run.press(*"ing, yes")
        assert run.main.prompt.text == "I am writing, yes"
        assert "F4" in run.main.hints.shown
        await run.press("f4")
        assert run.main.approval.has_focus_within
        assert run.session.fake.ops == []


async def test_every_action_of_the_frame_has_a_method() -> None:
    async with running() as run:
        for node in (run.main, run.app):
            for _, binding in node._bindings:
                name = binding.action.partition("(")[0].rpartition(".")[2]
                target = run.app if binding.action.startswith("app.") else node
                assert hasattr(target, f"action_{name}"), binding.action
