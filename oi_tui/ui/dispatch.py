"""From event to widget: the only place that knows which event concerns which part of the screen.

Owns the fold into the transcript and into the facts of the status bar. Knows no thread and no
engine; what a widget makes of a call is its own affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, assert_never

from oi_tui.models.providers import shown_name
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import EngineState, ErrorKind, InputMode, ShellState
from oi_tui.transcript import Block, CodeBlock, PromptBlock, Transcript
from oi_tui.ui.replies import Replies
from oi_tui.ui.widgets.model_place import model_place
from oi_tui.ui.widgets.status_bar import StatusFacts, speed_of

if TYPE_CHECKING:
    from oi_tui.ui.activity import Progress


class ConversationPane(Protocol):
    """What the conversation is told."""

    def show(self, transcript: Transcript) -> None:
        """Show a whole transcript."""
        ...

    def update_block(self, block: Block) -> None:
        """A block is new or has changed."""
        ...

    def note_reply(self, block_id: str, detail: str) -> None:
        """A reply that ended with a block is whole; `detail` says what it took."""
        ...


class ApprovalPane(Protocol):
    """What the approval panel is told."""

    def update_block(self, block: CodeBlock) -> None:
        """A proposal is new or has changed."""
        ...

    def request(self, event: ev.ApprovalRequested | ev.ScanStarted | ev.ProposalScanned) -> None:
        """A proposal waits for a decision, is being scanned, or was."""
        ...


class OutputPane(Protocol):
    """What the live output is told."""

    def begin_run(self, language: str, call_id: str) -> None:
        """A run began."""
        ...

    def end_run(self, block: CodeBlock) -> None:
        """A run ended."""
        ...

    def load(self, language: str, data: bytes) -> None:
        """Show recorded output."""
        ...

    def show_picture(self, language: str, mime: str, data: bytes) -> None:
        """Show a picture below the output so far."""
        ...

    def set_input(self, mode: InputMode, waiting: bool) -> None:
        """The running program reads its terminal, or no longer does."""
        ...


class PromptPane(Protocol):
    """What the prompt is told."""

    def accept(self, text: str) -> None:
        """A sent prompt is recorded."""
        ...

    def release(self) -> None:
        """A sent prompt could not be recorded."""
        ...

    def give_back(self, text: str) -> None:
        """A prompt that waited was not sent after all."""
        ...

    def set_history(self, prompts: Sequence[str]) -> None:
        """Offer earlier prompts."""
        ...


class Frame(Protocol):
    """What the screen as a whole is told."""

    def state_changed(self, state: EngineState) -> None:
        """The engine does something else."""
        ...

    def approval_requested(self) -> None:
        """A proposal waits for a decision."""
        ...

    def proposal_changed(self) -> None:
        """A proposal appeared, grew or was decided."""
        ...

    def conversation_changed(self) -> None:
        """There is something in the conversation."""
        ...

    def run_changed(self, language: str, waits_for_input: bool) -> None:
        """A run began, waits for input (or no longer does), or ended."""
        ...

    def facts_changed(self) -> None:
        """Something in the status bar changed."""
        ...

    def session_named(self, title: str) -> None:
        """The session has a title."""
        ...

    def progress(self, event: Progress) -> None:
        """Something is under way that has no block of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Panes:
    """The parts of the screen."""

    conversation: ConversationPane
    approval: ApprovalPane
    output: OutputPane
    prompt: PromptPane
    frame: Frame
    facts: StatusFacts


Loud = (
    ev.StateChanged
    | ev.TurnStarted
    | ev.PromptQueued
    | ev.PromptReturned
    | ev.ApprovalRequested
    | ev.ScanStarted
    | ev.ProposalScanned
    | ev.SessionOpened
    | ev.SessionRenamed
    | ev.SessionPinned
    | ev.RequestSent
    | ev.Retrying
    | ev.ModelLoading
    | ev.PromptReading
    | ev.CompactionStarted
    | ev.Warned
)

OfRun = ev.RunStarted | ev.RunFinished | ev.InputAwaited | ev.DisplayAdded


class Dispatcher:
    """Brings the events of one session to the screen."""

    def __init__(self, panes: Panes) -> None:
        self.transcript = Transcript()
        self._panes = panes
        self._replies = Replies()
        self._replayed = 0  # the number of the last event that `replay` showed
        self._changed: dict[str, Block] = {}
        self._facts_changed = False

    def replay(self, envelopes: Sequence[ev.Envelope]) -> None:
        """Show a session as it was left."""
        details = []
        for envelope in envelopes:
            self.transcript.apply(envelope)
            self._note_facts(envelope.event)
            details.append(self._replies.apply(envelope))
            self._replayed = envelope.seq
        self._panes.conversation.show(self.transcript)
        for detail in filter(None, details):
            self._panes.conversation.note_reply(*detail)
        blocks = self.transcript.blocks
        if blocks:
            self._panes.frame.conversation_changed()
        self._panes.prompt.set_history([b.text for b in blocks if isinstance(b, PromptBlock)])
        runs = [b for b in blocks if isinstance(b, CodeBlock) and b.status is not None]
        if runs:
            self._show_past_run(runs[-1])
        self._panes.frame.facts_changed()

    def _show_past_run(self, block: CodeBlock) -> None:
        output = self._panes.output
        output.load(block.language, bytes(block.output.head + block.output.tail))
        for display in block.displays:
            output.show_picture(block.language, display.mime, display.data)
        self._panes.frame.run_changed(block.language, False)

    def apply(self, batch: Sequence[ev.Envelope]) -> None:
        """Show what happened since `replay`; each block is drawn once a batch."""
        self._facts_changed = False
        for envelope in batch:
            if envelope.seq > self._replayed:  # the live pieces of one delta share their number
                known = len(self.transcript.blocks)
                block = self.transcript.apply(envelope)
                made = self.transcript.blocks[known:]  # a loaded history is many
                for each in made if block is None else (*made, block):
                    self._changed[each.block_id] = each
                self._note_facts(envelope.event)
                self._tell(envelope.event)
                if detail := self._replies.apply(envelope):
                    self._panes.conversation.note_reply(*detail)
        self._flush()
        if self._facts_changed:
            self._panes.frame.facts_changed()

    def _flush(self) -> None:
        changed, self._changed = self._changed, {}
        if changed:
            self._panes.frame.conversation_changed()
        for block in changed.values():
            self._panes.conversation.update_block(block)
            if isinstance(block, CodeBlock):
                self._panes.approval.update_block(block)
                self._panes.frame.proposal_changed()

    def _tell(self, event: ev.Event) -> None:
        match event:
            case (
                ev.TextAdded()
                | ev.MessageFinished()
                | ev.CodeAdded()
                | ev.CodeFinished()
                | ev.ProposalEdited()
                | ev.ApprovalResolved()
                | ev.OutputAdded()
                | ev.OutputOmitted()
                | ev.LineReached()
                | ev.TurnFinished()
                | ev.HistoryTrimmed()
                | ev.HistoryReplaced()
                | ev.CompactionAnnounced()
                | ev.CompactionFinished()
            ):
                pass  # their blocks say it all
            case (
                ev.ShellChanged()
                | ev.UsageReported()
                | ev.ModelChanged()
                | ev.InstructionsChanged()
                | ev.AutoRunChanged()
                | ev.SettingChanged()
                | ev.SessionBranched()
                | ev.SessionImported()
                | ev.EngineStopped()
            ):
                pass  # facts, or of no concern here
            case ev.MessageStarted() | ev.CodeStarted():
                self._panes.frame.progress(event)
            case ev.RunStarted() | ev.RunFinished() | ev.InputAwaited() | ev.DisplayAdded():
                self._flush()
                self._tell_of_run(event)
            case _:
                self._tell_the_rest(event)

    def _tell_of_run(self, event: OfRun) -> None:
        output = self._panes.output
        block = self.transcript.find(event.call_id)
        if not isinstance(block, CodeBlock):
            return
        match event:
            case ev.RunStarted(language=language, call_id=call_id):
                output.begin_run(language, call_id)
            case ev.RunFinished():
                output.end_run(block)
            case ev.InputAwaited(mode=mode, waiting=waiting):
                output.set_input(mode, waiting)
            case ev.DisplayAdded(mime=mime, data=data):
                output.show_picture(block.language, mime, data)
                return
            case _:
                assert_never(event)
        self._panes.frame.run_changed(block.language, block.waiting)

    def _tell_the_rest(self, event: Loud) -> None:
        panes = self._panes
        match event:
            case ev.StateChanged(state=state):
                self._flush()
                panes.frame.state_changed(state)
            case ev.TurnStarted(prompt=prompt):
                panes.prompt.accept(prompt)
            case ev.PromptQueued(text=text):
                panes.prompt.accept(text)
                panes.frame.progress(event)
            case ev.PromptReturned(text=text):
                panes.prompt.give_back(text)
            case ev.ApprovalRequested():
                self._flush()
                panes.approval.request(event)
                panes.frame.approval_requested()
            case ev.ScanStarted() | ev.ProposalScanned():
                self._flush()
                panes.approval.request(event)
                panes.frame.proposal_changed()
            case ev.SessionOpened(title=title) | ev.SessionRenamed(title=title):
                panes.frame.session_named(title)
            case ev.SessionPinned():
                panes.frame.session_named(self.transcript.title)
            case (
                ev.RequestSent()
                | ev.Retrying()
                | ev.ModelLoading()
                | ev.PromptReading()
                | ev.CompactionStarted()
            ):
                panes.frame.progress(event)
            case ev.Warned(kind=kind):
                if kind is ErrorKind.STORE:
                    panes.prompt.release()
            case _:
                assert_never(event)

    def _note_facts(self, event: ev.Event) -> None:
        facts = self._panes.facts
        match event:
            case ev.SessionOpened(model=model, folder=folder, api_base=base):
                facts.folder, facts.auto_run = folder, False
                _note_model(facts, model, base)
                facts.shells.clear()
            case ev.ModelChanged(model=model, api_base=base):
                _note_model(facts, model, base)
            case ev.SettingChanged("max_budget", text):
                facts.max_budget = float(text) if text else None
            case ev.TurnStarted():
                facts.before_turn = facts.usage
                return
            case ev.AutoRunChanged(on=on):
                facts.auto_run = on
            case ev.UsageReported():
                facts.usage = event.session
                facts.context_tokens = event.context_tokens
                facts.context_window = event.context_window
                facts.speed = speed_of(event) or facts.speed
            case ev.ShellChanged(language=language, state=state, folder=folder):
                facts.shells[language] = state
                if folder and state is not ShellState.DEAD:
                    facts.folder = folder
            case _:
                return
        self._facts_changed = True


def _note_model(facts: StatusFacts, model: str, api_base: str) -> None:
    facts.model, facts.api_base, facts.speed = model, api_base, 0.0
    facts.model_name = shown_name(model, api_base)
    facts.model_place = model_place(model, api_base)
