"""The history as a model sees it: a pure fold of events into messages.

Live and resumed sessions fold the same events through this one place, so they agree by
construction, what an undo took out and a redo may put back included. What the messages say is made
in `engine.messages`. Knows no journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oi_tui.engine.messages import Reply, report
from oi_tui.engine.outcomes import CodeRecord
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, ErrorKind, HistoryChange, Role, ShellState
from oi_tui.protocol.reports import is_prompt, summary_of

OUTPUT_LIMIT = 8000  # characters of one run's output that go to the model

_FRESH = "The session was opened again: all shells are fresh, earlier variables are gone."


def history_from(
    envelopes: Iterable[ev.Envelope], output_limit: int = OUTPUT_LIMIT
) -> tuple[ChatMessage, ...]:
    """Return the messages that a session ended with."""
    return folded(envelopes, output_limit).messages


def folded(envelopes: Iterable[ev.Envelope], output_limit: int = OUTPUT_LIMIT) -> History:
    """Return the history that a session ended with, to go on from there."""
    history = History(output_limit=output_limit)
    for envelope in envelopes:
        history.apply(envelope)
    return history


class _Closed:
    """A reply that is over. It becomes messages when somebody asks for them.

    Wording thousands takes seconds, and to show a session again needs none.
    """

    def __init__(self, reply: Reply, limit: int) -> None:
        self._reply, self._limit = reply, limit
        self._made: Sequence[ChatMessage] | None = None

    def messages(self) -> Sequence[ChatMessage]:
        """Return what the model gets to see of it."""
        if self._made is None:
            self._made = self._reply.messages(self._limit)
        return self._made


class History:
    """The messages so far; give it every event in order."""

    def __init__(
        self, messages: Sequence[ChatMessage] = (), output_limit: int = OUTPUT_LIMIT
    ) -> None:
        self._said: list[ChatMessage | _Closed] = list(messages)
        self._limit = output_limit
        self._reply = Reply()
        self._records: dict[str, CodeRecord] = {}
        self._places: dict[str, int] = {}  # message id -> its place among the reply's pieces
        self._notes: list[str] = []
        self._taken: list[tuple[ChatMessage, ...]] = []  # what was undone, the latest last
        self._older: list[tuple[ChatMessage, ...]] = []  # what summaries stand for, likewise
        self._is_refused = False  # what was said last is a prompt too long for its model
        self.is_compacted_last = False  # nothing was said or taken back since a compaction

    @property
    def taken_back(self) -> tuple[ChatMessage, ...]:
        """What was undone last and can be put back; empty: nothing."""
        return self._taken[-1] if self._taken else ()

    @property
    def restored(self) -> tuple[ChatMessage, ...]:
        """What the messages would be without the last compaction; empty: there was none."""
        now = self.messages
        if not self._older or not now or summary_of(now[0]) is None:
            return ()
        return (*self._older[-1], *now[1:])

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """Everything said so far, the reply under way included."""
        return (*self._settled(), *self._reply.messages(self._limit))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said, nor taken back; quick."""
        return not (self._said or self._taken or self._reply.pieces)

    def apply(self, envelope: ev.Envelope) -> None:
        """Fold one event."""
        event = envelope.event
        match event:
            case ev.SessionOpened():
                self._close()
                if self._said or self._taken:
                    self._notes = [_FRESH]
            case ev.TurnStarted(prompt):
                self._close()
                self._taken.clear()
                self.is_compacted_last = False
                if prompt:
                    self._say(prompt)
                else:
                    self._tell_notes()
            case ev.RequestSent():
                self._close()
                self._is_refused = False
            case ev.TurnFinished(error=error):
                self._close()
                too_long = error is not None and error.kind is ErrorKind.CONTEXT_TOO_LONG
                self._is_refused = too_long and self._ends_with_a_prompt()
            case ev.HistoryReplaced():
                self._replace(event)
            case ev.SettingChanged("max_output", text):
                self._limit = _limit_of(text)
            case ev.ShellChanged(language=language, state=ShellState.DEAD):
                self._note_dead_shell(language)
            case ev.MessageStarted(name):
                self._places[name] = len(self._reply.pieces)
                self._reply.pieces.append("")
            case ev.MessageFinished(name, text):
                if name in self._places:
                    self._reply.pieces[self._places[name]] = text
            case _:
                self._code(event)

    # -- code -----------------------------------------------------------------------------------
    def _code(self, event: ev.Event) -> None:
        if isinstance(event, ev.CodeStarted):
            record = CodeRecord(event.call_id, event.language)
            self._records[event.call_id] = record
            self._reply.pieces.append(record)
            return
        found = self._records.get(getattr(event, "call_id", ""))
        if found is not None:
            _apply_to_code(found, event)

    def _note_dead_shell(self, language: str) -> None:
        if any(record.is_running for record in self._records.values()):
            return  # the run's own end tells it
        if not self._said and not self._taken:
            return  # the model knows of no shell yet
        note = f"The {language} shell has ended; its variables are gone."
        if note not in self._notes:
            self._notes.append(note)

    # -- messages -------------------------------------------------------------------------------
    def _replace(self, event: ev.HistoryReplaced) -> None:
        """Put other messages in place; what an undo took out is kept until something is said."""
        self._close()
        match event.change:
            case HistoryChange.UNDONE:
                self._taken.append(tuple(self._settled()[len(event.messages) :]))
            case HistoryChange.REDONE:
                del self._taken[-1:]
            case HistoryChange.RETRIED:
                self._taken.clear()
            case HistoryChange.LOADED | HistoryChange.RESET:
                self._taken.clear()
                self._older.clear()
            case HistoryChange.COMPACTED:
                self._taken.clear()
                settled = self._settled()
                kept = max(len(event.messages) - 1, 0)  # behind the summary
                self._older.append(tuple(settled[: max(len(settled) - kept, 0)]))
            case HistoryChange.RESTORED:
                del self._older[-1:]
        self.is_compacted_last = event.change is HistoryChange.COMPACTED
        self._said, self._is_refused = list(event.messages), False
        if not self._said and not self._taken:
            self._notes = []  # nobody knows of what was there before

    def _say(self, prompt: str) -> None:
        """Add a prompt; it takes the place of one that was never read, else both had to fit."""
        if self._is_refused:
            self._said.pop()
        self._is_refused = False
        self._tell_notes()
        self._said.append(ChatMessage(Role.USER, prompt))

    def _ends_with_a_prompt(self) -> bool:
        last = self._said[-1] if self._said else None
        return isinstance(last, ChatMessage) and is_prompt(last)

    def _close(self) -> None:
        """What was under way is over."""
        if self._reply.pieces:
            self._said.append(_Closed(self._reply, self._limit))
        self._reply = Reply()
        self._records.clear()
        self._places.clear()

    def _settled(self) -> list[ChatMessage]:
        """Return what was said and is over, each reply in the words that the model reads."""
        settled: list[ChatMessage] = []
        for one in tuple(self._said):
            settled += [one] if isinstance(one, ChatMessage) else one.messages()
        return settled

    def _tell_notes(self) -> None:
        if self._notes and self._said:
            self._said.append(report(self._notes))
        self._notes = []


def _limit_of(text: str) -> int:
    """Return a setting's value as recorded; a file may claim more digits than Python reads."""
    return int(text) if text.isdecimal() and len(text) <= 9 else OUTPUT_LIMIT


def _apply_to_code(record: CodeRecord, event: ev.Event) -> None:
    match event:
        case ev.CodeFinished():
            record.language, record.code = event.language, event.code
            record.problem = event.problem
        case ev.ProposalEdited(code=code):
            record.edited = code
        case ev.ApprovalResolved():
            record.resolved = event
        case ev.RunStarted():
            record.is_running = True
        case ev.OutputAdded(data=data):
            record.add_output(data)
        case ev.OutputOmitted(count=count):
            record.omitted += count
        case ev.DisplayAdded():
            record.displays += 1
        case ev.RunFinished():
            record.is_running, record.finished = False, event
        case _:
            pass
