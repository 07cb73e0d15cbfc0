"""From events to panes: what of a live session reaches the transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from oi_tui.engine.bus import Bus
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import EngineState, InputMode
from oi_tui.transcript import Block, CodeBlock, ProseBlock, Transcript
from oi_tui.ui.dispatch import Dispatcher, Panes
from oi_tui.ui.widgets.status_bar import StatusFacts

if TYPE_CHECKING:
    from oi_tui.ui.activity import Progress


class _FakeScreen:
    """Every pane in one, of which only the blocks matter here."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def update_block(self, block: Block) -> None:
        self.blocks.append(block)

    def note_reply(self, block_id: str, detail: str) -> None: ...
    def show(self, transcript: Transcript) -> None: ...
    def request(
        self, event: ev.ApprovalRequested | ev.ScanStarted | ev.ProposalScanned
    ) -> None: ...
    def begin_run(self, language: str, call_id: str) -> None: ...
    def end_run(self, block: CodeBlock) -> None: ...
    def load(self, language: str, data: bytes) -> None: ...
    def show_picture(self, language: str, mime: str, data: bytes) -> None: ...
    def set_input(self, mode: InputMode, waiting: bool) -> None: ...
    def accept(self, text: str) -> None: ...
    def release(self) -> None: ...
    def give_back(self, text: str) -> None: ...
    def set_history(self, prompts: Sequence[str]) -> None: ...
    def state_changed(self, state: EngineState) -> None: ...
    def approval_requested(self) -> None: ...
    def proposal_changed(self) -> None: ...
    def conversation_changed(self) -> None: ...
    def run_changed(self, language: str, waits_for_input: bool) -> None: ...
    def facts_changed(self) -> None: ...
    def session_named(self, title: str) -> None: ...
    def progress(self, event: Progress) -> None: ...


def _dispatcher() -> Dispatcher:
    screen = _FakeScreen()
    return Dispatcher(Panes(screen, screen, screen, screen, screen, StatusFacts()))


def _told(bus: Bus, *events: ev.Event) -> list[ev.Envelope]:
    heard: list[ev.Envelope] = []
    bus.subscribe(heard.append)
    for event in events:
        bus.emit(event)
    return heard


def test_every_piece_of_a_reply_is_shown_while_it_streams() -> None:
    pieces = [ev.TextAdded("m", f"{number} ") for number in range(100)]
    told = _told(Bus("s"), ev.TurnStarted("count"), ev.MessageStarted("m"), *pieces)
    dispatcher = _dispatcher()
    for envelope in told:  # one batch each, as at the speed of a model
        dispatcher.apply([envelope])
    block = dispatcher.transcript.find("m")
    assert isinstance(block, ProseBlock)
    assert "".join(block.pieces) == "".join(piece.text for piece in pieces)


def test_what_was_replayed_is_not_shown_again() -> None:
    told = _told(Bus("s"), ev.TurnStarted("once"), ev.MessageStarted("m"), ev.TextAdded("m", "a"))
    dispatcher = _dispatcher()
    dispatcher.replay(told)
    dispatcher.apply(told)
    assert len(dispatcher.transcript.blocks) == 2
