"""Events and the chat format, cut at every place; frames; the pipe."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.models.base import (
    CallDelta,
    Reading,
    ReasoningDelta,
    ReplyFinished,
    ReplyPart,
    StopReason,
    TextDelta,
)
from oi_tui.models.chat_format import ReplyParser, messages_json
from oi_tui.models.estimate import estimate_text
from oi_tui.models.pipe import PartPipe, joined
from oi_tui.models.policy import Timeouts
from oi_tui.models.sse import EventReader
from oi_tui.models.trouble import AttemptError, Cause, Trouble
from oi_tui.models.worker.frames import (
    decode_parts,
    decode_trouble,
    encode_parts,
    encode_trouble,
    receive_frame,
    send_frame,
)
from oi_tui.protocol.items import ChatMessage, Role, ToolCall, Usage
from tests.support.fault_cases import DONE, STOP, chunk

TEXT = "你好 ```py\nprint('👋🏽')\n``` done"
STREAM = b"".join(
    [b": comment\r\n\r\n", b"event: message\n", *(chunk({"content": c}) for c in TEXT), STOP, DONE]
)


def parsed(*pieces: bytes) -> tuple[str, ReplyFinished]:
    reader, parser = EventReader(), ReplyParser(trusts_done=False)
    text = ""
    for piece in pieces:
        for event in reader.feed(piece):
            text += "".join(p.text for p in parser.feed(event) if isinstance(p, TextDelta))
    for event in reader.finish():
        parser.feed(event)
    return text, parser.finish()


def test_a_stream_cut_in_two_reads_the_same() -> None:
    for cut in range(len(STREAM)):
        assert parsed(STREAM[:cut], STREAM[cut:]) == (TEXT, ReplyFinished(StopReason.STOP)), cut


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_a_stream_cut_anywhere_reads_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in itertools.pairwise(edges)]
    assert parsed(*pieces) == (TEXT, ReplyFinished(StopReason.STOP))


@given(st.integers(0, STREAM.index(STOP)))
def test_a_stream_that_ends_early_is_never_whole(length: int) -> None:
    with pytest.raises(AttemptError) as caught:
        parsed(STREAM[:length])
    assert caught.value.trouble.cause is Cause.CUT_OFF


@given(st.text(st.characters()))
def test_any_text_survives_as_valid_unicode(text: str) -> None:
    data = json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]})
    parts = ReplyParser(trusts_done=False).feed(data)
    read = "".join(p.text for p in parts if isinstance(p, TextDelta))
    read.encode("utf-8")
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert read == text


@given(st.binary(max_size=300))
def test_garbage_is_refused_or_ignored_but_never_whole(data: bytes) -> None:
    with pytest.raises(AttemptError):
        parsed(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "tool_calls", "function", "usage", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["choices", "usage", "error"]), JSON))
def test_events_of_any_shape_are_read_or_refused(event: dict[str, object]) -> None:
    parser = ReplyParser(trusts_done=True)
    with contextlib.suppress(AttemptError):  # any other exception fails the test
        parser.feed(json.dumps(event))


def test_done_alone_is_believed_only_where_said_and_only_for_prose() -> None:
    for trusts, data, is_whole in (
        (True, chunk({"content": "a"}), True),
        (False, chunk({"content": "a"}), False),
        (True, chunk({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}), False),
        (True, b"", False),
    ):
        parser = ReplyParser(trusts_done=trusts)
        for event in EventReader().feed(data + DONE):
            parser.feed(event)
        try:
            parser.finish()
        except AttemptError:
            assert not is_whole
        else:
            assert is_whole


def test_messages_are_valid_json_in_utf_8_whatever_they_hold() -> None:
    call = ToolCall("1", "execute", '{"code": "\udc00"}')
    rows = messages_json(
        [ChatMessage(Role.ASSISTANT, "", (call,)), ChatMessage(Role.TOOL, "a\ud800", call_id="1")]
    )
    json.dumps(rows, ensure_ascii=False).encode("utf-8")
    assert rows[0]["content"] is None
    assert rows[1]["tool_call_id"] == "1"


PARTS: list[ReplyPart] = [
    TextDelta("你"),
    TextDelta("好"),
    ReasoningDelta("hm"),
    CallDelta(0, "a", "execute", ""),
    CallDelta(0, "", "", "{}"),
    CallDelta(0, "b", "execute", "[]"),
    ReplyFinished(StopReason.STOP, Usage(1, 2, 0.5)),
]


def test_neighbours_are_joined_and_calls_kept_apart() -> None:
    assert list(joined(PARTS)) == [
        TextDelta("你好"),
        ReasoningDelta("hm"),
        CallDelta(0, "a", "execute", "{}"),
        CallDelta(0, "b", "execute", "[]"),
        ReplyFinished(StopReason.STOP, Usage(1, 2, 0.5)),
    ]


def test_frames_carry_parts_and_troubles() -> None:
    ours, theirs = socket.socketpair()
    trouble = Trouble(Cause.STATUS, "né\udc00", 429, 2.5)
    with ours, theirs:
        send_frame(ours, {"parts": encode_parts(PARTS), "ended": encode_trouble(trouble)})
        frame = receive_frame(theirs)
        assert frame is not None
        assert decode_parts(frame["parts"]) == PARTS
        assert decode_trouble(frame["ended"]) == trouble
        ours.close()
        assert receive_frame(theirs) is None


def test_a_full_pipe_makes_the_writer_wait_until_somebody_reads_or_closes() -> None:
    pipe = PartPipe(Timeouts())
    done = threading.Event()

    def write() -> None:
        for _ in range(3):
            pipe.put([TextDelta("x" * 1_500_000)])
        pipe.end()
        done.set()

    threading.Thread(target=write, daemon=True).start()
    assert not done.wait(0.05)
    assert sum(len(p.text) for p in pipe if isinstance(p, TextDelta)) == 4_500_000
    assert done.wait(30)


def test_wide_characters_are_estimated_as_one_token_each() -> None:
    assert estimate_text("你好世界") == 4
    assert estimate_text("") == 0
    assert estimate_text("x") == 1
    assert estimate_text("a" * 350) == 100


def test_progress_counts_what_had_to_be_read() -> None:
    parser = ReplyParser(trusts_done=True)
    step = {"prompt_progress": {"total": 100, "cache": 60, "processed": 70}, "choices": []}
    assert parser.read_event(step) == [Reading(0.25)]
    known = {"prompt_progress": {"total": 60, "cache": 60, "processed": 60}}
    assert parser.read_event(known) == [Reading(1.0)]
