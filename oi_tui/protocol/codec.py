"""Events, ops and envelopes as plain JSON values and back.

Owns the written form: `{"type": "TextAdded", "message_id": ..., "text": ...}`. It follows from the
type hints of the dataclasses, so a new event needs no code here. Writing never fails; reading is
tolerant of what a newer program added and returns None for what it cannot understand. Knows no
file and no queue.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache

from oi_tui.protocol import events, ops

FORMAT_VERSION = 1

Json = typing.Any
_Encoder = Callable[[typing.Any], Json]
_Decoder = Callable[[Json], typing.Any]  # raises _UnreadableError

_SURROGATE = re.compile("[\ud800-\udfff]")


class _UnreadableError(Exception):
    """A value has another type than its field."""


# -- the doors ------------------------------------------------------------------------------------
def encode_event(event: events.Event) -> dict[str, Json]:
    """Return `event` as a JSON object. Lone surrogates in its texts become U+FFFD."""
    return _tagged(event)


def decode_event(value: Json) -> events.Event | None:
    """Return the event that `value` stands for, or None (unknown type, wrong or missing field)."""
    decoded: events.Event | None = _untagged(value, _names(events.Event))
    return decoded


def encode_op(op: ops.Op) -> dict[str, Json]:
    """Return `op` as a JSON object."""
    return _tagged(op)


def decode_op(value: Json) -> ops.Op | None:
    """Return the op that `value` stands for, or None."""
    decoded: ops.Op | None = _untagged(value, _names(ops.Op))
    return decoded


def encode_envelope(envelope: events.Envelope) -> dict[str, Json]:
    """Return an event on its way as a JSON object."""
    return {
        "seq": envelope.seq,
        "at": envelope.at,
        "session_id": clean(envelope.session_id),
        "turn": envelope.turn,
        "event": encode_event(envelope.event),
    }


def decode_envelope(value: Json) -> events.Envelope | None:
    """Return the envelope that `value` stands for, or None, also if its event is unknown."""
    if not isinstance(value, Mapping):
        return None
    event = decode_event(value.get("event"))
    if event is None:
        return None
    try:
        return events.Envelope(
            _whole(value.get("seq")),
            _number(value.get("at")),
            _text(value.get("session_id")),
            _whole(value.get("turn")),
            event,
        )
    except _UnreadableError:
        return None


def clean(text: str) -> str:
    """Return `text` with lone surrogates, which UTF-8 cannot carry, as U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


# -- objects --------------------------------------------------------------------------------------
def _tagged(value: object) -> dict[str, Json]:
    kind: typing.Any = type(value)
    encoded: dict[str, Json] = _encoder(kind)(value)
    return {"type": kind.__name__, **encoded}


def _untagged(value: Json, kinds: Mapping[str, type]) -> typing.Any:
    if not isinstance(value, Mapping):
        return None
    name = value.get("type")
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    try:
        return _decoder(kind)(value)
    except _UnreadableError:
        return None


@cache
def _names(union: types.UnionType) -> dict[str, type]:
    return {kind.__name__: kind for kind in typing.get_args(union)}


# -- from type hints to functions, once for each type ---------------------------------------------
@cache
def _encoder(hint: typing.Any) -> _Encoder:
    if hint in _PLAIN:
        return _PLAIN[hint][0]
    if isinstance(hint, types.UnionType):
        inner = _encoder(_optional(hint))
        return lambda value: None if value is None else inner(value)
    if typing.get_origin(hint) is tuple:
        item = _encoder(typing.get_args(hint)[0])
        return lambda value: [item(each) for each in value]
    if issubclass(hint, Enum):
        return lambda value: value.value
    fields = [(name, _encoder(kind)) for name, kind in _hints(hint)]
    return lambda value: {name: encode(getattr(value, name)) for name, encode in fields}


@cache
def _decoder(hint: typing.Any) -> _Decoder:
    if hint in _PLAIN:
        return _PLAIN[hint][1]
    if isinstance(hint, types.UnionType):
        inner = _decoder(_optional(hint))
        return lambda value: None if value is None else inner(value)
    if typing.get_origin(hint) is tuple:
        return _tuple_decoder(_decoder(typing.get_args(hint)[0]))
    if issubclass(hint, Enum):
        return _enum_decoder(hint)
    return _object_decoder(hint)


def _tuple_decoder(item: _Decoder) -> _Decoder:
    def decode(value: Json) -> tuple[typing.Any, ...]:
        if not isinstance(value, list | tuple):
            raise _UnreadableError
        return tuple(item(each) for each in value)

    return decode


def _enum_decoder(kind: type[Enum]) -> _Decoder:
    members = {member.value: member for member in kind}

    def decode(value: Json) -> Enum:
        if not isinstance(value, str) or value not in members:
            raise _UnreadableError
        return members[value]

    return decode


def _object_decoder(kind: type) -> _Decoder:
    fields = [(name, _decoder(hint)) for name, hint in _hints(kind)]
    required = {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }

    def decode(value: Json) -> object:
        if not isinstance(value, Mapping) or not required <= value.keys():
            raise _UnreadableError
        return kind(**{name: read(value[name]) for name, read in fields if name in value})

    return decode


def _hints(kind: type) -> list[tuple[str, typing.Any]]:
    hints = typing.get_type_hints(kind)
    return [(field.name, hints[field.name]) for field in dataclasses.fields(kind)]


def _optional(hint: types.UnionType) -> typing.Any:
    (inner,) = (kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    return inner


# -- plain values ---------------------------------------------------------------------------------
def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise _UnreadableError
    return clean(value)


def _whole(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _UnreadableError
    return value


def _number(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _UnreadableError
    try:
        return float(value)
    except OverflowError:
        raise _UnreadableError from None


def _truth(value: Json) -> bool:
    if not isinstance(value, bool):
        raise _UnreadableError
    return value


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0  # JSON has no word for the others


def _encode_bytes(data: bytes) -> Json:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _decode_bytes(value: Json) -> bytes:
    if isinstance(value, str):
        return clean(value).encode()
    encoded = value.get("base64") if isinstance(value, Mapping) else None
    if not isinstance(encoded, str):
        raise _UnreadableError
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise _UnreadableError from None


def _same(value: Json) -> Json:
    return value


_PLAIN: dict[typing.Any, tuple[_Encoder, _Decoder]] = {
    str: (clean, _text),
    int: (_same, _whole),
    float: (_finite, _number),
    bool: (_same, _truth),
    bytes: (_encode_bytes, _decode_bytes),
}
