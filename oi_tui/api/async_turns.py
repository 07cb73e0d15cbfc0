"""One turn, followed by an asyncio task: nothing blocks the loop, cancelling interrupts.

As `turns`, with the loop in place of the thread's bell, and without a terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import warnings
from collections.abc import AsyncGenerator, Iterator

from oi_tui.api.approval import Approver, approve_edited, decisions, proposal_of, refusal
from oi_tui.api.chunks import Chunk, Shape
from oi_tui.api.conversation import Conversation, Errand
from oi_tui.api.pieces import PieceMaker
from oi_tui.api.turns import PATIENCE, Asks, raise_failure, refused_text
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops


class AsyncTurn:
    """Follows one turn without blocking."""

    def __init__(
        self,
        conversation: Conversation,
        asks: Asks,
        shape: Shape,
        approve: Approver | None = None,
    ) -> None:
        self._conversation, self._asks, self._shape = conversation, asks, shape
        self._approve = approve
        self._engine = conversation.engine
        self._pieces = PieceMaker()
        self._asked: ev.ApprovalRequested | None = None

    async def follow(self, op: ops.Op) -> AsyncGenerator[Chunk, None]:
        """Ask for a turn and yield its chunks.

        Raises:
            InterpreterError: the turn failed, or another one is under way.
        """
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        errand = self._conversation.begin(op, lambda: _wake(loop, news))
        end: ev.Event | None = None
        try:
            while end is None:
                await news.wait()
                news.clear()
                for event in errand.drain():
                    for chunk in self._chunks(event):
                        yield chunk
                    if isinstance(event, ev.ApprovalRequested) and self._asks is Asks.CONSUMER:
                        question = self._shape.question(event)
                        yield question
                        code = self._shape.edited_code(question, event)
                        self._submit(approve_edited(event, code))
                    elif isinstance(event, ev.ApprovalRequested):
                        await self._decide(event)
                    end = event if event is errand.last else None
        finally:
            if not errand.is_over:
                self._refuse()
                await asyncio.shield(asyncio.to_thread(self._abandon, errand))
        raise_failure(end)

    def _refuse(self) -> None:
        if self._asked is not None:
            self._engine.submit(refusal(self._asked))
        else:
            self._engine.interrupt()

    def _abandon(self, errand: Errand) -> None:
        """Wait, in a thread, until the turn is over."""
        for last_resort in (self._engine.interrupt, self._engine.kill_run):
            if errand.wait_over(PATIENCE):
                return
            last_resort()

    def _chunks(self, event: ev.Event) -> Iterator[Chunk]:
        for piece in self._pieces.take(event):
            yield from self._shape.chunks(piece)
        if isinstance(event, ev.ApprovalRequested):
            self._asked = event
        elif isinstance(event, ev.ApprovalResolved):
            self._asked = None

    async def _decide(self, asked: ev.ApprovalRequested) -> None:
        if self._approve is None:
            self._submit((refusal(asked, "Nobody could be asked."),))
            warnings.warn(refused_text(), stacklevel=2)
            return
        answer = self._approve(proposal_of(asked))
        if inspect.isawaitable(answer):
            answer = await answer
        self._submit(decisions(asked, answer))

    def _submit(self, answers: tuple[ops.Decide | ops.EditProposal, ...]) -> None:
        for answer in answers:
            self._engine.submit(answer)


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
        loop.call_soon_threadsafe(news.set)
