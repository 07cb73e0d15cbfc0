from __future__ import annotations

from oi_tui.models.scripted import Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import TurnEnd
from oi_tui.shells.base import OutputArrived
from tests.engine.harness import APPROVE, FENCES, staged

COUNT = Proposal("python", "print(1)")
SCRIPT = {"print(1)": [OutputArrived(b"1\r\n")]}


def test_the_whole_way_with_a_tool_call() -> None:
    with staged(Reply(("Let me see.", COUNT), chunk=3), "It is 1.", script=SCRIPT) as stage:
        stage.prompt("count")
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert stage.of(ev.RunFinished)[0].output_bytes == 3
        assert "1" in stage.model.requests[1].messages[-1].text


def test_the_whole_way_with_fences() -> None:
    replies = (Reply(("Let me see.", COUNT, "Wait."), chunk=3), "It is 1.")
    with staged(*replies, script=SCRIPT, settings=FENCES) as stage:
        stage.prompt("count")
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        texts = [message.text for message in stage.of(ev.MessageFinished)]
        assert texts == ["Let me see.\n", "Wait.", "It is 1."]
