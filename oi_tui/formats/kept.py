"""A kept session as exporters see it: its blocks, and plain words for what became of code.

Owns which blocks an export holds and what recorded output reads like. Knows no format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Origin, origin_of
from oi_tui.text.ansi import plain_output
from oi_tui.text.translation import trn
from oi_tui.transcript import Block, CodeBlock, CodeState, Display, Transcript

SVG = "image/svg+xml"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", SVG)
_TEXTS = ("text/html", "text/markdown")


@dataclass(frozen=True, slots=True)
class KeptSession:
    """What an export is made of; times are Unix time in seconds."""

    title: str
    model: str
    folder: str
    started: float
    blocks: Sequence[Block]


def kept_session(envelopes: Iterable[ev.Envelope], title: str = "") -> KeptSession:
    """Fold a session; without a title of one's own it has the recorded one."""
    transcript = Transcript()
    model = folder = ""
    started = 0.0
    for envelope in envelopes:
        transcript.apply(envelope)
        started = started or envelope.at
        match envelope.event:
            case ev.SessionOpened():
                model = envelope.event.model or model
                folder = folder or envelope.event.folder
            case ev.ModelChanged():
                model = envelope.event.model
            case _:
                pass
    return KeptSession(
        title or transcript.title, model, folder, started, shown_blocks(transcript.blocks)
    )


def shown_blocks(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks that count: not what was taken back, nor what only filled a fresh shell."""
    return [block for block in blocks if not (block.undone or _is_replay(block))]


def _is_replay(block: Block) -> bool:
    return isinstance(block, CodeBlock) and origin_of(block.block_id) is Origin.REPLAY


def has_run(block: CodeBlock) -> bool:
    """Tell whether a shell took this code, here or where it was loaded from."""
    return block.status is not None or block.state is CodeState.FINISHED


def output_text(block: CodeBlock) -> str:
    """Return what a run printed as plain text, with a line for what was not recorded."""
    text = plain_output(bytes(block.output.head))
    if block.output.omitted:
        gap = trn(
            "… {count} byte was not recorded …",
            "… {count} bytes were not recorded …",
            block.output.omitted,
        )
        text = f"{text}\n{gap}\n{plain_output(bytes(block.output.tail))}"
    return text


def is_picture(display: Display) -> bool:
    """Tell whether this is a picture of a kind that viewers know. A file may claim any kind."""
    return display.mime in _PICTURES


def text_mime(display: Display) -> str:
    """Return the kind of what is no picture: one of a few, or plain."""
    return display.mime if display.mime in _TEXTS else "text/plain"
