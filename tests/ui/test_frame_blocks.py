"""What the keys on a block of the conversation lead to."""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import Decider, Decision, EngineState, digest_of
from oi_tui.ui.approval.body import Mode
from oi_tui.ui.approval.code_editor import CodeEditor
from tests.ui.fakes import FakeOpener, FakeSession
from tests.ui.support import Running, running

CODE = "print('again')"


async def a_block_under_the_cursor(run: Running) -> None:
    session = run.session
    session.emit(ev.TurnStarted("do it"))
    session.propose("c1", "python", CODE)
    session.emit(ev.ApprovalResolved("c1", Decision.REJECT, digest_of(CODE), Decider.USER))
    session.emit(ev.StateChanged(EngineState.IDLE))
    await run.until(lambda: run.main.activity.state is EngineState.IDLE)
    await run.until(lambda: not run.main.approval.is_waiting)
    await run.until(lambda: run.main.conversation.flow.entries)
    run.main.prompt.focus()
    await run.press("alt+up")


async def test_run_again_proposes_the_code_and_runs_nothing() -> None:
    async with running() as run:
        await a_block_under_the_cursor(run)
        await run.press("r")
        assert run.session.fake.ops == [ops.ProposeCode("python", CODE)]
        run.session.propose("own-1", "python", CODE)
        await run.until(lambda: run.main.approval.is_waiting)
        assert run.main.approval.body.mode is Mode.READING


async def test_edit_and_run_opens_the_editor_of_the_proposal_at_once() -> None:
    async with running() as run:
        await a_block_under_the_cursor(run)
        await run.press("e")
        assert run.session.fake.ops == [ops.ProposeCode("python", CODE)]
        run.session.propose("own-1", "python", CODE)
        await run.until(lambda: run.main.approval.body.mode is Mode.EDITING, "the editor")
        editor = run.main.approval.query_one(CodeEditor)
        await run.until(lambda: editor.has_focus)
        await run.press("#")
        await run.press("escape")
        assert run.session.fake.ops[-1] == ops.EditProposal("own-1", "#" + CODE)


async def test_a_block_is_copied_and_put_into_the_prompt() -> None:
    async with running() as run:
        await a_block_under_the_cursor(run)
        await run.press("c")
        await run.until(lambda: run.app.clipboard == CODE)
        await run.press("p")
        await run.until(lambda: run.main.prompt.text == CODE)
        assert run.main.prompt.has_focus


async def test_a_session_that_can_only_be_read_says_that_nothing_runs() -> None:
    opener = FakeOpener()
    past: list[ev.Event] = [
        ev.TurnStarted("x"),
        ev.CodeStarted("c1", "python"),
        ev.CodeFinished("c1", "python", CODE, digest_of(CODE), True),
    ]
    envelopes = [ev.Envelope(n, 0.0, "s", 1, event) for n, event in enumerate(past, 1)]
    opener.first = FakeSession("s", envelopes, read_only="Open elsewhere.")
    async with running(opener, wait=False) as run:
        await run.until(lambda: opener.opened and run.main.is_furnished)
        await run.until(lambda: run.main.has_class("-begun"))
        await run.press("alt+up", "r")
        assert "Nothing can run" in run.main.hints.shown
