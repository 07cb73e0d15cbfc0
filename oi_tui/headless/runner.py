"""One prompt, from sending it to an exit code.

Owns the loop over events, typed lines and signals, who answers a proposal, and the ladder of
Ctrl-C: interrupt, kill what runs, leave. Knows how neither the engine nor a view works inside.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from dataclasses import dataclass, replace
from types import FrameType

from oi_tui.engine.live import EngineControls, LiveSession
from oi_tui.engine.mailbox import Mailbox
from oi_tui.headless.json_view import read_op, write_envelope, write_header
from oi_tui.headless.keyboard import Keyboard
from oi_tui.headless.quiet_view import QuietView
from oi_tui.headless.text_view import TextView
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decision, InputMode, TurnEnd
from oi_tui.protocol.ops import Decide, EditProposal, ScanProposal, SubmitPrompt
from oi_tui.text.editor import edited
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

DONE, FAILED, NOT_APPROVED, LIMIT_REACHED, INTERRUPTED = 0, 1, 3, 4, 130
_ENDS = {
    TurnEnd.COMPLETED: DONE,
    TurnEnd.STOPPED: NOT_APPROVED,
    TurnEnd.FAILED: FAILED,
    TurnEnd.LIMIT: LIMIT_REACHED,
    TurnEnd.INTERRUPTED: INTERRUPTED,
}
_APPROVING = (Decision.APPROVE, Decision.APPROVE_SESSION)
_ANSWERS = {  # whole words only: a sentence that begins with y is no yes
    "y": Decision.APPROVE,
    "yes": Decision.APPROVE,
    "n": Decision.REJECT,
    "no": Decision.REJECT,
    "s": Decision.STOP,
    "stop": Decision.STOP,
}
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _Question:
    """A proposal that waits for an answer: exactly these bytes were shown."""

    call_id: str
    code: str
    digest: str
    language: str
    can_scan: bool = False
    is_changing: bool = False  # an edit was handed in, and is not yet what would run


class Runner:
    """Runs one prompt in an open session. Use `run` once, in the main thread."""

    def __init__(self, session: LiveSession, *, as_json: bool, quiet: bool = False) -> None:
        if session.engine is None:
            raise ValueError("a read-only session can't run a prompt")
        self._session = session
        self._engine: EngineControls = session.engine
        self._as_json = as_json
        self._keyboard = Keyboard()
        self._view = (QuietView if quiet else TextView)(sys.stdout, sys.stderr)
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._mailbox = Mailbox(self._wake)
        self._question: _Question | None = None
        self._takes_input = self._is_hidden = False
        self._rejected = False
        self._interrupts = self._climbed = 0
        self._exit: int | None = None

    def run(self, prompt: str) -> int:
        """Send `prompt`, follow its turn, and return the exit code of the program."""
        self._session.subscribe(self._mailbox.put)
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_ENDING_SIGNALS)}
        signal.signal(signal.SIGINT, self._on_interrupt)
        for number in _ENDING_SIGNALS:
            signal.signal(number, self._on_end)
        try:
            if self._as_json:
                write_header(self._session.session_id, sys.stdout)
            self._session.start()
            self._engine.submit(SubmitPrompt(prompt))
            while self._exit is None:
                self._wait()
            return self._exit
        finally:
            self._keyboard.echo(on=True)
            for number, handler in before.items():
                signal.signal(number, handler)

    # -- signals and waiting ------------------------------------------------------------------
    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_in, b"x")

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        self._wake()

    def _on_end(self, number: int, _frame: FrameType | None) -> None:
        self._exit = 128 + number
        self._wake()

    def _wait(self) -> None:
        """Wait for one thing to happen and answer it."""
        descriptors = [self._wake_out]
        if self._listens():
            descriptors.append(self._keyboard.descriptor)
        ready, _, _ = select.select(descriptors, [], [])
        while self._climbed < self._interrupts:
            self._climbed += 1
            self._climb(self._climbed)
        # Lines first: they were typed before the person could see what the events bring, and a
        # question among those drops what else was typed, so that reading after it would wait.
        if self._keyboard.descriptor in ready:
            for line in self._keyboard.read_lines():
                self._take_line(line)
            if self._keyboard.at_end and self._question is not None:
                self._deny()
        if self._wake_out in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_out, 4096)
            for envelope in self._mailbox.drain():
                if self._exit is None:
                    self._take(envelope)

    def _listens(self) -> bool:
        """Whether lines from stdin mean anything: a pipe without --json is not read at all."""
        return (self._as_json or self._keyboard.is_terminal) and not self._keyboard.at_end

    def _climb(self, step: int) -> None:
        """Take one step of the ladder for each Ctrl-C: interrupt, kill what runs, leave."""
        if step == 1:
            self._engine.interrupt()
        elif step == 2:
            self._engine.kill_run()
        else:
            self._exit = INTERRUPTED

    # -- events -------------------------------------------------------------------------------
    def _take(self, envelope: ev.Envelope) -> None:
        event = envelope.event
        if self._as_json:
            write_envelope(envelope, sys.stdout)
        else:
            self._view.show(event)
        match event:
            case ev.ApprovalRequested():
                self._ask(
                    _Question(
                        event.call_id, event.code, event.digest, event.language, event.can_scan
                    )
                )
            case ev.ProposalEdited() if self._question is not None:
                self._ask(_edited(self._question, event))
            case ev.ProposalScanned() if self._question is not None:
                self._ask(self._question)
            case ev.ApprovalResolved():
                self._question = None
                self._rejected |= event.decision not in _APPROVING
            case ev.RunStarted():
                self._takes_input = True
            case ev.InputAwaited():
                self._is_hidden = event.waiting and event.mode is InputMode.PASSWORD
                self._keyboard.echo(on=not self._is_hidden)
            case ev.RunFinished():
                self._takes_input = self._is_hidden = False
                self._keyboard.echo(on=True)
            case ev.TurnFinished(reason=reason):
                self._exit = (
                    NOT_APPROVED
                    if reason is TurnEnd.COMPLETED and self._rejected
                    else (_ENDS[reason])
                )
            case ev.PromptReturned():
                self._exit = INTERRUPTED  # while room was made for it
            case ev.EngineStopped():
                self._exit = FAILED if self._exit is None else self._exit
            case _:
                pass

    # -- approvals ----------------------------------------------------------------------------
    def _ask(self, question: _Question) -> None:
        self._question = question
        if not self._listens():
            self._deny()
        elif not self._as_json:
            self._keyboard.forget()
            self._put_question(question)

    def _put_question(self, question: _Question) -> None:
        language = question.language
        asked = (
            tr("Run this {language}? [y]es, [n]o, [e]dit, s[c]an, [s]top: ", language=language)
            if question.can_scan
            else tr("Run this {language}? [y]es, [n]o, [e]dit, [s]top: ", language=language)
        )
        self._view.ask(asked)

    def _deny(self) -> None:
        """Nobody can answer: stop, so that the model does not propose again and again."""
        question = self._question
        if question is None:
            return
        self._decide(question, Decision.STOP)
        note = tr(
            "Not run: nobody could be asked. Give -y to run proposals without asking, or --json "
            "to decide by program."
        )
        if self._as_json:
            sys.stderr.write(note + "\n")
        else:
            self._view.note(note)

    def _decide(self, question: _Question, decision: Decision) -> None:
        self._question = None
        self._engine.submit(Decide(question.call_id, decision, question.digest))

    # -- lines --------------------------------------------------------------------------------
    def _take_line(self, line: str) -> None:
        if self._as_json:
            self._take_json(line)
        elif self._question is not None:
            self._take_answer(self._question, line.strip().lower())
        elif self._takes_input:
            if not self._is_hidden:
                self._view.typed(line)
            self._engine.write_input(line.encode() + b"\n")

    def _take_answer(self, question: _Question, answer: str) -> None:
        if question.is_changing:
            return  # what comes before the question about the edit is no answer to it
        if answer in ("e", "edit"):
            code = edited(question.code, question.language)
            if code is None or code == question.code:
                self._put_question(question)
            else:
                self._question = replace(question, is_changing=True)
                self._engine.submit(EditProposal(question.call_id, code))
        elif answer in ("c", "scan") and question.can_scan:
            self._engine.submit(ScanProposal(question.call_id))
        elif decision := _ANSWERS.get(answer):
            self._decide(question, decision)
        else:
            self._put_question(question)

    def _take_json(self, line: str) -> None:
        if not line.strip():
            return
        op = read_op(line)
        if op is None:
            shown = one_line(line, 120)
            sys.stderr.write(tr("Not a decision, an edit or a scan: {line}", line=shown) + "\n")
        else:
            self._engine.submit(op)


def _edited(question: _Question, event: ev.ProposalEdited) -> _Question:
    return replace(question, code=event.code, digest=event.digest, is_changing=False)
