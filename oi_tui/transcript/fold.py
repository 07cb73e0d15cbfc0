"""The fold: each event makes or changes a block. Knows no widget, no file and no engine."""

from __future__ import annotations

from collections.abc import Iterable

from oi_tui.models.providers import shown_name
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import APPROVING, HistoryChange, RunStatus, TurnEnd
from oi_tui.protocol.reports import summary_of
from oi_tui.transcript.blocks import (
    Block,
    CodeBlock,
    CodeState,
    Display,
    NoticeBlock,
    NoticeKind,
    PromptBlock,
    ProseBlock,
)
from oi_tui.transcript.loaded import blocks_of, tells_beginning_of
from oi_tui.transcript.taking_back import TakingBack


class Transcript:
    """The blocks of one session, in order. `apply` returns what an event changed."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._by_id: dict[str, Block] = {}
        self._opened = 0
        self._taking_back = TakingBack(self.blocks)

    def find(self, block_id: str) -> Block | None:
        """Return the block with this id (a message's or a call's)."""
        return self._by_id.get(block_id)

    def replay(self, envelopes: Iterable[ev.Envelope]) -> None:
        """Fold many events, as when a session is opened again."""
        for envelope in envelopes:
            self.apply(envelope)

    def apply(self, envelope: ev.Envelope) -> Block | None:
        """Fold one event; return the block that it made or changed, if any."""
        event = envelope.event
        match event:
            case ev.MessageStarted() | ev.TextAdded() | ev.MessageFinished():
                return self._prose(envelope.turn, event)
            case ev.CodeStarted() | ev.CodeAdded() | ev.CodeFinished():
                return self._code(envelope, event)
            case ev.ApprovalRequested() | ev.ProposalEdited() | ev.ApprovalResolved():
                return self._approval(event)
            case (
                ev.RunStarted()
                | ev.OutputAdded()
                | ev.OutputOmitted()
                | ev.DisplayAdded()
                | ev.LineReached()
                | ev.InputAwaited()
                | ev.RunFinished()
            ):
                return self._run(event)
            case ev.TurnStarted():
                return self._begin_turn(envelope, event.prompt)
            case ev.HistoryReplaced():
                return self._replace(envelope, event)
            case _:
                return self._notice(envelope)

    # -- turns ----------------------------------------------------------------------------------
    def _begin_turn(self, envelope: ev.Envelope, prompt: str) -> Block | None:
        self._taking_back.settle()
        if not prompt:
            return None
        return self._append(
            PromptBlock(f"prompt-{envelope.seq}", envelope.turn, prompt, envelope.at)
        )

    def _replace(self, envelope: ev.Envelope, event: ev.HistoryReplaced) -> Block:
        match event.change:
            case HistoryChange.UNDONE:
                self._taking_back.undo()
            case HistoryChange.REDONE:
                self._taking_back.redo()
            case HistoryChange.RETRIED:
                self._taking_back.undo()
                self._taking_back.settle()
            case HistoryChange.RESET:
                self._taking_back.forget_compactions()
                self._taking_back.keep_prompts(0)
            case HistoryChange.LOADED:
                self._taking_back.forget_compactions()
                self._load(envelope, event)
            case HistoryChange.COMPACTED:
                self._taking_back.settle()
                return self._append(_compacted(envelope, event))
            case HistoryChange.RESTORED:
                self._taking_back.restore()
        block = NoticeBlock(f"notice-{envelope.seq}", envelope.turn, NoticeKind.HISTORY)
        block.text = event.reason
        return self._append(block)

    def _load(self, envelope: ev.Envelope, event: ev.HistoryReplaced) -> None:
        # Journals of before there was a `change` tell an undo like this as well.
        current = [block for block in self.blocks if not block.undone]
        kept = tells_beginning_of(current, event.messages)
        self._taking_back.keep_prompts(kept)
        if kept or not event.messages:
            return
        for block in blocks_of(event.messages, envelope, self._by_id):
            self._append(block)

    # -- one method a bracket -----------------------------------------------------------------
    def _prose(
        self, turn: int, event: ev.MessageStarted | ev.TextAdded | ev.MessageFinished
    ) -> Block | None:
        if isinstance(event, ev.MessageStarted):
            return self._append(ProseBlock(event.message_id, turn))
        block = self._by_id.get(event.message_id)
        if not isinstance(block, ProseBlock):
            return None
        if isinstance(event, ev.TextAdded):
            block.pieces.append(event.text)
        else:
            block.pieces[:] = [event.text]
            block.finished, block.complete = True, event.complete
        return block

    def _code(
        self, envelope: ev.Envelope, event: ev.CodeStarted | ev.CodeAdded | ev.CodeFinished
    ) -> Block | None:
        if isinstance(event, ev.CodeStarted):
            return self._append(
                CodeBlock(event.call_id, envelope.turn, event.language, at=envelope.at)
            )
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        if isinstance(event, ev.CodeAdded):
            block.pieces.append(event.text)
            return block
        block.pieces[:] = [event.code]
        block.language, block.digest = event.language, event.digest
        block.state = CodeState.WAITING if event.runnable else CodeState.UNRUNNABLE
        block.problem = event.problem
        return block

    def _approval(
        self, event: ev.ApprovalRequested | ev.ProposalEdited | ev.ApprovalResolved
    ) -> Block | None:
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        match event:
            case ev.ApprovalRequested():
                block.folder = event.folder
                block.state = CodeState.WAITING
            case ev.ProposalEdited():
                block.pieces[:] = [event.code]
                block.digest, block.edited = event.digest, True
            case ev.ApprovalResolved():
                approved = event.decision in APPROVING
                block.state = CodeState.APPROVED if approved else CodeState.REJECTED
                block.decision, block.by, block.reason = event.decision, event.by, event.reason
        return block

    def _run(
        self,
        event: ev.RunStarted
        | ev.OutputAdded
        | ev.OutputOmitted
        | ev.DisplayAdded
        | ev.LineReached
        | ev.InputAwaited
        | ev.RunFinished,
    ) -> Block | None:
        block = self._by_id.get(event.call_id)
        if not isinstance(block, CodeBlock):
            return None
        match event:
            case ev.RunStarted():
                block.state = CodeState.RUNNING
            case ev.OutputAdded():
                block.output.add(event.data)
            case ev.OutputOmitted():
                block.output.omitted += event.count
            case ev.DisplayAdded():
                block.displays.append(Display(event.mime, event.data))
            case ev.LineReached():
                block.line = event.line
            case ev.InputAwaited():
                block.waiting, block.input_mode = event.waiting, event.mode
            case ev.RunFinished():
                self._finish_run(block, event)
        return block

    @staticmethod
    def _finish_run(block: CodeBlock, event: ev.RunFinished) -> None:
        block.state, block.waiting, block.line = CodeState.FINISHED, False, 0
        block.status, block.exit_code = event.status, event.exit_code
        block.seconds, block.folder = event.seconds, event.folder
        block.output_bytes, block.detail = event.output_bytes, event.detail

    def _notice(self, envelope: ev.Envelope) -> Block | None:
        event = envelope.event
        block = NoticeBlock(f"notice-{envelope.seq}", envelope.turn, NoticeKind.WARNING)
        match event:
            case ev.SessionOpened(title=title):
                return self._open(block, title)
            case ev.SessionRenamed(title=title):
                self.title = title
                return None
            case ev.TurnFinished(reason=TurnEnd.FAILED, error=error):
                block.kind, block.error = NoticeKind.ERROR, error
            case ev.TurnFinished(reason=TurnEnd.LIMIT, limit=limit):
                block.kind, block.limit = NoticeKind.LIMIT, limit
            case ev.TurnFinished(reason=TurnEnd.INTERRUPTED):
                block.kind = NoticeKind.INTERRUPTED
            case ev.Warned(text=text) | ev.CompactionFinished(problem=text) if text:
                block.text = text
            case ev.CompactionAnnounced(text=text):
                block.kind, block.text = NoticeKind.CONTEXT, text
            case ev.HistoryTrimmed(left_out=left_out):
                block.kind, block.count = NoticeKind.TRIMMED, left_out
            case ev.ModelChanged(model=model, api_base=base):
                block.kind, block.text = NoticeKind.MODEL, shown_name(model, base)
            case ev.AutoRunChanged(on=on):
                block.kind, block.count = NoticeKind.AUTO_RUN, int(on)
            case ev.SessionImported(source=source):
                block.kind, block.text = NoticeKind.IMPORTED, source
            case ev.SessionBranched():
                block.kind = NoticeKind.BRANCHED
            case _:
                return None
        return self._append(block)

    def _open(self, block: NoticeBlock, title: str) -> Block | None:
        self.title = title or self.title
        self._opened += 1
        if self._opened == 1:
            return None
        self._end_what_was_running()
        block.kind = NoticeKind.REOPENED
        return self._append(block)

    def _end_what_was_running(self) -> None:
        """What was under way when the program died is over: nothing of it can be decided now."""
        for block in self.blocks:
            if isinstance(block, ProseBlock) and not block.finished:
                block.finished, block.complete = True, False
            elif isinstance(block, CodeBlock):
                if block.state in (CodeState.APPROVED, CodeState.RUNNING):
                    block.state, block.status = CodeState.FINISHED, RunStatus.DIED
                elif block.state in (CodeState.STREAMING, CodeState.WAITING):
                    block.state = CodeState.REJECTED

    def _append(self, block: Block) -> Block:
        self.blocks.append(block)
        self._by_id[block.block_id] = block
        return block


def _compacted(envelope: ev.Envelope, event: ev.HistoryReplaced) -> NoticeBlock:
    block = NoticeBlock(f"notice-{envelope.seq}", envelope.turn, NoticeKind.COMPACTED)
    block.text = event.reason
    block.summary = (summary_of(event.messages[0]) or "") if event.messages else ""
    return block
