"""Blocks told again as events, as if the session had happened here; the way in for imports.

Whatever a file claimed, what comes out is a stream that keeps every promise of the engine's own,
with names of ours. Decisions come out as what was decided once; none grants anything for later.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from oi_tui.engine.ids import Ids
from oi_tui.formats.kept import has_run
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    Origin,
    RunStatus,
    TurnEnd,
    digest_of,
    origin_of,
)
from oi_tui.text.translation import tr
from oi_tui.transcript import Block, CodeBlock, CodeState, PromptBlock, ProseBlock

_PIECE = 1 << 20  # bytes of output in one event: a record of the journal has a most
_UNKNOWN_MODEL = ""


class Names(Protocol):
    """Gives names to what is told again."""

    def begin_turn(self) -> None:
        """Another turn begins."""
        ...

    def call(self, origin: Origin) -> str:
        """Return a new id for code."""
        ...

    def message(self) -> str:
        """Return a new id for prose."""
        ...


class CountedNames:
    """The names that the engine would give in a session that begins with these turns."""

    def __init__(self) -> None:
        self._turn = 0
        self._ids = Ids(0)

    def begin_turn(self) -> None:
        """Count from one again."""
        self._turn += 1
        self._ids = Ids(self._turn)

    def call(self, origin: Origin) -> str:
        """Return a new id for code."""
        return self._ids.call(origin)

    def message(self) -> str:
        """Return a new id for prose."""
        return self._ids.message()


def events_of(blocks: Iterable[Block], names: Names) -> Iterator[ev.Event]:
    """Yield the turns that blocks are made of. What the program said itself is left out."""
    return _Retelling(names).tell(blocks)


class _Retelling:
    """Knows what is open: a turn, and a reply of the model within it."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._in_turn = False
        self._own = False  # the turn holds code that the person ran themselves
        self._after_code = False

    def tell(self, blocks: Iterable[Block]) -> Iterator[ev.Event]:
        for block in blocks:
            match block:
                case PromptBlock():
                    yield from self._begin_turn(block.text, own=False)
                case ProseBlock():
                    yield from self._prose(block)
                case CodeBlock():
                    yield from self._code(block)
                case _:
                    pass
        yield from self._end_turn()

    # -- turns ------------------------------------------------------------------------------------
    def _begin_turn(self, prompt: str, *, own: bool) -> Iterator[ev.Event]:
        yield from self._end_turn()
        self._names.begin_turn()
        self._in_turn, self._own, self._after_code = True, own, False
        yield ev.TurnStarted(prompt)

    def _end_turn(self) -> Iterator[ev.Event]:
        if self._in_turn:
            self._in_turn = False
            yield ev.TurnFinished(TurnEnd.COMPLETED)

    def _within_turn(self, *, own: bool) -> Iterator[ev.Event]:
        if not self._in_turn or self._own is not own or own:
            yield from self._begin_turn("", own=own)

    def _next_reply(self) -> Iterator[ev.Event]:
        """The model saw what came of its code before it went on."""
        if self._after_code:
            self._after_code = False
            yield ev.RequestSent(_UNKNOWN_MODEL)

    # -- what was said and done -------------------------------------------------------------------
    def _prose(self, block: ProseBlock) -> Iterator[ev.Event]:
        if not block.text:
            return
        yield from self._within_turn(own=False)
        yield from self._next_reply()
        name = self._names.message()
        yield ev.MessageStarted(name)
        yield ev.TextAdded(name, block.text)
        yield ev.MessageFinished(name, block.text, block.complete)

    def _code(self, block: CodeBlock) -> Iterator[ev.Event]:
        origin = origin_of(block.block_id)
        yield from self._within_turn(own=origin is Origin.PERSON)
        yield from self._next_reply()
        self._after_code = True
        name, code = self._names.call(origin), block.code
        problem = _problem(block)
        yield ev.CodeStarted(name, block.language)
        if code:
            yield ev.CodeAdded(name, code)
        digest = digest_of(code)
        yield ev.CodeFinished(name, block.language, code, digest, not problem, problem)
        if not problem:
            yield from _decision(name, block, digest)
            if has_run(block):
                yield from _run(name, block, block.status or RunStatus.OK, digest)


def _problem(block: CodeBlock) -> str:
    """Return why code could not be decided about; empty if it could."""
    if block.state is CodeState.STREAMING:
        return tr("it was cut off")
    if block.state is CodeState.UNRUNNABLE:
        return block.problem or tr("it could not be run")
    return ""


def _decision(name: str, block: CodeBlock, digest: str) -> Iterator[ev.Event]:
    if block.edited:
        yield ev.ApprovalRequested(name, block.language, block.code, digest, block.folder, "")
        yield ev.ProposalEdited(name, block.code, digest)
    if has_run(block):
        decision, by, reason = Decision.APPROVE, block.by or Decider.USER, block.reason
    elif block.decision in (Decision.REJECT, Decision.STOP):
        decision, by, reason = block.decision, block.by or Decider.USER, block.reason
    else:
        reason = tr("there is no record that it ran")
        decision, by = Decision.REJECT, Decider.ENGINE
    yield ev.ApprovalResolved(name, decision, digest, by, reason)


def _run(name: str, block: CodeBlock, status: RunStatus, digest: str) -> Iterator[ev.Event]:
    yield ev.RunStarted(name, block.language, digest)
    output = block.output
    for start in range(0, len(output.head), _PIECE):
        yield ev.OutputAdded(name, bytes(output.head[start : start + _PIECE]))
    if output.omitted > 0:
        yield ev.OutputOmitted(name, output.omitted)
    for start in range(0, len(output.tail), _PIECE):
        yield ev.OutputAdded(name, bytes(output.tail[start : start + _PIECE]))
    for display in block.displays:
        yield ev.DisplayAdded(name, display.mime, display.data)
    total = len(output.head) + max(output.omitted, 0) + len(output.tail)
    yield ev.RunFinished(
        name, status, block.exit_code, block.seconds, block.folder, total, block.detail
    )
