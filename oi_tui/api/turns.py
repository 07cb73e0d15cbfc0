"""One turn, followed to its end by the thread that asked for it.

Owns who answers a proposal, what Ctrl-C and a generator that is closed early do, and which failure
is raised. Whatever goes wrong on the way, what waits for an answer is refused and the turn ends.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from oi_tui.api.approval import Approver, approve_edited, decisions, proposal_of, refusal
from oi_tui.api.chunks import Chunk, Shape
from oi_tui.api.conversation import Conversation, Errand
from oi_tui.api.errors import InterpreterError, misuse
from oi_tui.api.pieces import PieceMaker
from oi_tui.api.waiting import Bell, Ladder
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorKind, InputMode
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.api.terminal_view import TerminalView

Answers = tuple[ops.Decide | ops.EditProposal | ops.ScanProposal, ...]
PATIENCE = 3.0  # seconds that a turn which nobody follows any more gets before its run is killed


class Asks(StrEnum):
    """Who decides about proposals."""

    CALLBACK = "callback"
    TERMINAL = "terminal"
    CONSUMER = "consumer"  # of the chunks: going on at the confirmation is the approval
    NOBODY = "nobody"


def refused_text() -> str:
    """Return what is said where nobody could be asked."""
    return tr(
        "Code was not run: nobody could be asked. Set interpreter.approve to a function that "
        "decides, iterate over chat(..., display=False, stream=True), or set "
        "interpreter.auto_run = True to run everything."
    )


def raise_failure(end: ev.Event) -> None:
    """Raise what a turn failed with, if it did.

    Raises:
        InterpreterError: the model, a shell or the disk failed; what was said until then is kept.
    """
    match end:
        case ev.TurnFinished(error=error) if error is not None:
            raise InterpreterError(error)
        case ev.EngineStopped():
            raise misuse(tr("The interpreter was closed meanwhile."))
        case ev.Warned(kind=ErrorKind.BAD_REQUEST, text=text):
            raise misuse(text)


class Turn:
    """Follows one turn. `shape` writes its chunks; `view` draws it, if somebody looks on."""

    def __init__(
        self,
        conversation: Conversation,
        asks: Asks,
        shape: Shape,
        view: TerminalView | None = None,
        approve: Approver | None = None,
    ) -> None:
        self._conversation, self._asks, self._shape = conversation, asks, shape
        self._view, self._approve = view, approve
        self._engine = conversation.engine
        self._bell = Bell()
        self.ladder = Ladder(self._bell)
        self._pieces = PieceMaker()
        self._errand: Errand | None = None
        self._climbed = self._scans = 0
        self._asked: ev.ApprovalRequested | None = None
        self._takes_input = self._is_hidden = False

    def follow(self, op: ops.Op) -> Generator[Chunk, None, None]:
        """Ask for a turn and yield its chunks.

        Raises:
            InterpreterError: see `raise_failure`, or another turn is under way.
            KeyboardInterrupt: at the second Ctrl-C.
        """
        errand = self._errand = self._conversation.begin(op, self._bell.ring)
        end: ev.Event | None = None
        try:
            while end is None:
                self._wait()
                for event in errand.drain():
                    yield from self._take(event)
                    end = event if event is errand.last else None
        finally:
            if self._view is not None:
                self._view.finish()
            if not errand.is_over:
                self._abandon(errand)
        raise_failure(end)

    # -- waiting --------------------------------------------------------------------------------
    def _wait(self) -> None:
        """Wait for news, for a line that the running program wants, or for Ctrl-C."""
        if self._view is None:
            self._bell.wait()
            return
        with self.ladder:
            if self._takes_input:
                self._feed_program()
            else:
                self._bell.wait()
        while self._climbed < self.ladder.presses:
            self._climbed += 1
            if self._climbed > 1:
                self._engine.kill_run()
                raise KeyboardInterrupt
            self._engine.interrupt()

    def _feed_program(self) -> None:
        view = self._view
        while view is not None and not self._bell.wait(0.05):
            line = view.terminal.read_line(0)
            if line is not None:
                self._engine.write_input(line.encode() if line else b"\x04")
                if line and not self._is_hidden:
                    self._pieces.typed(line.removesuffix("\n"))
                    view.typed()

    def _abandon(self, errand: Errand) -> None:
        """Nobody follows any more: refuse what is asked, stop the rest, wait until it is over."""
        if self._asked is not None:
            self._engine.submit(refusal(self._asked))
        else:
            self._engine.interrupt()
        for last_resort in (self._engine.interrupt, self._engine.kill_run):
            if errand.wait_over(PATIENCE):
                return
            last_resort()

    # -- events ---------------------------------------------------------------------------------
    def _take(self, event: ev.Event) -> Generator[Chunk, None, None]:
        for piece in self._pieces.take(event):
            if self._view is not None:
                self._view.draw(piece)
            yield from self._shape.chunks(piece)
        if self._view is not None:
            self._view.tell(event)
        match event:
            case ev.ApprovalRequested():
                self._asked = event
                yield from self._ask(event)
            case ev.ProposalEdited(_, code, digest) if self._asked is not None:
                self._ask_again(replace(self._asked, code=code, digest=digest))
            case ev.ProposalScanned(notes=notes):
                self._scans += 1
                if self._asked is not None:
                    self._ask_again(replace(self._asked, notes=notes))
            case ev.ApprovalResolved():
                self._asked = None
            case ev.InputAwaited(waiting=waiting, mode=mode) if self._view is not None:
                self._takes_input = waiting and self._view.terminal.can_ask
                self._is_hidden = waiting and mode is InputMode.PASSWORD
                self._view.terminal.show_typing(not self._is_hidden)
            case ev.RunFinished() if self._view is not None:
                self._takes_input = False
                self._view.terminal.show_typing(True)
            case _:
                pass

    # -- approvals ------------------------------------------------------------------------------
    def _ask(self, asked: ev.ApprovalRequested) -> Generator[Chunk, None, None]:
        match self._asks:
            case Asks.CONSUMER:
                chunk = self._shape.question(asked)
                yield chunk
                self._submit(approve_edited(asked, self._shape.edited_code(chunk, asked)))
            case Asks.CALLBACK if self._approve is not None:
                self._submit(decisions(asked, _answer(self._approve(proposal_of(asked)))))
            case Asks.TERMINAL:
                self._ask_terminal(asked)
            case _:
                self._submit((refusal(asked, "Nobody could be asked."),))
                self._say_refused()

    def _ask_again(self, asked: ev.ApprovalRequested) -> None:
        """The proposal is another one, or more is known of it."""
        self._asked = asked
        if self._asks is Asks.TERMINAL:
            self._ask_terminal(asked)

    def _ask_terminal(self, asked: ev.ApprovalRequested) -> None:
        if self._view is None:
            return
        with self.ladder:
            answer = self._view.ask(asked, self._has_news)
        if answer is not None:
            self._submit((answer,))

    def _has_news(self) -> bool:
        """Whether a question that stands there is no longer the right one."""
        errand = self._errand
        is_told = errand is not None and (errand.is_over or errand.scans > self._scans)
        return is_told or self.ladder.presses > self._climbed

    def _say_refused(self) -> None:
        if self._view is not None:
            self._view.note(refused_text())
        else:
            warnings.warn(refused_text(), stacklevel=2)

    def _submit(self, answers: Answers) -> None:
        for answer in answers:
            self._engine.submit(answer)


def _answer(answer: object) -> object:
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise TypeError(tr("approve is a coroutine function: use achat() with it."))
    return answer
