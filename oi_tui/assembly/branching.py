"""A session up to one of its blocks, as the beginning of another session. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oi_tui.engine.brackets import Brackets
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, TurnEnd
from oi_tui.text.translation import tr


class NoBlockError(Exception):
    """There is no such block in the session."""


def branch(
    envelopes: Sequence[ev.Envelope], parent_id: str, block_id: str, title: str
) -> list[ev.Envelope]:
    """Return the events up to and with a block (empty: all), and that this is a branch.

    What is open at the cut is closed: nothing of it can be decided or go on in the copy.

    Raises:
        NoBlockError: there is no such block.
    """
    end = _end_of(envelopes, block_id) if block_id else len(envelopes)
    if end == 0:
        raise NoBlockError(block_id)
    copied = list(envelopes[:end])
    brackets = Brackets()
    for envelope in copied:
        brackets.apply(envelope)
    last = envelopes[end - 1]
    seq = last.seq
    for event in _ending(brackets, parent_id, block_id, title):
        seq += 1
        copied.append(ev.Envelope(seq, last.at, "", last.turn, event))
    return copied


def _ending(brackets: Brackets, parent_id: str, block_id: str, title: str) -> Iterator[ev.Event]:
    yield from brackets.closing(Decider.ENGINE)
    if brackets.is_turn_open:
        yield ev.TurnFinished(TurnEnd.STOPPED)
    yield ev.SessionBranched(parent_id, block_id)
    if title:
        yield ev.SessionRenamed(tr("{title} (branch)", title=title))


def _end_of(envelopes: Sequence[ev.Envelope], block_id: str) -> int:
    """Return the place behind the last event of a block; 0: there is none."""
    kind, _, rest = block_id.partition("-")
    if kind in ("prompt", "notice", "loaded") and rest:
        seq = rest.partition("-")[0]
        places = [place for place, one in enumerate(envelopes, 1) if str(one.seq) == seq]
    else:
        places = [place for place, one in enumerate(envelopes, 1) if _names(one.event, block_id)]
    return places[-1] if places else 0


def _names(event: ev.Event, block_id: str) -> bool:
    return block_id in (getattr(event, "message_id", ""), getattr(event, "call_id", ""))
