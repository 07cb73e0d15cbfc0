"""Turns one streamed reply into events and, at its end, into proposals.

Owns what counts as a proposal and when it may be approved: its structure closed and the reply
ended properly. A reply that is cut off, too long or unreadable yields only proposals that cannot
run. Knows no shell, no history and nobody who approves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from oi_tui.engine import fences
from oi_tui.engine.arguments import ArgumentStream, parse_arguments
from oi_tui.engine.ids import Ids
from oi_tui.engine.languages import TOOL_NAME, is_code_word
from oi_tui.engine.repetition import LOOKED_AT, is_circling
from oi_tui.models.base import CallDelta, TextDelta
from oi_tui.protocol import events as ev
from oi_tui.protocol.codec import clean
from oi_tui.protocol.items import Origin, digest_of
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

MOST_PROPOSALS = 10
MOST_TEXT = 1_000_000  # characters of one reply
MOST_CODE = 256_000  # characters of one piece of code


@dataclass(slots=True)
class Draft:
    """A piece of code that the model writes."""

    call_id: str
    origin: Origin
    language: str = ""
    pieces: list[str] = field(default_factory=list)
    size: int = 0
    is_started: bool = False
    is_closed: bool = False

    @property
    def code(self) -> str:
        """The code so far."""
        return "".join(self.pieces)


@dataclass(slots=True)
class _Call:
    """A tool call that arrives in pieces."""

    draft: Draft
    index: int
    model_id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    stream: ArgumentStream = field(default_factory=ArgumentStream)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Code that closed. Empty `problem`: it may be put up for approval."""

    call_id: str
    origin: Origin
    language: str
    code: str
    digest: str
    problem: str = ""


class ReplyReader:
    """Reads one reply. `resolve` knows the languages that can run."""

    def __init__(
        self, ids: Ids, resolve: Callable[[str], str | None], *, reads_fences: bool
    ) -> None:
        self._ids, self._resolve = ids, resolve
        self._fences = fences.FenceParser(self._is_code) if reads_fences else None
        self._message_id = ""
        self._gap = ""  # white space that nothing visible has followed yet
        self._prose: list[str] = []
        self._drafts: list[Draft] = []
        self._calls: list[_Call] = []
        self._size = 0
        self._looked_at = 0
        self._said: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing came that a person could read or run."""
        return not self._said and not any(draft.is_started for draft in self._drafts)

    @property
    def everything(self) -> str:
        """All that the model wrote, to estimate its tokens."""
        return "".join((*self._said, *(draft.code for draft in self._drafts)))

    @property
    def is_too_long(self) -> bool:
        """Whether the reply grew beyond what anyone would read."""
        return self._size > MOST_TEXT or any(draft.size > MOST_CODE for draft in self._drafts)

    @property
    def has_unclosed_fence(self) -> bool:
        """Whether the reply ended within a fenced block."""
        return self._fences is not None and self._fences.is_open

    @property
    def is_circling(self) -> bool:
        """Whether the prose, looked at once in a while, repeats itself without end."""
        if self._size - self._looked_at < LOOKED_AT:
            return False
        self._looked_at = self._size
        return is_circling("".join(self._said[-LOOKED_AT:]))

    def text(self, part: TextDelta) -> Iterator[ev.Event]:
        """Read more prose."""
        text = clean(part.text)
        self._size += len(text)
        if self._fences is None:
            yield from self._add_prose(text)
        else:
            yield from self._add_pieces(self._fences.feed(text))

    def call(self, part: CallDelta) -> Iterator[ev.Event]:
        """Read more of a tool call."""
        call = self._call_of(part)
        if call is None:
            yield from self._end_message()
            draft = Draft(self._ids.call(Origin.CALL), Origin.CALL)
            call = _Call(draft, part.index, part.call_id)
            self._calls.append(call)
            self._drafts.append(draft)
        call.name = call.name or part.name
        arguments = clean(part.arguments)
        call.arguments.append(arguments)
        self._size += len(arguments)
        added = call.stream.feed(arguments)
        if added:
            call.draft.language = call.draft.language or call.stream.language
            yield from self._add_code(call.draft, added)

    def finish(self, cut_off: str = "") -> Iterator[ev.Event | Proposal]:
        """End the reply: close what is open, then tell every proposal in order.

        `cut_off`: why the reply did not end properly; nothing of it can run then.
        """
        if self._fences is not None:
            yield from self._add_pieces(self._fences.finish())
        yield from self._end_message(complete=not cut_off)
        calls = {call.draft.call_id: call for call in self._calls}
        for number, draft in enumerate(self._drafts):
            call = calls.get(draft.call_id)
            problem = cut_off
            if call is not None:
                yield from self._show_arguments(call)
                problem = problem or self._read_arguments(call)
            if not draft.is_started:
                continue
            proposal = self._proposal(draft, problem, number)
            yield ev.CodeFinished(
                proposal.call_id,
                proposal.language,
                proposal.code,
                proposal.digest,
                not proposal.problem,
                proposal.problem,
            )
            yield proposal

    # -- prose and fences -----------------------------------------------------------------------
    def _is_code(self, language: str) -> bool:
        return self._resolve(language) is not None or is_code_word(language)

    def _add_pieces(self, pieces: list[fences.Piece]) -> Iterator[ev.Event]:
        for piece in pieces:
            match piece:
                case fences.Prose(text):
                    yield from self._add_prose(text)
                case fences.FenceOpened(language):
                    yield from self._end_message()
                    draft = Draft(self._ids.call(Origin.FENCE), Origin.FENCE, language)
                    self._drafts.append(draft)
                    yield from self._add_code(draft, "")
                case fences.FencedCode(text):
                    yield from self._add_code(self._drafts[-1], text)
                case fences.FenceClosed():
                    self._drafts[-1].is_closed = True

    def _add_prose(self, text: str) -> Iterator[ev.Event]:
        # A stretch of prose begins with something to see: the gap between two blocks is none.
        if not self._message_id:
            text = (self._gap + text).lstrip("\n")
            self._gap = text
            if not text.strip():
                return
            self._message_id = self._ids.message()
            yield ev.MessageStarted(self._message_id)
        if text:
            self._said.append(text)
            self._prose.append(text)
            yield ev.TextAdded(self._message_id, text)

    def _end_message(self, *, complete: bool = True) -> Iterator[ev.Event]:
        self._gap = ""
        if self._message_id:
            yield ev.MessageFinished(self._message_id, "".join(self._prose), complete)
            self._message_id = ""
            self._prose.clear()

    # -- code -----------------------------------------------------------------------------------
    def _call_of(self, part: CallDelta) -> _Call | None:
        """Find the call that a delta belongs to: by its id, or else by its place."""
        if part.call_id:
            for call in self._calls:
                if call.model_id == part.call_id:
                    return call
        for call in reversed(self._calls):
            if call.index == part.index and not (part.call_id and call.model_id):
                return call
        return None

    def _add_code(self, draft: Draft, text: str) -> Iterator[ev.Event]:
        if not draft.is_started:
            draft.is_started = True
            yield ev.CodeStarted(draft.call_id, one_line(draft.language))
        if text:
            draft.pieces.append(text)
            draft.size += len(text)
            yield ev.CodeAdded(draft.call_id, text)

    def _show_arguments(self, call: _Call) -> Iterator[ev.Event]:
        """Show a call of which no code could be read as the text that it is."""
        raw = "".join(call.arguments)
        has_said = self._said or any(draft.is_started for draft in self._drafts)
        if not call.draft.is_started and (has_said or raw.strip() not in ("", "{}", "null")):
            yield from self._add_code(call.draft, "" if parse_arguments(raw) else raw)

    def _read_arguments(self, call: _Call) -> str:
        """Let the strict reader decide; return what is wrong with the call."""
        arguments = parse_arguments("".join(call.arguments))
        if call.name != TOOL_NAME or arguments is None or arguments.code != call.draft.code:
            return tr("Unreadable proposal: the model's call does not have the agreed form.")
        call.draft.language = arguments.language
        call.draft.is_closed = True
        return ""

    def _proposal(self, draft: Draft, problem: str, number: int) -> Proposal:
        name = self._resolve(draft.language)
        code = draft.code
        written = one_line(draft.language, 40)
        if not problem:
            if not draft.is_closed:
                problem = tr("Cut off: the code block was never closed.")
            elif not code.strip():
                problem = tr("There is no code in it.")
            elif name is None and not written:
                problem = tr("It does not say in which language it is.")
            elif name is None:
                problem = tr("No shell here runs {language}.", language=written)
            elif number >= MOST_PROPOSALS:
                problem = tr("Refused: more than {count} in one reply.", count=MOST_PROPOSALS)
        language = name or written
        return Proposal(draft.call_id, draft.origin, language, code, digest_of(code), problem)
