"""The scripted model: what it says, how it waits, how it ends."""

from __future__ import annotations

import json
import threading

import pytest

from oi_tui.models.base import (
    CallDelta,
    ChatModel,
    ChatRequest,
    ModelError,
    ReplyFinished,
    ReplyPart,
    StopReason,
    TextDelta,
    ToolSchema,
)
from oi_tui.models.scripted import CutOff, Fault, Fence, Hold, Proposal, Reply, ScriptedModel
from oi_tui.protocol.items import ChatMessage, ErrorKind, Role

TOOL = ToolSchema("execute", "Run code.", {"type": "object"})


def ask(*tools: ToolSchema) -> ChatRequest:
    return ChatRequest("scripted", (ChatMessage(Role.USER, "hello"),), tools)


def text_of(parts: list[ReplyPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def test_prose_comes_in_chunks_and_finishes() -> None:
    model: ChatModel = ScriptedModel([Reply(("你好 world",), chunk=2)])
    parts = list(model.stream(ask()))
    assert parts[0] == TextDelta("你好")
    assert text_of(parts) == "你好 world"
    assert parts[-1] == ReplyFinished(StopReason.STOP)


def test_a_proposal_is_a_call_where_tools_are_offered_and_a_fence_elsewhere() -> None:
    model = ScriptedModel([Reply((Proposal("python", "a = '```'"),), chunk=3)] * 2)
    calls = [part for part in model.stream(ask(TOOL)) if isinstance(part, CallDelta)]
    assert json.loads("".join(c.arguments for c in calls)) == {
        "language": "python",
        "code": "a = '```'",
    }
    assert {c.call_id for c in calls} == {"scripted-1-1"}
    assert text_of(list(model.stream(ask()))) == "\n````python\na = '```'\n````\n"


def test_replies_may_look_at_the_request_and_run_out_politely() -> None:
    model = ScriptedModel([lambda request: request.messages[-1].text.upper()])
    assert text_of(list(model.stream(ask()))) == "HELLO"
    last = text_of(list(model.stream(ask())))
    assert last
    assert "```" not in last
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    ("part", "kind"),
    [(Fault(ErrorKind.RATE_LIMIT), ErrorKind.RATE_LIMIT), (CutOff(), ErrorKind.CUT_OFF)],
)
def test_faults_come_after_what_was_said(part: Fault | CutOff, kind: ErrorKind) -> None:
    seen: list[ReplyPart] = []
    stream = ScriptedModel([Reply(("so far ", part, "never"))]).stream(ask())
    with pytest.raises(ModelError) as caught:
        seen.extend(stream)
    assert caught.value.info.kind is kind
    parts = iter(ScriptedModel([Reply(("so far ", part))]).stream(ask()))
    assert next(parts) == TextDelta("so far ")


@pytest.mark.parametrize("release", [True, False])
def test_a_held_stream_goes_on_when_released_and_ends_when_closed(release: bool) -> None:
    hold = Hold()
    stream = ScriptedModel([Reply(("one", hold, Fence("sh", "two")))]).stream(ask())
    seen: list[ReplyPart] = []
    thread = threading.Thread(target=lambda: seen.extend(stream))
    thread.start()
    assert hold.reached.wait(30)
    assert seen == [TextDelta("one")]
    if release:
        hold.release()
    else:
        stream.close()
    thread.join(30)
    assert not thread.is_alive()
    assert text_of(seen) == ("one\n```sh\ntwo\n```\n" if release else "one")
