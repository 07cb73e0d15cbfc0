"""The JSON Schema of `oi-tui run --json`, made of the vocabulary itself.

`python -m tests.headless.event_schema` writes docs/events.schema.json anew.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

from oi_tui.headless.json_view import FORMAT, INPUT
from oi_tui.protocol.codec import FORMAT_VERSION
from oi_tui.protocol.events import Event

FILE = Path(__file__).parents[2] / "docs" / "events.schema.json"
_BYTES = {
    "description": "text if the bytes are UTF-8",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["base64"],
            "properties": {"base64": {"type": "string", "contentEncoding": "base64"}},
        },
    ],
}
_PLAIN: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"$ref": "#/$defs/Bytes"},
}


def schema() -> dict[str, Any]:
    """Return the schema of one line; `#/$defs/Input` is that of a line on stdin."""
    defs: dict[str, Any] = {"Header": _header(), "Envelope": _envelope(), "Bytes": _BYTES}
    for kind in typing.get_args(Event):
        _define(kind, defs, is_tagged=True)
    inputs = typing.get_args(INPUT)
    for kind in inputs:
        _define(kind, defs, is_tagged=True, is_input=True)
    defs["Input"] = {
        "description": "A line on standard input.",
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in inputs],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line that oi-tui run --json prints",
        "oneOf": [{"$ref": "#/$defs/Header"}, {"$ref": "#/$defs/Envelope"}],
        "$defs": defs,
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(schema(), indent=1) + "\n"


def _header() -> dict[str, Any]:
    properties = {
        "format": {"const": FORMAT},
        "version": {"const": FORMAT_VERSION},
        "program": {"type": "string"},
        "session_id": {"type": "string"},
    }
    return {"description": "The first line.", **_object(properties)}


def _envelope() -> dict[str, Any]:
    properties = {
        "seq": {"type": "integer", "minimum": 1},
        "at": {"type": "number", "description": "Unix time in seconds"},
        "session_id": {"type": "string"},
        "turn": {"type": "integer"},
        "event": {
            "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in typing.get_args(Event)]
        },
    }
    return {"description": "Every other line: an event on its way.", **_object(properties)}


def _object(properties: dict[str, Any], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _define(
    kind: type, defs: dict[str, Any], *, is_tagged: bool = False, is_input: bool = False
) -> None:
    """Describe a dataclass; what is read may leave out what has a default."""
    if kind.__name__ in defs:
        return
    hints = typing.get_type_hints(kind)
    properties: dict[str, Any] = {"type": {"const": kind.__name__}} if is_tagged else {}
    defs[kind.__name__] = {}  # its place, before those that it is made of
    fields = [field for field in dataclasses.fields(kind) if field.name in hints]
    for field in fields:
        properties[field.name] = _of(hints[field.name], defs)
    optional = frozenset(
        field.name for field in fields if is_input and field.default is not dataclasses.MISSING
    )
    said = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    defs[kind.__name__] = {"description": said, **_object(properties, optional)}


def _of(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if isinstance(hint, types.UnionType):
        kinds = [each for each in typing.get_args(hint) if each is not types.NoneType]
        return {"anyOf": [*(_of(each, defs) for each in kinds), {"type": "null"}]}
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _of(typing.get_args(hint)[0], defs)}
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    _define(hint, defs)
    return {"$ref": f"#/$defs/{hint.__name__}"}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
