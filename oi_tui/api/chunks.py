"""The shapes of chunks: the flat one, and the older one of Open Interpreter 0.1.5.

Owns both shapes, and how a consumer's edit is read back from one. Knows no event.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from oi_tui.api.pieces import Closed, Kind, Line, Opened, Piece, Running, Said
from oi_tui.protocol import events as ev
from oi_tui.text.translation import tr

Chunk = dict[str, object]


class ChunkForm(StrEnum):
    """Which shape chunks have."""

    FLAT = "flat"
    OLD = "0.1"


class Shape(Protocol):
    """A way to write pieces as chunks."""

    def chunks(self, piece: Piece) -> Iterator[Chunk]:
        """Return a piece as chunks; none where the shape has no word for it."""
        ...

    def question(self, asked: ev.ApprovalRequested) -> Chunk:
        """Return the chunk at which the consumer decides: going on runs the code."""
        ...

    def edited_code(self, chunk: Chunk, asked: ev.ApprovalRequested) -> str:
        """Return the code as the consumer left it in the question.

        Raises:
            TypeError: it is no code any more.
            ValueError: something else than the code was changed.
        """
        ...


def shape_of(form: ChunkForm) -> Shape:
    """Return a fresh writer of a form, for one turn."""
    return OldShape() if form is ChunkForm.OLD else FlatShape()


class FlatShape:
    """`role`, `type`, `format`, `content`; `start` and `end` marks."""

    def chunks(self, piece: Piece) -> Iterator[Chunk]:
        """Return a piece as chunks."""
        match piece:
            case Opened(kind, form):
                yield {**_flat(kind, form), "start": True}
            case Said(kind, form, content):
                yield {**_flat(kind, form), "content": content}
            case Line(number):
                yield {**_flat(Kind.CONSOLE, "active_line"), "content": number}
            case Closed(kind, form):
                yield {**_flat(kind, form), "end": True}
            case Running():
                pass

    def question(self, asked: ev.ApprovalRequested) -> Chunk:
        """Return the confirmation chunk."""
        content = {"type": "code", "format": asked.language, "content": asked.code}
        return {
            "role": "computer",
            "type": "confirmation",
            "format": "execution",
            "content": content,
        }

    def edited_code(self, chunk: Chunk, asked: ev.ApprovalRequested) -> str:
        """Read the confirmation chunk back."""
        content = chunk.get("content")
        if not isinstance(content, dict):
            raise _unreadable(content)
        return _read_back(content.get("format"), content.get("content"), asked)


class OldShape:
    """One key a chunk, as 0.1.5 had it."""

    def __init__(self) -> None:
        self._asked: tuple[str, str] | None = None
        self._has_printed = False

    def chunks(self, piece: Piece) -> Iterator[Chunk]:
        """Return a piece as chunks."""
        match piece:
            case Opened(kind=Kind.CODE, form=language):
                yield {"language": language}
            case Said(kind=Kind.MESSAGE | Kind.CODE as kind, content=content):
                yield {kind.value: content}
            case Said(kind=Kind.CONSOLE, content=content):
                self._has_printed = True
                yield {"output": content}
            case Line(number):
                yield {"active_line": number}
            case Running(language=language, code=code):
                self._has_printed = False
                if self._asked != (language, code):
                    yield {"executing": {"code": code, "language": language}}
                self._asked = None
            case Closed(is_end=True):
                if not self._has_printed:
                    yield {"output": ""}
                yield {"end_of_execution": True}
            case _:
                pass

    def question(self, asked: ev.ApprovalRequested) -> Chunk:
        """Return the chunk that names what will run."""
        return {"executing": {"code": asked.code, "language": asked.language}}

    def edited_code(self, chunk: Chunk, asked: ev.ApprovalRequested) -> str:
        """Read the chunk back."""
        content = chunk.get("executing")
        if not isinstance(content, dict):
            raise _unreadable(content)
        code = _read_back(content.get("language"), content.get("code"), asked)
        self._asked = (asked.language, code)
        return code


def _flat(kind: Kind, form: str) -> Chunk:
    match kind:
        case Kind.MESSAGE:
            return {"role": "assistant", "type": "message"}
        case Kind.CODE:
            return {"role": "assistant", "type": "code", "format": form}
        case Kind.SHOWN:
            return {"role": "computer", "type": "code", "format": form}
        case _:
            chunk: Chunk = {"role": "computer", "type": kind.value}
            return {**chunk, "format": form} if form else chunk


def _read_back(language: object, code: object, asked: ev.ApprovalRequested) -> str:
    if not isinstance(code, str):
        raise _unreadable(code)
    if language != asked.language:
        raise ValueError(tr("The code may be changed here, not its language."))
    return code


def _unreadable(value: object) -> TypeError:
    return TypeError(tr("The code is to stay text; it became {value}.", value=repr(value)[:80]))
