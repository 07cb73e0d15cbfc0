"""A session as a Jupyter notebook (nbformat 4.5), with its outputs and pictures.

Owns that format's JSON; needs no Jupyter. Code that did not run becomes text, so that running all
cells never runs what was rejected. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from oi_tui.formats.kept import SVG, KeptSession, has_run, is_picture, output_text, text_mime
from oi_tui.formats.markdown import escaped
from oi_tui.formats.words import closed_prose, code_notes, fenced
from oi_tui.protocol.codec import clean
from oi_tui.protocol.items import RunStatus
from oi_tui.text.sanitize import one_line, plain
from oi_tui.transcript import Block, CodeBlock, Display, PromptBlock, ProseBlock

Json = dict[str, object]

_MAGICS = {"bash": "%%bash", "sh": "%%sh", "shell": "%%bash", "ruby": "%%ruby", "perl": "%%perl"}
_MAGICS |= {"zsh": "%%script zsh", "javascript": "%%script node"}  # %%javascript: in the browser
_PYTHON = frozenset({"python", "py", "python3", "ipython"})
_LAST_LINE = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning))(?:: (.*))?")


def notebook(session: KeptSession) -> Json:
    """Return the notebook as plain values."""
    cells = _Cells()
    if session.title:
        cells.add_text("title", f"# {escaped(one_line(session.title, 200))}")
    for block in session.blocks:
        cells.add(block)
    return {
        "cells": cells.made,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class _Cells:
    """The cells so far; counts runs, and gives each cell a name of its own."""

    def __init__(self) -> None:
        self.made: list[Json] = []
        self._names: dict[str, int] = {}  # with the last number behind each
        self._runs = 0

    def add(self, block: Block) -> None:
        match block:
            case PromptBlock():
                said = plain(block.text).strip()
                quoted = "\n".join(f"> {line}".rstrip() for line in said.split("\n"))
                self.add_text(block.block_id, quoted)
            case ProseBlock() if block.text.strip():
                self.add_text(block.block_id, closed_prose(block.text))
            case CodeBlock():
                self._add_code(block)
            case _:
                pass

    def add_text(self, name: str, text: str) -> None:
        cell: Json = {"cell_type": "markdown", "id": self._name(name), "metadata": {}}
        self.made.append(cell | {"source": _lines(text)})

    def _add_code(self, block: CodeBlock) -> None:
        source = _source(block)
        notes = " ".join(code_notes(block))
        if source is None or not has_run(block):
            parts = [fenced(block.language, block.code)]
            parts += [f"*{escaped(notes)}*"] if notes else []
            printed = output_text(block).strip("\n")
            parts += [fenced("text", printed)] if printed else []
            self.add_text(block.block_id, "\n\n".join(parts))
            return
        self._runs += 1
        self.made.append(
            {
                "cell_type": "code",
                "execution_count": self._runs,
                "id": self._name(block.block_id),
                "metadata": {},
                "outputs": list(_outputs(block, notes)),
                "source": _lines(source),
            }
        )

    def _name(self, wanted: str) -> str:
        base = re.sub("[^A-Za-z0-9_-]+", "-", wanted)[:48] or "cell"
        name, count = base, self._names.get(base, 0)
        while name in self._names:
            count += 1
            name = f"{base}-{count + 1}"
        self._names[base], self._names[name] = count, self._names.get(name, 0)
        return name


def _source(block: CodeBlock) -> str | None:
    """Return what a cell would hold; None if Jupyter's Python can't run it."""
    language = block.language.strip().lower()
    if language in _PYTHON:
        return block.code
    magic = _MAGICS.get(language)
    return f"{magic}\n{block.code}" if magic else None


def _outputs(block: CodeBlock, notes: str) -> Iterator[Json]:
    printed = output_text(block)
    if printed:
        yield {"output_type": "stream", "name": "stdout", "text": _lines(printed)}
    for display in block.displays:
        yield {"output_type": "display_data", "metadata": {}, "data": _bundle(display)}
    if block.status in (None, RunStatus.OK) and not block.exit_code:
        return
    name, value = _error_of(printed)
    yield {
        "output_type": "error",
        "ename": name or str(block.status).capitalize(),
        "evalue": value or notes,
        "traceback": [],  # it stands in what was printed
    }


def _error_of(printed: str) -> tuple[str, str]:
    """Return name and text of the exception that the last line tells of, if it does."""
    last = printed.rstrip().rpartition("\n")[2]
    found = _LAST_LINE.fullmatch(last)
    return (found[1], found[2] or "") if found else ("", "")


def _bundle(display: Display) -> Json:
    if is_picture(display) and display.mime != SVG:
        return {display.mime: base64.b64encode(display.data).decode("ascii")}
    mime = SVG if is_picture(display) else text_mime(display)
    return {mime: _lines(display.data.decode("utf-8", "replace"))}


def _lines(text: str) -> list[str]:
    """Return a text as notebooks keep it: lines with their ends, so that they compare well."""
    pieces = clean(text).split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
