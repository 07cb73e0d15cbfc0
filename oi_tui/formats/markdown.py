"""A session as one Markdown file: prompts as headings, prose as written, code and output fenced.

Pictures are within the file, as data addresses. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from oi_tui.formats.kept import KeptSession, has_run, is_picture, output_text, text_mime
from oi_tui.formats.words import closed_prose, code_notes, day, duration, fenced, notice_text
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr
from oi_tui.transcript import Block, CodeBlock, Display, NoticeBlock, PromptBlock, ProseBlock

_HEADING_LENGTH = 72
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(session: KeptSession) -> str:
    """Return the whole file."""
    parts = [f"# {escaped(one_line(session.title, 200)) or tr('Session')}", _facts(session)]
    for block in session.blocks:
        parts += _block(block)
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Return a line in which nothing is Markdown."""
    return _MARKUP.sub(r"\\\1", text)


def picture_address(display: Display) -> str:
    """Return a picture as an address that holds it."""
    return f"data:{display.mime};base64,{base64.b64encode(display.data).decode('ascii')}"


def _facts(session: KeptSession) -> str:
    facts = (day(session.started), one_line(session.model), one_line(session.folder, 200))
    line = " · ".join(escaped(fact) for fact in facts if fact)
    return f"*{line}*" if line else ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case PromptBlock():
            yield from _prompt(block.text)
        case ProseBlock():
            yield closed_prose(block.text)
        case CodeBlock():
            yield from _code(block)
        case NoticeBlock():
            yield _aside(notice_text(block))


def _prompt(text: str) -> Iterator[str]:
    said = plain(text).strip()
    heading = one_line(said, _HEADING_LENGTH)
    yield f"## {escaped(heading)}"
    if heading != said:
        yield "\n".join(f"> {line}".rstrip() for line in said.split("\n"))


def _code(block: CodeBlock) -> Iterator[str]:
    yield fenced(block.language, block.code)
    yield _aside(" ".join(code_notes(block)))
    if not has_run(block):
        return
    output = output_text(block).strip("\n")
    if output:
        time = duration(block.seconds)
        yield f"*{tr('Output after {time}:', time=time) if block.seconds else tr('Output:')}*"
        yield fenced("text", output)
    for display in block.displays:
        yield _display(display)


def _display(display: Display) -> str:
    if is_picture(display):
        return f"![{tr('picture')}]({picture_address(display)})"
    kind = text_mime(display).removeprefix("text/")
    return fenced(kind, display.data.decode("utf-8", "replace"))


def _aside(text: str) -> str:
    return f"> *{escaped(one_line(text, 1000))}*" if text else ""
