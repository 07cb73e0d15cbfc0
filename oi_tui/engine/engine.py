"""The engine: one thread that performs ops in order and tells everything as events.

Owns the queue and the way out. Decisions, edits and settings take effect at once, from whatever
thread they come; everything that takes time waits its turn. No exception ends the thread. Knows no
widget, no file and no concrete model or shell.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue

import oi_tui
from oi_tui.config.schema import Settings
from oi_tui.engine import problems
from oi_tui.engine.approvals import ApprovalBox, Policy
from oi_tui.engine.brackets import Brackets
from oi_tui.engine.bus import Bus
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.compaction import CompactionPlan
from oi_tui.engine.history import History
from oi_tui.engine.performer import Performer
from oi_tui.engine.requests import RequestBuilder
from oi_tui.engine.session_settings import SessionSettings
from oi_tui.engine.titles import Titler
from oi_tui.engine.tokens import TokenReport, report_tokens
from oi_tui.engine.usage import Ledger
from oi_tui.engine.workbench import Workbench
from oi_tui.models.base import ChatModel, ChatRequest
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    EngineState,
    ShellState,
    TurnEnd,
    Usage,
)
from oi_tui.shells.base import Shells
from oi_tui.shells.scanning import Scanner

_LOG = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5  # how often a pause lets held-back output reach the journal

_Turning = (
    ops.SubmitPrompt
    | ops.ContinueTurn
    | ops.RetryTurn
    | ops.RunCode
    | ops.ProposeCode
    | ops.ReplayRuns
)


@dataclass(slots=True)
class _Job:
    """An op that is under way or waits."""

    op: ops.Op
    token: CancelToken = field(default_factory=CancelToken)
    is_withdrawn: bool = False  # the person stopped what it waited for


class Engine:
    """Drives one session. Everything public is safe from any thread."""

    def __init__(
        self,
        *,
        settings: Settings,
        model: ChatModel,
        shells: Shells,
        bus: Bus,
        folder: str,
        history: History | None = None,
        usage: Usage | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        self._shells, self._bus, self._folder = shells, bus, folder
        self._policy = Policy(settings.auto_run)
        self._settings = SessionSettings(settings, self._policy, bus)
        self._bench = Workbench(
            model,
            shells,
            RequestBuilder(model, shells, folder),
            self._policy,
            ApprovalBox(),
            lambda: self._settings.now,
            history or History(output_limit=settings.max_output),
            Ledger(model, usage),
            scanner,
        )
        self._brackets = Brackets()
        self._performer = Performer(self._bench, bus, self._brackets)
        self._titler = Titler(self._bench, bus.emit)
        self._titling: CancelToken | None = None
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._queued: deque[_Job] = deque()  # the one under way, then those waiting
        self._is_opened = self._is_stopping = self._is_run_new = False
        self._busy, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        bus.subscribe(self._note)

    @property
    def history(self) -> tuple[ChatMessage, ...]:
        """The conversation as the model sees it. Exact only between turns."""
        return self._bench.history.messages

    @property
    def is_busy(self) -> bool:
        """Whether an op is under way or waits."""
        return bool(self._queued)

    # -- from any thread ------------------------------------------------------------------------
    def start(self) -> None:
        """Open the session, if nobody told of it yet, and begin to perform ops."""
        if not self._is_opened:
            settings, version = self._settings.now, oi_tui.__version__
            self._bus.emit(
                ev.SessionOpened("", settings.model, self._folder, version, settings.api_base)
            )
        if self._policy.auto_run:
            self._bus.emit(ev.AutoRunChanged(on=True))
        self._shells.watch(self._shell_changed)
        threading.Thread(target=self._keep_time, name="engine-clock", daemon=True).start()
        self._thread.start()

    def submit(self, op: ops.Op) -> None:
        """Perform `op`; after a stop, ignore it."""
        if self._is_stopping:
            return
        match op:
            case ops.Decide(call_id, decision, digest, reason):
                self._bench.box.decide(call_id, decision, digest, reason)
            case ops.EditProposal(call_id, code):
                self._bench.box.edit(call_id, code)
            case ops.ScanProposal(call_id):
                self._bench.box.ask_scan(call_id)
            case (
                ops.SetAutoRun()
                | ops.SetModel()
                | ops.SetSystemMessage()
                | ops.SetSetting()
                | ops.RenameSession()
                | ops.PinSession()
            ):
                if isinstance(op, ops.RenameSession):
                    self._titler.give_up()
                self._settings.perform(op)
            case _:
                self._queue(op)

    def interrupt(self) -> None:
        """Stop the model, deny open approvals, send Ctrl-C to what runs.

        What waits behind it does not begin by itself then: prompts are given back.
        """
        with self._lock:
            if not self._queued:
                return
            token = self._queued[0].token
            for job in islice(self._queued, 1, None):
                job.is_withdrawn = isinstance(job.op, _Turning)
        if token.is_set and self._performer.state is EngineState.RUNNING:
            self._shells.interrupt()
        token.set(Decider.INTERRUPT)

    def kill_run(self) -> None:
        """Interrupt and kill the shell that runs something; its variables are lost."""
        self.interrupt()
        if self._performer.state is EngineState.RUNNING:
            self._shells.interrupt(3)

    def write_input(self, data: bytes) -> None:
        """Type into the program that runs."""
        self._shells.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Give every shell's terminal this size."""
        self._shells.resize(columns, rows)

    def token_report(self, text: str = "") -> TokenReport:
        """Count what would be sent now, and `text`. May block for seconds."""
        return report_tokens(self._bench, self._settings.now, text)

    def compaction_plan(self) -> CompactionPlan | None:
        """Return what a compaction would replace now; None: nothing. May block for seconds."""
        return self._performer.compactor.plan()

    def next_messages(self) -> Sequence[ChatMessage]:
        """Return what would be sent now, the system message first. May block for seconds."""
        return self.next_request().messages

    def next_request(self) -> ChatRequest:
        """Return the request that would be sent now. May block for seconds."""
        history = self._bench.history.messages
        return self._bench.requests.build(self._settings.now, history).request

    def stop(self, timeout: float = 3.0) -> bool:
        """End what is under way and the thread. False if the thread did not end in `timeout` s.

        `EngineStopped` is told in any case, and nothing after it.
        """
        with self._lock:
            self._is_stopping = True
            tokens = [job.token for job in self._queued]
            tokens += [self._titling] if self._titling is not None else []
        for token in tokens:
            token.set(Decider.SHUTDOWN)
        self._jobs.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout * 0.6)
            if self._thread.is_alive():
                self._shells.interrupt(3)
                self._thread.join(timeout * 0.4)
        self._end()
        return not self._thread.is_alive()

    # -- the queue ------------------------------------------------------------------------------
    def _queue(self, op: ops.Op) -> None:
        with self._lock:
            job = _Job(op)
            waits = bool(self._queued)
            self._queued.append(job)
            if self._titling is not None:
                self._titling.set()  # the person goes on: a title can't make them wait
            if waits and isinstance(op, ops.SubmitPrompt):
                self._bus.emit(ev.PromptQueued(op.text))
            self._jobs.put(job)

    # -- the engine's thread --------------------------------------------------------------------
    def _work(self) -> None:
        self._performer.go_to(EngineState.IDLE)
        while (job := self._jobs.get()) is not None and not self._is_stopping:
            self._busy.set()
            try:
                if job.is_withdrawn:
                    self._performer.give_back(job.op)
                else:
                    self._performer.perform(job.op, job.token)
            except Exception as error:  # the thread outlives whatever went wrong
                info = problems.internal(error)
                self._bus.emit(ev.Warned(info.kind, f"{info.title} {info.detail}"))
            finally:
                self._busy.clear()
                with self._lock:
                    self._queued.popleft()
            self._ask_for_title()
        self._end()

    def _ask_for_title(self) -> None:
        with self._lock:
            if self._queued or self._is_stopping or not self._titler.is_due:
                return
            self._titling = token = CancelToken()
        try:
            self._titler.ask(token)
        except Exception:  # nobody asked for it, so nobody needs to hear that it went wrong
            _LOG.debug("no title", exc_info=True)
        finally:
            with self._lock:
                self._titling = None

    # -- events ---------------------------------------------------------------------------------
    def _note(self, envelope: ev.Envelope) -> None:
        """Under the bus's lock, in the order of the events."""
        self._is_opened |= isinstance(envelope.event, ev.SessionOpened)
        self._performer.is_named |= isinstance(envelope.event, ev.SessionRenamed)
        self._is_run_new |= isinstance(envelope.event, ev.RunStarted)
        self._bench.history.apply(envelope)
        self._performer.compactor.note(envelope.event)
        self._titler.note(envelope.event)
        self._brackets.apply(envelope)

    def _shell_changed(self, language: str, state: ShellState, folder: str, detail: str) -> None:
        self._bus.emit(ev.ShellChanged(language, state, folder, detail))
        if state is ShellState.BUSY and self._is_run_new:
            # An interrupt between the approval and this moment found nothing to interrupt.
            self._is_run_new = False
            with self._lock:
                is_late = bool(self._queued) and self._queued[0].token.is_set
            if is_late:
                self._shells.interrupt()

    def _keep_time(self) -> None:
        while not self._over.is_set():
            self._busy.wait()
            self._over.wait(CHECKPOINT_SECONDS)
            self._bus.checkpoint()

    def _end(self) -> None:
        """Close what is open and tell the end, once: in the thread, or where it hangs."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
        self._busy.set()
        for event in self._brackets.closing(Decider.SHUTDOWN):
            self._bus.emit(event)
        if self._brackets.is_turn_open:
            self._bus.emit(ev.TurnFinished(TurnEnd.INTERRUPTED))
        self._bus.emit(ev.EngineStopped())
