"""Prints a turn as JSON lines, one envelope each, and reads decisions as JSON lines.

The first line says which format this is. The rest is the journal's (`protocol.codec`), described
in docs/headless.md and docs/events.schema.json. Pure ASCII, so no byte of it can act on a terminal.
"""

from __future__ import annotations

import json
from typing import TextIO

import oi_tui
from oi_tui.protocol.codec import FORMAT_VERSION, decode_op, encode_envelope
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.ops import Decide, EditProposal, Op, ScanProposal

FORMAT = "oi-tui-events"
INPUT = Decide | EditProposal | ScanProposal  # the ops that a line on stdin may stand for


def write_header(session_id: str, stream: TextIO) -> None:
    """Print the first line: the format, its version, and the session to go on with."""
    _write(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "program": f"oi-tui {oi_tui.__version__}",
            "session_id": session_id,
        },
        stream,
    )


def write_envelope(envelope: Envelope, stream: TextIO) -> None:
    """Print one envelope as one line."""
    _write(encode_envelope(envelope), stream)


def read_op(line: str) -> Op | None:
    """Return the op that a line stands for; None for anything but those of `INPUT`."""
    try:
        op = decode_op(json.loads(line))
    except (ValueError, RecursionError):
        return None
    return op if isinstance(op, INPUT) else None


def _write(value: dict[str, object], stream: TextIO) -> None:
    stream.write(json.dumps(value, separators=(",", ":")) + "\n")
    stream.flush()
