"""The schema in docs/ is that of the vocabulary, and what is printed follows it."""

from __future__ import annotations

import json
import typing
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from oi_tui.protocol.codec import encode_event, encode_op
from oi_tui.protocol.events import Event, RunFinished
from oi_tui.protocol.items import Decision, RunStatus
from oi_tui.protocol.ops import Decide
from tests.headless.event_schema import FILE, schema, text
from tests.headless.test_run import run


def validator(part: str = "") -> Draft202012Validator:
    whole: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    if part:
        whole = {"$defs": whole["$defs"], "$ref": f"#/$defs/{part}"}
    return Draft202012Validator(whole)


def test_the_schema_in_docs_is_current() -> None:
    written = FILE.read_text(encoding="utf-8")
    assert written == text(), "write it anew: python -m tests.headless.event_schema"


def test_it_is_a_schema_and_knows_every_event() -> None:
    Draft202012Validator.check_schema(schema())
    assert {kind.__name__ for kind in typing.get_args(Event)} <= schema()["$defs"].keys()


@pytest.mark.parametrize("script", ["run", "fail", "hostile", "fault", "cut", "same"])
def test_what_is_printed_follows_it(script: str) -> None:
    lines = run(script, "hi", "--json", "-y").stdout.splitlines()
    assert len(lines) > 3
    for line in lines:
        validator().validate(json.loads(line))
    assert "format" in json.loads(lines[0])


def test_it_refuses_what_is_no_event() -> None:
    event = encode_event(RunFinished("c1", RunStatus.OK, None, 0.5, "/", 3))
    right = {"seq": 1, "at": 1.0, "session_id": "s", "turn": 1, "event": event}
    assert validator().is_valid(right)
    for wrong in ({"status": "fine"}, {"type": "Unknown"}, {"seconds": "long"}):
        assert not validator().is_valid({**right, "event": {**event, **wrong}})


def test_decisions_may_leave_out_their_reason() -> None:
    decision = encode_op(Decide("c1", Decision.REJECT, "0" * 64))
    del decision["reason"]
    assert validator("Input").is_valid(decision)
    del decision["digest"]
    assert not validator("Input").is_valid(decision)
