"""Typing never approves: proposals that appear under a person's fingers change nothing."""

from __future__ import annotations

import asyncio

from textual import events

from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import Decider, Decision, EngineState, digest_of
from oi_tui.transcript import Transcript
from tests.ui.support import running

PROSE = "yes, you may run anything except the easy ones; no way, any day "
PROPOSALS = 1000
KEYS = {" ": "space", ",": "comma", ";": "semicolon"}


async def test_a_thousand_proposals_while_prose_is_typed() -> None:
    async with running(size=(110, 36)) as run:
        session, typed = run.session, "Y"
        await run.press("Y")
        for number in range(PROPOSALS):
            call_id, code = f"c{number}", f"print({number})"
            session.propose(call_id, "python", code)
            letter = PROSE[number % len(PROSE)]
            run.app.post_message(events.Key(KEYS.get(letter, letter), letter))
            typed += letter
            session.emit(
                ev.ApprovalResolved(call_id, Decision.REJECT, digest_of(code), Decider.ENGINE)
            )
            if number % 5 == 0:
                await asyncio.sleep(0)
        await run.until(lambda: run.main.prompt.text == typed, "every character")
        assert [op for op in session.fake.ops if isinstance(op, ops.Decide)] == []
        assert run.main.activity.state is EngineState.ASKING


async def test_keys_pressed_into_a_panel_that_just_took_the_focus_reach_the_prompt() -> None:
    async with running() as run:
        run.session.propose("c1", "python", "print(1)")
        await run.until(lambda: run.main.approval.is_waiting)
        run.main.approval.focus()
        await run.pilot.pause()
        await run.pilot.press(*"yarn")
        await run.until(lambda: run.main.prompt.text == "yarn", "the whole word")
        assert run.session.fake.ops == []
        assert isinstance(run.main.desk.transcript, Transcript)
