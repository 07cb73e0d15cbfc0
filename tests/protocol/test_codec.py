from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.protocol import codec, items, ops
from oi_tui.protocol import events as ev
from oi_tui.protocol.acknowledgement import is_acknowledgement

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(float, FLOATS)

EVENT_KINDS = get_args(ev.Event)
ANY_EVENT = st.one_of(*(st.from_type(kind) for kind in EVENT_KINDS))
OP_KINDS = get_args(ops.Op)


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.__name__)
def test_every_event_survives_the_way_through_json(kind: type[ev.Event]) -> None:
    @settings(max_examples=40)
    @given(st.from_type(kind))
    def check(event: ev.Event) -> None:
        line = json.dumps(codec.encode_event(event), allow_nan=False)
        line.encode()
        assert codec.decode_event(json.loads(line)) == event

    check()


@pytest.mark.parametrize("kind", OP_KINDS, ids=lambda kind: kind.__name__)
def test_every_op_survives_the_way_through_json(kind: type[ops.Op]) -> None:
    @settings(max_examples=40)
    @given(st.from_type(kind))
    def check(op: ops.Op) -> None:
        assert codec.decode_op(json.loads(json.dumps(codec.encode_op(op)))) == op

    check()


@given(st.builds(ev.Envelope, st.integers(1), FLOATS, TEXTS, st.integers(0), ANY_EVENT))
def test_envelopes_survive(envelope: ev.Envelope) -> None:
    value = json.loads(json.dumps(codec.encode_envelope(envelope)))
    assert codec.decode_envelope(value) == envelope


@given(st.binary(max_size=60))
def test_bytes_are_text_where_they_are_clean(data: bytes) -> None:
    encoded = codec.encode_event(ev.OutputAdded("c1", data))
    try:
        data.decode()
    except UnicodeDecodeError:
        assert isinstance(encoded["data"], dict)
    else:
        assert isinstance(encoded["data"], str)
    assert codec.decode_event(encoded) == ev.OutputAdded("c1", data)


def test_lone_surrogates_are_replaced_when_writing_and_reading() -> None:
    encoded = codec.encode_event(ev.TextAdded("m1", "a\ud800b"))
    assert encoded["text"] == "a\ufffdb"
    read = codec.decode_event({"type": "TextAdded", "message_id": "m1", "text": "\udfffx"})
    assert read == ev.TextAdded("m1", "\ufffdx")


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        {},
        {"type": "FromTheFuture", "text": "x"},
        {"type": ["TextAdded"], "message_id": "m", "text": "x"},
        {"type": "TextAdded", "message_id": "m"},
        {"type": "TextAdded", "message_id": "m", "text": 7},
        {"type": "LineReached", "call_id": "c", "line": True},
        {"type": "StateChanged", "state": "dreaming"},
        {"type": "OutputAdded", "call_id": "c", "data": {"base64": "*"}},
        {"type": "OutputAdded", "call_id": "c", "data": {"base64": 7}},
        {"type": "ApprovalRequested", "notes": "abc"},
        {"type": "Retrying", "kind": "auth", "attempt": 1, "attempts": 2, "wait": 10**400},
    ],
)
def test_what_cannot_be_understood_is_none(value: object) -> None:
    assert codec.decode_event(value) is None


def test_unknown_fields_are_ignored_and_missing_ones_have_their_defaults() -> None:
    value = {
        "type": "CodeFinished",
        "call_id": "c",
        "language": "python",
        "code": "1",
        "digest": "d",
        "runnable": True,
        "color": "blue",
    }
    assert codec.decode_event(value) == ev.CodeFinished("c", "python", "1", "d", True)


def test_numbers_that_json_cannot_say_do_not_break_a_line() -> None:
    event = ev.Retrying(items.ErrorKind.NETWORK, 1, 2, float("inf"))
    json.dumps(codec.encode_event(event), allow_nan=False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(EVENT_KINDS), st.data())
def test_any_json_in_any_field_is_read_or_refused(
    kind: type[ev.Event], data: st.DataObject
) -> None:
    names = list(kind.__dataclass_fields__)
    value = {name: data.draw(json_values) for name in names}
    codec.decode_event({"type": kind.__name__, **value})
    codec.decode_envelope({"seq": 1, "at": data.draw(json_values), "event": value})


def test_decisions_are_acknowledged_and_deltas_are_not() -> None:
    resolved = ev.ApprovalResolved("c", items.Decision.APPROVE, "d", items.Decider.USER)
    assert is_acknowledgement(resolved)
    assert not is_acknowledgement(ev.TextAdded("m", "x"))
