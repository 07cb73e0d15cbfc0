"""Prints a turn as JSON lines, one envelope each, and reads decisions as JSON lines.

The format is the journal's (`protocol.codec`), described in docs/headless.md. Pure ASCII, so no
byte of it can act on a terminal.
"""

from __future__ import annotations

import json
from typing import TextIO

from oi_tui.protocol.codec import decode_op, encode_envelope
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.ops import Decide, EditProposal, Op


def write_envelope(envelope: Envelope, stream: TextIO) -> None:
    """Print one envelope as one line."""
    stream.write(json.dumps(encode_envelope(envelope), separators=(",", ":")) + "\n")
    stream.flush()


def read_op(line: str) -> Op | None:
    """Return the decision or edit that a line stands for; None for anything else."""
    try:
        op = decode_op(json.loads(line))
    except (ValueError, RecursionError):
        return None
    return op if isinstance(op, Decide | EditProposal) else None
