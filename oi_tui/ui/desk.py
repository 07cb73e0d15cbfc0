"""The session on the desk: which one is open, and the way from one to another.

Owns the bridge and the dispatcher of the session on the screen. Knows no layout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oi_tui.engine.live import EngineControls, LiveSession, SessionOpener
from oi_tui.protocol.events import Envelope
from oi_tui.protocol.ops import Op, ProposeCode, SubmitPrompt
from oi_tui.shells.base import OutputTap
from oi_tui.transcript import CodeBlock, Transcript
from oi_tui.ui.background import Post
from oi_tui.ui.bridge import Bridge, Receiver
from oi_tui.ui.dispatch import Dispatcher, Panes


@dataclass(frozen=True, slots=True)
class DeskEvents:
    """Who hears of the desk, always on the loop."""

    cleared: Callable[[], None]  # the session before is off the screen
    opened: Callable[[LiveSession], None]  # and its past is on the screen
    failed: Callable[[str], None]


class Desk:
    """Holds one open session at a time."""

    def __init__(
        self,
        opener: SessionOpener,
        tap: OutputTap,
        panes: Panes,
        tell: DeskEvents,
        post: Post,
    ) -> None:
        self._opener, self._tap, self._panes, self._tell = opener, tap, panes, tell
        self._post = post
        self._bridge: Bridge | None = None
        self._dispatcher: Dispatcher | None = None
        self.session: LiveSession | None = None

    @property
    def engine(self) -> EngineControls | None:
        """The engine; None while a session opens, or if it can only be read."""
        return self.session.engine if self.session is not None else None

    @property
    def transcript(self) -> Transcript:
        """The conversation on the screen."""
        return self._dispatcher.transcript if self._dispatcher is not None else Transcript()

    def submit(self, op: Op) -> bool:
        """Ask the engine; False if there is none (yet)."""
        engine = self.engine
        if engine is not None:
            engine.submit(op)
        return engine is not None

    def send_prompt(self, text: str) -> bool:
        """Ask the model; False if there is no engine (yet)."""
        return self.submit(SubmitPrompt(text))

    def propose_again(self, block_id: str) -> str:
        """Have the code of a block proposed once more; return it, empty if nothing can run."""
        block = self.transcript.find(block_id)
        if isinstance(block, CodeBlock) and self.submit(ProposeCode(block.language, block.code)):
            return block.code
        return ""

    async def open_new(self) -> None:
        """Put a new session on the desk."""
        await self._open(lambda: self._opener.new(self._tap))

    async def open_tour(self) -> None:
        """Put the guided tour on the desk."""
        await self._open(lambda: self._opener.new(self._tap, tour=True))

    async def open_kept(self, session_id: str) -> None:
        """Put an earlier session on the desk."""
        await self._open(lambda: self._opener.open(session_id, self._tap))

    async def close(self) -> bool:
        """Stop what is on the desk; False if that took too long and was given up."""
        bridge, self._bridge, self.session, self._dispatcher = self._bridge, None, None, None
        return await bridge.stop() if bridge is not None else True

    async def _open(self, open_session: Callable[[], LiveSession]) -> None:
        await self.close()
        self._tell.cleared()
        self._bridge = Bridge(Receiver(self._opened, self._tell.failed, self._arrived), self._post)
        self._bridge.start(open_session)

    def _opened(self, session: LiveSession) -> None:
        self.session = session
        self._dispatcher = Dispatcher(self._panes)
        self._dispatcher.replay(session.envelopes)
        self._tell.opened(session)

    def _arrived(self, batch: Sequence[Envelope]) -> None:
        if self._dispatcher is not None:
            self._dispatcher.apply(batch)
