"""Events of a turn as pieces, in an order in which each begins after the one before has ended.

The engine tells that code is whole only once the reply is; chunks and the display want it closed
before anything else opens. Owns that order, and what recorded output reads like while it comes.
Knows no shape of a chunk and no screen.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from oi_tui.engine.wording import how_it_ended
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Origin, RunStatus, origin_of
from oi_tui.text.live_output import LiveOutput
from oi_tui.text.translation import trn


class Kind(StrEnum):
    """What a piece belongs to."""

    MESSAGE = "message"
    CODE = "code"
    CONSOLE = "console"
    IMAGE = "image"
    SHOWN = "shown"  # markup that a run wants shown


@dataclass(frozen=True, slots=True)
class Opened:
    """Something begins. `form`: a language, or the format of a picture."""

    kind: Kind
    form: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """More of what is open; never empty."""

    kind: Kind
    form: str
    content: str


@dataclass(frozen=True, slots=True)
class Line:
    """The run is at this line; None: at none any more."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Closed:
    """What was open is whole. `is_end`: the run has ended, and did it print anything."""

    kind: Kind
    form: str = ""
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """This code runs from now on."""

    call_id: str
    language: str
    code: str


Piece = Opened | Said | Line | Closed | Running


@dataclass(slots=True)
class _Part:
    """A stretch of prose or code of the reply under way."""

    kind: Kind
    name: str
    form: str = ""
    pieces: list[str] = field(default_factory=list)
    is_open: bool = False
    is_done: bool = False

    @property
    def ends_by_itself(self) -> bool:
        """A fence is closed once something follows it; calls may be written side by side."""
        return self.kind is Kind.CODE and origin_of(self.name) is Origin.FENCE


class PieceMaker:
    """Follows the events of one turn."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._codes: dict[str, tuple[str, str]] = {}
        self._output = LiveOutput()
        self._open: Opened | None = None  # of the run under way

    def take(self, event: ev.Event) -> Iterator[Piece]:
        """Return what an event brings."""
        match event:
            case ev.MessageStarted(name):
                yield from self._begin(_Part(Kind.MESSAGE, name))
            case ev.CodeStarted(name, language):
                yield from self._begin(_Part(Kind.CODE, name, language))
            case ev.TextAdded(name, text) | ev.CodeAdded(name, text):
                yield from self._add(name, text)
            case ev.MessageFinished(name):
                yield from self._finish(name)
            case ev.CodeFinished(name, language, code):
                self._codes[name] = (language, code)
                yield from self._finish(name, language)
            case ev.ProposalEdited(name, code):
                self._codes[name] = (self._codes.get(name, ("", ""))[0], code)
            case ev.TurnFinished() | ev.RequestSent():
                yield from self.flush()
            case _:
                yield from self._run(event)

    def flush(self) -> Iterator[Piece]:
        """Close what is open of the reply."""
        for part in self._parts:
            part.is_done = True
        yield from self._advance()

    def typed(self, line: str) -> None:
        """Learn that the person typed this into the program, and saw it; its echo is not news."""
        self._output.typed(line)

    # -- the reply ------------------------------------------------------------------------------
    def _begin(self, part: _Part) -> Iterator[Piece]:
        self._parts.append(part)
        yield from self._advance()

    def _add(self, name: str, text: str) -> Iterator[Piece]:
        for part in self._parts:
            if part.name == name:
                part.pieces.append(text)
        yield from self._advance()

    def _finish(self, name: str, language: str = "") -> Iterator[Piece]:
        for part in self._parts:
            if part.name == name:
                part.is_done = True
                part.form = part.form or language
        yield from self._advance()

    def _advance(self) -> Iterator[Piece]:
        """Tell what can be told: all of the first part, and the next ones once it is closed."""
        while self._parts:
            part = self._parts[0]
            if part.kind is Kind.CODE and not part.form and not part.is_done:
                return  # its language is not known yet
            if not part.is_open:
                part.is_open = True
                yield Opened(part.kind, part.form)
            text = "".join(part.pieces)
            part.pieces.clear()
            if text:
                yield Said(part.kind, part.form, text)
            if not part.is_done and not (len(self._parts) > 1 and part.ends_by_itself):
                return
            self._parts.pop(0)
            yield Closed(part.kind, part.form)

    # -- runs -----------------------------------------------------------------------------------
    def _run(self, event: ev.Event) -> Iterator[Piece]:
        match event:
            case ev.RunStarted(call_id=name, language=language):
                yield from self.flush()
                self._output = LiveOutput()
                yield Running(name, *self._codes.get(name, (language, "")))
                yield from self._enter(Opened(Kind.CONSOLE))
            case ev.LineReached(line=line):
                yield from self._enter(Opened(Kind.CONSOLE))
                yield Line(line)
            case ev.OutputAdded(data=data):
                yield from self._print(self._output.feed(data))
            case ev.OutputOmitted(count=count):
                yield from self._omit(count)
            case ev.InputAwaited(waiting=True):
                yield from self._print(self._output.open_row())
            case ev.DisplayAdded(mime=mime, data=data):
                yield from self._display(mime, data)
            case ev.RunFinished():
                yield from self._end_run(event)
            case _:
                pass

    def _print(self, text: str) -> Iterator[Piece]:
        if text:
            yield from self._enter(Opened(Kind.CONSOLE))
            yield Said(Kind.CONSOLE, "output", text)

    def _omit(self, count: int) -> Iterator[Piece]:
        gap = trn("… {count} byte was not recorded …", "… {count} bytes were not recorded …", count)
        yield from self._print(f"{self._output.finish()}\n{gap}\n")
        self._output = LiveOutput()

    def _display(self, mime: str, data: bytes) -> Iterator[Piece]:
        main, _, form = mime.partition("/")
        if main == "image" and form != "svg+xml":
            opened = Opened(Kind.IMAGE, f"base64.{form}")
            content = base64.b64encode(data).decode("ascii")
        elif form in ("html", "svg+xml", "javascript"):
            opened = Opened(Kind.SHOWN, "javascript" if form == "javascript" else "html")
            content = data.decode("utf-8", "replace")
        else:
            yield from self._print(data.decode("utf-8", "replace"))
            return
        if content:
            yield from self._enter(opened)
            yield Said(opened.kind, opened.form, content)

    def _end_run(self, event: ev.RunFinished) -> Iterator[Piece]:
        yield from self._print(self._output.finish())
        if event.status in (RunStatus.DIED, RunStatus.REFUSED):
            yield from self._print(how_it_ended(event) + "\n")
        yield from self._enter(Opened(Kind.CONSOLE))
        yield Line(None)
        yield Closed(Kind.CONSOLE, is_end=True)
        self._open = None

    def _enter(self, opened: Opened) -> Iterator[Piece]:
        if self._open == opened:
            return
        if self._open is not None:
            yield Closed(self._open.kind, self._open.form)
        self._open = opened
        yield opened
