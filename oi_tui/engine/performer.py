"""Performs ops one at a time: turns, and what is done to the history and the shells.

Owns how a turn is driven and that each one ends with its `TurnFinished`, whatever happens. Works
in the thread that calls it; knows no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from oi_tui.engine import problems
from oi_tui.engine.brackets import Brackets
from oi_tui.engine.bus import Bus
from oi_tui.engine.cancel import CancelToken
from oi_tui.engine.compactor import Compactor
from oi_tui.engine.ids import Ids
from oi_tui.engine.turn import Ending, Turn
from oi_tui.engine.workbench import Workbench
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    APPROVING,
    ChatMessage,
    Decider,
    Decision,
    EngineState,
    ErrorKind,
    HistoryChange,
    TurnEnd,
)
from oi_tui.protocol.reports import is_prompt
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

TITLE_LENGTH = 60


class Performer:
    """Performs ops with the parts of one session and tells what happens."""

    def __init__(self, bench: Workbench, bus: Bus, brackets: Brackets) -> None:
        self._bench, self._bus, self._brackets = bench, bus, brackets
        self.compactor = Compactor(bench, bus.emit)
        self.state: EngineState | None = None
        self.is_named = not bench.history.is_empty  # a session that goes on keeps its title

    def perform(self, op: ops.Op, token: CancelToken) -> None:
        """Perform `op` to its end."""
        match op:
            case ops.SubmitPrompt(text):
                self._converse(text, token)
            case ops.ContinueTurn():
                self._converse("", token)
            case ops.RetryTurn():
                self._retry(token)
            case ops.RunCode(language, code):
                self._take_turn("", token, lambda turn: turn.run_own(language, code))
            case ops.ProposeCode(language, code):
                self._take_turn("", token, lambda turn: turn.propose_own(language, code))
            case ops.ReplayRuns(blocks):
                self._replay(blocks, token)
            case ops.UndoTurn():
                self._undo()
            case ops.RedoTurn():
                self._redo()
            case ops.CompactHistory(hint, cut):
                self.go_to(EngineState.THINKING)
                try:
                    self.compactor.compact(hint, cut=cut, token=token)
                finally:
                    self.go_to(EngineState.IDLE)
            case ops.RestoreHistory():
                self.compactor.restore()
            case ops.ResetSession():
                self._reset()
            case ops.ReplaceHistory(messages):
                self._replace(messages, tr("Other messages were loaded."), HistoryChange.LOADED)
            case ops.RestartShell(language):
                shells = self._bench.shells
                shells.restart(shells.resolve(language) or language)
            case _:
                pass  # the others take effect at once, elsewhere

    def give_back(self, op: ops.Op) -> None:
        """Tell that an op that waited will not be performed, since the person stopped."""
        match op:
            case ops.SubmitPrompt(text):
                self._bus.emit(ev.PromptReturned(text))
            case ops.ReplayRuns():
                text = tr("The earlier code was not run again, since you stopped.")
                self._warn(text)
            case ops.RunCode(code=code) | ops.ProposeCode(code=code):
                text = tr("Not run, since you stopped: {code}", code=one_line(code))
                self._warn(text)
            case _:
                pass  # going on and trying again are a key away

    def go_to(self, state: EngineState) -> bool:
        """Tell the state, if it is another one."""
        if state is self.state:
            return True
        self.state = state
        return self._bus.emit(ev.StateChanged(state))

    # -- turns ----------------------------------------------------------------------------------
    def _converse(self, prompt: str, token: CancelToken) -> None:
        if prompt and not self.is_named:
            self._bus.emit(ev.SessionRenamed(_title_of(prompt)))
        if prompt and not self._has_room(prompt, token):
            return
        self._take_turn(prompt, token, Turn.converse)

    def _has_room(self, prompt: str, token: CancelToken) -> bool:
        """Make room for a turn; False: the person stopped that, and has the prompt back."""
        if not self.compactor.is_due(prompt):
            return True
        self.go_to(EngineState.THINKING)
        self.compactor.make_room(token)
        if token.is_set:
            self._bus.emit(ev.PromptReturned(prompt))
            self.go_to(EngineState.IDLE)
        return not token.is_set

    def _retry(self, token: CancelToken) -> None:
        place = self._last_prompt()
        if place is None:
            return
        messages = self._bench.history.messages
        self._replace(messages[:place], tr("The last prompt is sent again."), HistoryChange.RETRIED)
        self._take_turn(messages[place].text, token, Turn.converse)

    def _replay(self, blocks: Sequence[ops.Rerun], token: CancelToken) -> None:
        if not blocks:
            self._warn(tr("There is no earlier code to run again."))
            return
        self._take_turn("", token, lambda turn: turn.replay(blocks))

    def _take_turn(self, prompt: str, token: CancelToken, begin: Callable[[Turn], Ending]) -> None:
        self._bus.emit(ev.TurnStarted(prompt))
        try:
            end = self._drive(begin(Turn(self._bench, token, Ids(self._bus.turn))))
            self.compactor.announce()
        except Exception as error:  # a mistake of ours must not end the session
            end = ev.TurnFinished(TurnEnd.FAILED, problems.internal(error))
        for event in self._brackets.closing():
            self._bus.emit(event)
        self._bus.emit(end)
        self.go_to(EngineState.IDLE)

    def _drive(self, steps: Ending) -> ev.TurnFinished:
        try:
            event = next(steps)
            while True:
                event = steps.send(self._emit(event))
        except StopIteration as stop:
            end: ev.TurnFinished = stop.value
            return end
        finally:
            steps.close()

    def _emit(self, event: ev.Event) -> bool:
        match event:
            case ev.StateChanged(state):
                return self.go_to(state)
            case ev.ApprovalResolved(decision=decision) if decision in APPROVING:
                refused = replace(
                    event,
                    decision=Decision.REJECT,
                    by=Decider.ENGINE,
                    reason=problems.not_recorded().title,
                )
                return self._bus.emit_if_recorded(event, refused)
            case _:
                return self._bus.emit(event)

    # -- the history ----------------------------------------------------------------------------
    def _undo(self) -> None:
        history = self._bench.history
        if history.restored and (history.is_compacted_last or not self._prompts()):
            self.compactor.restore()
            return
        place = self._last_prompt()
        if place is None:
            return
        messages = self._bench.history.messages
        prompt = one_line(messages[place].text, TITLE_LENGTH)
        reason = tr("Taken back: {prompt} · %redo puts it back", prompt=prompt)
        self._replace(messages[:place], reason, HistoryChange.UNDONE)

    def _redo(self) -> None:
        history = self._bench.history
        back = history.taken_back
        if not back:
            self._warn(tr("There is nothing to put back."))
            return
        reason = tr("Put back: {prompt}", prompt=one_line(back[0].text, TITLE_LENGTH))
        self._replace((*history.messages, *back), reason, HistoryChange.REDONE)

    def _last_prompt(self) -> int | None:
        """Return the place of the last prompt in the history; say so if there is none."""
        places = self._prompts()
        if not places:
            self._warn(tr("There is no turn to go back to."))
        return places[-1] if places else None

    def _prompts(self) -> list[int]:
        return [p for p, one in enumerate(self._bench.history.messages) if is_prompt(one)]

    def _replace(self, messages: Sequence[ChatMessage], reason: str, change: HistoryChange) -> None:
        self._bus.emit(ev.HistoryReplaced(tuple(messages), reason, change))

    def _warn(self, text: str) -> None:
        self._bus.emit(ev.Warned(ErrorKind.BAD_REQUEST, text))

    def _reset(self) -> None:
        self._bench.policy.forget()
        for language in self._bench.shells.languages():
            self._bench.shells.restart(language)
        reason = tr("The conversation begins anew; shells too.")
        self._replace((), reason, HistoryChange.RESET)


def _title_of(prompt: str) -> str:
    """Return a prompt's first paragraph: what is pasted or piped below it names nothing."""
    return one_line(prompt.strip().partition("\n\n")[0], TITLE_LENGTH)
