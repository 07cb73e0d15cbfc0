"""One open session as the Python interface uses it: what was said, and one turn at a time.

Owns which turn is under way and when it is over. Safe from any thread: events come from the
engine's, everything else from the program's. Knows no chunk and no terminal.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

from oi_tui.api.errors import InterpreterError, misuse
from oi_tui.api.leaving import close_at_end, closed
from oi_tui.engine.live import EngineControls, LiveSession
from oi_tui.engine.mailbox import Mailbox
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind, HistoryChange, TurnEnd, Usage
from oi_tui.text.translation import tr
from oi_tui.transcript import Block, Transcript

T = TypeVar("T")

TURNS = (
    ops.SubmitPrompt
    | ops.ContinueTurn
    | ops.RetryTurn
    | ops.RunCode
    | ops.ProposeCode
    | ops.ReplayRuns
)


class Errand:
    """An op under way and the events that it brings, for one reader."""

    def __init__(self, op: ops.Op, wake: Callable[[], None]) -> None:
        self._takes_turn = isinstance(op, TURNS)
        self._has_begun = False
        self._is_cut = isinstance(op, ops.CompactHistory) and op.cut
        self._mailbox = Mailbox(wake)
        self._over = threading.Event()
        self.last: ev.Event | None = None  # the one that ended it
        self.scans = 0  # how many ended while the person may have been asked

    @property
    def is_over(self) -> bool:
        """Whether its last event was told; the reader may not have read it yet."""
        return self._over.is_set()

    def wait_over(self, seconds: float | None = None) -> bool:
        """Wait until it is over, whoever reads; False: it is not yet after so many seconds."""
        return self._over.wait(seconds)

    def put(self, envelope: ev.Envelope) -> None:
        """Take an event, in the thread that emits it."""
        if self.is_over:
            return
        self._has_begun |= isinstance(envelope.event, ev.TurnStarted)
        self.scans += isinstance(envelope.event, ev.ProposalScanned)
        if self._ends(envelope.event):
            self.last = envelope.event
            self._over.set()
        self._mailbox.put(envelope)

    def drain(self) -> list[ev.Event]:
        """Return what came since; the last event is the one that ends it."""
        return [envelope.event for envelope in self._mailbox.drain()]

    def _ends(self, event: ev.Event) -> bool:
        match event:
            case ev.EngineStopped() | ev.TurnFinished():
                return True
            case ev.Warned(kind=ErrorKind.BAD_REQUEST):
                return not self._has_begun  # it makes no sense now, and the text says why
            case ev.PromptReturned():
                return not self._has_begun
            case ev.HistoryReplaced(change=HistoryChange.COMPACTED):
                return self._is_cut
            case ev.CompactionFinished() | ev.HistoryReplaced():
                return not self._takes_turn
        return False


class Conversation:
    """A session that was opened and started."""

    def __init__(self, session: LiveSession, remembered: list[str]) -> None:
        if session.engine is None:
            raise InterpreterError(ErrorInfo(ErrorKind.STORE, session.read_only))
        self._session = session
        self.engine: EngineControls = session.engine
        self._lock = threading.Lock()
        self._transcript = Transcript()
        self._errand: Errand | None = None
        self.usage = Usage()
        self.model = self.api_base = ""
        self.last_end: TurnEnd | None = None
        self.remembered = remembered  # lines for the person, added to by whoever opened it
        self.is_closed = False
        for envelope in session.envelopes:
            self._take(envelope)
        session.subscribe(self._take)
        session.start()
        close_at_end(self)

    @property
    def session_id(self) -> str:
        """Name it for `oi-tui --resume`."""
        return self._session.session_id

    @property
    def folder(self) -> str:
        """The working folder in which its shells start."""
        return self._session.folder

    @property
    def is_busy(self) -> bool:
        """Whether a turn is under way."""
        with self._lock:
            return self._errand is not None and not self._errand.is_over

    def with_blocks(self, read: Callable[[Sequence[Block]], T]) -> T:
        """Return what `read` makes of the conversation, which does not change meanwhile."""
        with self._lock:
            return read(self._transcript.blocks)

    def begin(self, op: ops.Op, wake: Callable[[], None]) -> Errand:
        """Ask for something and return what follows; `wake` is called when there is news.

        Raises:
            InterpreterError: another turn is under way, or the conversation is closed.
        """
        errand = Errand(op, wake)
        with self._lock:
            if self.is_closed:
                raise misuse(tr("This interpreter is closed."), tr("reset() begins anew."))
            if self._errand is not None and not self._errand.is_over:
                raise misuse(
                    tr("A chat is under way."),
                    tr("Read it to its end, close its generator, or call stop()."),
                )
            self._errand = errand
        self.engine.submit(op)
        return errand

    def perform(self, op: ops.Op) -> str:
        """Change the history and wait until it is done; return why it was not, if so."""
        errand = self.begin(op, lambda: None)
        errand.wait_over()
        match errand.last:
            case ev.Warned(text=text) | ev.CompactionFinished(problem=text):
                return text
            case ev.EngineStopped():
                return tr("The interpreter was closed meanwhile.")
        return ""

    def stop(self) -> None:
        """End what is under way, denying what waits for an answer."""
        self.engine.interrupt()

    def close(self) -> None:
        """End shells, model and journal; blocks up to about 3 seconds."""
        with self._lock:
            was_closed, self.is_closed = self.is_closed, True
        if was_closed:
            return
        closed(self)
        told = len(self.remembered)
        self._session.close()
        for line in self.remembered[told:]:
            warnings.warn(line, stacklevel=3)

    def _take(self, envelope: ev.Envelope) -> None:
        """Follow an event; under the bus's lock."""
        event = envelope.event
        with self._lock:
            self._transcript.apply(envelope)
            match event:
                case ev.UsageReported(session=usage):
                    self.usage = usage
                case ev.SessionOpened() | ev.ModelChanged():
                    self.model, self.api_base = event.model, event.api_base
                case ev.TurnFinished(reason=reason):
                    self.last_end = reason
                case _:
                    pass
            errand = self._errand
        if errand is not None:
            errand.put(envelope)
