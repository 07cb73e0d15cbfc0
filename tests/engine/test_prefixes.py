"""Each request begins with the one before, byte for byte: what was read need not be read again.

A model on this machine reads a hundred tokens a second; a clock in the instructions would make it
read everything anew at each step.
"""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from oi_tui.config.schema import Settings, ToolMode
from oi_tui.models.chat_format import request_json
from oi_tui.models.scripted import Proposal, Reply
from oi_tui.protocol import events as ev
from tests.engine.harness import APPROVE, REJECT, staged


@pytest.mark.parametrize("mode", [ToolMode.FENCES, ToolMode.TOOLS])
def test_a_request_begins_with_the_one_before(mode: ToolMode) -> None:
    code = Proposal("python", "print(1)")
    replies = (Reply(("Look.", code)), "Done.", Reply((code,)), "Then not.", "Bye.")
    with staged(*replies, settings=Settings(model="scripted", tool_mode=mode)) as stage:
        stage.prompt("one")
        stage.decide(APPROVE)
        stage.wait_for_turn(1)
        stage.prompt("two")
        stage.decide(REJECT, "not now", count=2)
        stage.wait_for_turn(2)
        stage.prompt("three")
        stage.wait_for_turn(3)
        requests = stage.model.requests
    assert len(requests) == 5
    assert len(stage.of(ev.ApprovalRequested)) == 2
    for one, after in pairwise(requests):
        before, following = request_json(one), request_json(after)
        shared = following["messages"][: len(before["messages"])]
        assert json.dumps(shared) == json.dumps(before["messages"])
        assert following.get("tools") == before.get("tools")
