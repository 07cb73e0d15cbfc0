"""Blocks as the messages of Open Interpreter, in its two forms, and back.

Owns the shapes: the flat one of 0.1.17 to 0.4 (`role`, `type`, `format`, `content`) and the older
one of 0.1.5 to 0.1.16 (`role`, `message`, `language`, `code`, `output`). Reading is strict: see
`formats.reading`. Knows no file.
"""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Iterable

from oi_tui.engine.history import history_from
from oi_tui.formats.kept import SVG, has_run, is_picture, output_text, shown_blocks
from oi_tui.formats.reading import PICTURE, blocks_from
from oi_tui.formats.retelling import events_of
from oi_tui.protocol.codec import clean
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.items import ChatMessage, Origin, origin_of
from oi_tui.transcript import Block, CodeBlock, Display, PromptBlock, ProseBlock

_LETTERS = string.digits + string.ascii_lowercase

Message = dict[str, object]


def flat_messages(blocks: Iterable[Block]) -> list[Message]:
    """Return blocks as flat messages: one thing that was said, written, printed or shown each."""
    messages: list[Message] = []
    for block in shown_blocks(blocks):
        match block:
            case PromptBlock():
                messages.append(_flat("user", "message", block.text))
            case ProseBlock() if block.text.strip():
                messages.append(_flat("assistant", "message", block.text))
            case CodeBlock():
                own = origin_of(block.block_id) is Origin.PERSON
                role = "user" if own else "assistant"
                messages.append(_flat(role, "code", block.code, block.language))
                if has_run(block):
                    messages.append(_flat("computer", "console", output_text(block), "output"))
                    messages += map(_flat_display, block.displays)
            case _:
                pass  # what this program says itself is no part of a conversation
    return messages


def old_messages(blocks: Iterable[Block]) -> list[Message]:
    """Return blocks as messages of the older form: prose, code and output of a step in one."""
    messages: list[Message] = []
    step: Message | None = None  # one that may still take code
    for block in shown_blocks(blocks):
        match block:
            case PromptBlock():
                messages.append({"role": "user", "message": clean(block.text)})
                step = None
            case ProseBlock() if block.text.strip():
                step = {"role": "assistant", "message": clean(block.text)}
                messages.append(step)
            case CodeBlock():
                if step is None:
                    step = {"role": "assistant"}
                    messages.append(step)
                step |= {"language": clean(block.language), "code": clean(block.code)}
                if has_run(block):
                    step["output"] = clean(_old_output(block))
                step = None
            case _:
                pass
    return messages


def chat_messages(raw: object) -> tuple[ChatMessage, ...]:
    """Return the history that a list of messages stands for, in either form or a mixture.

    Raises:
        FormatError: it is no such list; the text names the first message that is wrong.
    """
    events = events_of(blocks_from(raw), _FreshNames())
    return history_from(Envelope(seq, 0.0, "", 0, event) for seq, event in enumerate(events, 1))


def _flat(role: str, kind: str, content: str, form: str = "") -> Message:
    message: Message = {"role": role, "type": kind}
    if form:
        message["format"] = clean(form)
    message["content"] = clean(content)
    return message


def _flat_display(display: Display) -> Message:
    if is_picture(display) and display.mime != SVG:
        content = base64.b64encode(display.data).decode("ascii")
        return _flat("computer", "image", content, display.mime.replace("image/", "base64."))
    text = display.data.decode("utf-8", "replace")
    if display.mime in (SVG, "text/html"):
        return _flat("computer", "code", text, "html")
    return _flat("computer", "console", text, "output")


def _old_output(block: CodeBlock) -> str:
    text = output_text(block)
    shown = "\n".join(PICTURE for _ in block.displays)
    return f"{text.rstrip()}\n{shown}".lstrip("\n") if shown else text


class _FreshNames:
    """Names that no session has yet, whatever was loaded into it before."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def begin_turn(self) -> None:
        """A name says nothing of its turn."""

    def call(self, origin: Origin) -> str:
        """Return a new id for code."""
        return self._new(origin)

    def message(self) -> str:
        """Return a new id for prose."""
        return self._new("m")

    def _new(self, first: str) -> str:
        while True:
            name = first + "l" + "".join(secrets.choice(_LETTERS) for _ in range(7))
            if name not in self._given:
                self._given.add(name)
                return name
