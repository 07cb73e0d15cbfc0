"""The history as a model sees it: a pure fold of events into messages.

Live and resumed sessions fold the same events through this one place, so they agree by
construction. Calls of the tool become tool calls with their results; fenced code stays in the
text and its results follow as a message that is framed as the program's. Knows no journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from oi_tui.engine.languages import TOOL_NAME
from oi_tui.engine.outcomes import FRAME, CodeRecord, outcome_text
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, Origin, Role, ShellState, ToolCall, origin_of

OUTPUT_LIMIT = 8000  # characters of one run's output that go to the model

_FRESH = "The session was opened again: all shells are fresh, earlier variables are gone."
_TICKS = re.compile("`{3,}")


def history_from(
    envelopes: Iterable[ev.Envelope], output_limit: int = OUTPUT_LIMIT
) -> tuple[ChatMessage, ...]:
    """Return the history that a session ended with."""
    history = History(output_limit=output_limit)
    for envelope in envelopes:
        history.apply(envelope)
    return history.messages


def is_prompt(message: ChatMessage) -> bool:
    """Return True if the person wrote this message."""
    return message.role is Role.USER and not message.text.startswith(FRAME)


def fenced(language: str, code: str) -> str:
    """Return code as a Markdown block whose fence is longer than any within it."""
    longest = max((len(found) for found in _TICKS.findall(code)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{code}\n{ticks}"


@dataclass(slots=True)
class _Reply:
    """What the model, or the person, wrote since the last message; in order."""

    pieces: list[str | CodeRecord] = field(default_factory=list)

    def messages(self, limit: int) -> list[ChatMessage]:
        records = [piece for piece in self.pieces if isinstance(piece, CodeRecord)]
        own = [r for r in records if origin_of(r.call_id) is Origin.PERSON]
        if own:
            return [_own_run(record, limit) for record in own if record.ran]
        calls = [r for r in records if origin_of(r.call_id) is Origin.CALL]
        results = [
            ChatMessage(Role.TOOL, outcome_text(record, limit), call_id=record.call_id)
            for record in calls
        ]
        text = self._text()
        if not text and not calls:
            return []
        said = ChatMessage(Role.ASSISTANT, text, tuple(_tool_call(record) for record in calls))
        reports = [
            f"About your {record.language or 'code'} block:\n{outcome_text(record, limit)}"
            for record in records
            if origin_of(record.call_id) is Origin.FENCE
        ]
        return [said, *results, *([_report(reports)] if reports else [])]

    def _text(self) -> str:
        parts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece.strip("\n"))
            elif origin_of(piece.call_id) is Origin.FENCE:
                parts.append(fenced(piece.language, piece.code))
        return "\n\n".join(part for part in parts if part.strip())


class History:
    """The messages so far; give it every event in order."""

    def __init__(
        self, messages: Sequence[ChatMessage] = (), output_limit: int = OUTPUT_LIMIT
    ) -> None:
        self._messages = list(messages)
        self._limit = output_limit
        self._reply = _Reply()
        self._records: dict[str, CodeRecord] = {}
        self._places: dict[str, int] = {}  # message id -> its place among the reply's pieces
        self._notes: list[str] = []

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """Everything said so far, the reply under way included."""
        return (*self._messages, *self._reply.messages(self._limit))

    def apply(self, envelope: ev.Envelope) -> None:
        """Fold one event."""
        event = envelope.event
        match event:
            case ev.SessionOpened():
                self._close()
                if self._messages:
                    self._notes = [_FRESH]
            case ev.TurnStarted(prompt):
                self._close()
                self._tell_notes()
                if prompt:
                    self._messages.append(ChatMessage(Role.USER, prompt))
            case ev.RequestSent() | ev.TurnFinished():
                self._close()
            case ev.HistoryReplaced(messages):
                self._drop_reply()
                self._messages = list(messages)
                if not messages:
                    self._notes = []  # nobody knows of what was there before
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
        if not self._messages:
            return  # the model knows of no shell yet
        note = f"The {language} shell has ended; its variables are gone."
        if note not in self._notes:
            self._notes.append(note)

    # -- messages -------------------------------------------------------------------------------
    def _close(self) -> None:
        """What was under way is over: it becomes messages."""
        self._messages += self._reply.messages(self._limit)
        self._drop_reply()

    def _drop_reply(self) -> None:
        self._reply = _Reply()
        self._records.clear()
        self._places.clear()

    def _tell_notes(self) -> None:
        if self._notes:
            self._messages.append(_report(self._notes))
            self._notes = []


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


def _tool_call(record: CodeRecord) -> ToolCall:
    arguments = {"language": record.language, "code": record.code}
    return ToolCall(record.call_id, TOOL_NAME, json.dumps(arguments, ensure_ascii=False))


def _report(parts: Sequence[str]) -> ChatMessage:
    return ChatMessage(Role.USER, "\n\n".join((FRAME, *parts)))


def _own_run(record: CodeRecord, limit: int) -> ChatMessage:
    code = record.edited if record.edited is not None else record.code
    shown = CodeRecord(
        record.call_id,
        head=record.head,
        omitted=record.omitted,
        tail=record.tail,
        displays=record.displays,
        is_running=record.is_running,
        finished=record.finished,
    )
    said = f"The person ran this themselves:\n{fenced(record.language, code)}"
    return _report((said, outcome_text(shown, limit)))
