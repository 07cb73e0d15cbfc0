"""The same with asyncio: nothing blocks the loop, cancelling stops the turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from oi_tui import Proposal, Reject
from oi_tui.models.scripted import Hold, Reply, ScriptedModel
from tests.api.conftest import Maker, proposing

pytestmark = pytest.mark.shell
TOUCH = "open('made', 'w').close()"


async def test_a_chat_is_awaited(made: Maker) -> None:
    assert (await made("One.").achat("first"))[-1]["content"] == "One."


async def test_a_stream_is_iterated_and_its_consumer_approves(made: Maker) -> None:
    interpreter = made(proposing("print('a' + 'b')"), "Done.")
    chunks = []
    async for chunk in interpreter.achat("go", stream=True):
        if chunk["type"] == "confirmation":
            content = chunk["content"]
            assert isinstance(content, dict)
            content["content"] = "print('c' + 'd')"
        chunks.append(chunk)
    printed = [chunk["content"] for chunk in chunks if chunk.get("format") == "output"]
    assert printed == ["cd\n"]


async def test_leaving_the_stream_refuses(made: Maker) -> None:
    interpreter = made(proposing(TOUCH), "unreached")
    chunks = interpreter.achat("go", stream=True)
    async for chunk in chunks:
        if chunk["type"] == "confirmation":
            break
    await chunks.aclose()
    assert interpreter.last_end == "stopped"
    assert not Path("made").exists()


async def test_a_coroutine_function_may_approve(made: Maker) -> None:
    async def approve(proposal: Proposal) -> bool | Reject:
        await asyncio.sleep(0)
        return "print" in proposal.code or Reject("no")

    interpreter = made(proposing("print(1)"), proposing(TOUCH), "Done.", approve=approve)
    messages = await interpreter.achat("go")
    assert [m["content"] for m in messages if m["type"] == "console"] == ["1\n"]
    assert not Path("made").exists()


async def test_nobody_to_ask_runs_nothing(made: Maker) -> None:
    with pytest.warns(UserWarning, match="nobody could be asked"):
        await made(proposing(TOUCH)).achat("go")
    assert not Path("made").exists()


async def test_cancelling_stops_the_reply_and_the_chat_goes_on_later(made: Maker) -> None:
    hold = Hold()
    interpreter = made(Reply(["Let me think", hold]), "Here.")
    task = asyncio.ensure_future(interpreter.achat("go"))
    await asyncio.to_thread(hold.reached.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert interpreter.last_end == "interrupted"
    assert (await interpreter.achat("again"))[-1]["content"] == "Here."


async def test_cancelling_stops_what_runs(made: Maker) -> None:
    code = "open('begun', 'w').close()\nwhile True: pass"
    interpreter = made(proposing(code), auto_run=True)
    task = asyncio.ensure_future(interpreter.achat("go"))
    while not Path("begun").exists():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert interpreter.last_end == "interrupted"
    assert interpreter.run("python", "print('alive')")[0]["content"] == "alive\n"


async def test_the_loop_goes_on_while_a_model_thinks_and_several_may(made: Maker) -> None:
    holds = [Hold(), Hold()]
    interpreters = [made(port=ScriptedModel([Reply([hold, "Done."])])) for hold in holds]
    tasks = [asyncio.ensure_future(one.achat("go")) for one in interpreters]
    for hold in holds:
        while not hold.reached.is_set():
            await asyncio.sleep(0.01)
    for hold in holds:
        hold.release()
    ends = await asyncio.gather(*tasks)
    assert [messages[-1]["content"] for messages in ends] == ["Done.", "Done."]
