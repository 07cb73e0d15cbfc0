"""Files of elsewhere as events of a new session: both forms of Open Interpreter, and our own.

Owns which file is what. What a file says is told again with names of ours (`retelling`): nothing
of it runs, grants anything, or changes a setting. Never fails but with `FormatError`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from oi_tui.formats.kept import shown_blocks
from oi_tui.formats.kinds import FormatError
from oi_tui.formats.reading import blocks_from
from oi_tui.formats.retelling import CountedNames, events_of
from oi_tui.protocol import events as ev
from oi_tui.protocol.codec import FORMAT_VERSION, decode_envelope
from oi_tui.store.reader import HEADER, header_of
from oi_tui.store.records import MOST_BYTES as MOST_RECORD
from oi_tui.store.records import MOST_DEPTH, Body, decode_record
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.transcript import Block, PromptBlock, Transcript

MOST_BYTES = 64 << 20
MOST_BRACKETS = 4 << 20  # each may cost a hundred bytes of memory
TITLE_LENGTH = 60

_MARK = b"\xef\xbb\xbf"  # which some editors put before UTF-8


def events_from(data: bytes, source: str) -> tuple[ev.Event, ...]:
    """Return a file's conversation as events; `source` is the file's name, for a person.

    The first two tell where it came from and what it is called. Each `TurnStarted` counts one turn
    on, from 1: the names within rest on that.

    Raises:
        FormatError: it is none of the formats that can be read, or damaged.
    """
    if len(data) > MOST_BYTES:
        raise FormatError(tr("The file is larger than {count} MB.", count=MOST_BYTES >> 20))
    if data.removeprefix(_MARK).lstrip()[:1] in (b"[", b"{"):
        title, blocks = "", blocks_from(_messages(data))
    else:
        title, blocks = _journal(data)
    content = tuple(events_of(blocks, CountedNames()))
    if not content:
        raise FormatError(tr("There is no conversation in this file."))
    title = one_line(title or _first_prompt(blocks) or source, TITLE_LENGTH)
    return (ev.SessionImported(one_line(source)), ev.SessionRenamed(title), *content)


def _first_prompt(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if isinstance(block, PromptBlock)), "")


# -- JSON -----------------------------------------------------------------------------------------
def _messages(data: bytes) -> object:
    """Return the list in a JSON file; some programs put it into an object, as `messages`."""
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise FormatError(tr("The file holds too many values."))
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError(_what_it_is_not()) from error
    if not _is_shallow(value):
        raise FormatError(tr("The file's values lie too deep within each other."))
    if isinstance(value, dict) and "messages" in value:
        value = value["messages"]
    if not isinstance(value, list):
        raise FormatError(_what_it_is_not())
    return value


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _what_it_is_not() -> str:
    return tr(
        "This is neither a list of messages in JSON, as oi-tui and Open Interpreter save them, nor "
        "a session of oi-tui."
    )


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False


# -- a journal of ours ----------------------------------------------------------------------------
def _journal(data: bytes) -> tuple[str, list[Block]]:
    """Return title and blocks of a journal; damaged lines are passed over."""
    envelopes: dict[int, ev.Envelope] = {}
    for line in data.split(b"\n"):
        record = decode_record(line) if len(line) <= MOST_RECORD else None
        if record is None:
            continue
        _refuse_newer(record.body)
        if (envelope := decode_envelope(record.body)) is not None:
            envelopes[envelope.seq] = envelope
    if not envelopes:
        raise FormatError(_what_it_is_not())
    transcript = Transcript()
    transcript.replay(envelopes[seq] for seq in sorted(envelopes))
    return transcript.title, shown_blocks(transcript.blocks)


def _refuse_newer(body: Body) -> None:
    header = header_of(body) if HEADER in body else None
    if header is not None and header.format_version > FORMAT_VERSION:
        raise FormatError(
            tr(
                "A newer oi-tui ({version}) wrote this session; this one can't take it in.",
                version=one_line(header.program_version, 40),
            )
        )
