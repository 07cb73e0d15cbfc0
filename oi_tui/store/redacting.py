"""Take secrets out of events before they are written.

Owns which fields are prose, errors or output. Code is never touched, nor what the model sent to
call for it: an approval is bound to the digest of exactly those bytes, and a journal whose code
was changed could not prove what ran. A secret that the person lets the model write into code is
therefore in the journal (which only they can read), as it is in the code they approved.

Output and replies come in pieces, so a secret may be cut in two. The end of the piece before is
looked at together with the next one, and what would complete a secret is masked. Its first half
may be on disk by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, ErrorInfo
from oi_tui.text.redaction import MARK

Redact = Callable[[str], str]
_REMEMBERED = 4096  # characters of a stream; keys are far shorter, PEM blocks seldom longer


class EventRedactor:
    """Returns events without secrets. Sees them in order, as they are recorded."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self.seen = ("", "")  # a stream and its end; put it back to see an event once more

    def clean(self, event: ev.Event) -> ev.Event:
        """Return the event with each secret masked; the same object if there is none."""
        match event:
            case ev.TextAdded(message_id=stream, text=text):
                return replace(event, text=self._piece(stream, text))
            case ev.OutputAdded(call_id=stream, data=data):
                return self._output(event, stream, data)
            case ev.DisplayAdded(mime=mime, data=data) if _is_text(mime):
                return self._display(event, data)
            case ev.TurnFinished(error=ErrorInfo() as error):
                return replace(event, error=self._error(error))
            case ev.HistoryReplaced(messages=messages, reason=reason):
                kept = tuple(self._message(message) for message in messages)
                return replace(event, messages=kept, reason=self._redact(reason))
            case _:
                return self._fields(event)

    def _fields(self, event: ev.Event) -> ev.Event:
        match event:
            case ev.TurnStarted(prompt=prompt):
                return replace(event, prompt=self._redact(prompt))
            case (
                ev.PromptQueued(text=text)
                | ev.PromptReturned(text=text)
                | ev.InstructionsChanged(text=text)
                | ev.SettingChanged(text=text)
                | ev.Warned(text=text)
                | ev.CompactionAnnounced(text=text)
                | ev.MessageFinished(text=text)
            ):
                return replace(event, text=self._redact(text))
            case ev.SessionOpened(title=title, api_base=base):
                return replace(event, title=self._redact(title), api_base=self._redact(base))
            case ev.SessionRenamed(title=title):
                return replace(event, title=self._redact(title))
            case ev.SessionImported(source=source):
                return replace(event, source=self._redact(source))
            case ev.ModelChanged(api_base=base):
                return replace(event, api_base=self._redact(base))
            case ev.ApprovalResolved(reason=reason):
                return replace(event, reason=self._redact(reason))
            case ev.RunFinished(detail=detail) | ev.ShellChanged(detail=detail):
                return replace(event, detail=self._redact(detail))
            case ev.Retrying(detail=detail):
                return replace(event, detail=self._redact(detail))
            case ev.CompactionFinished(problem=problem):
                return replace(event, problem=self._redact(problem))
            case ev.CodeFinished(problem=problem):
                return replace(event, problem=self._redact(problem))
        return event

    def _output(self, event: ev.OutputAdded, stream: str, data: bytes) -> ev.OutputAdded:
        text = data.decode("utf-8", "surrogateescape")
        cleaned = self._piece(stream, text)
        if cleaned == text:
            return event
        return replace(event, data=cleaned.encode("utf-8", "surrogateescape"))

    def _display(self, event: ev.DisplayAdded, data: bytes) -> ev.DisplayAdded:
        """Rich text comes whole, unlike output."""
        text = data.decode("utf-8", "surrogateescape")
        cleaned = self._redact(text)
        if cleaned == text:
            return event
        return replace(event, data=cleaned.encode("utf-8", "surrogateescape"))

    def _piece(self, stream: str, text: str) -> str:
        last, end = self.seen
        before = end if stream == last else ""
        self.seen = (stream, (before + text)[-_REMEMBERED:])
        if not before:
            return self._redact(text)
        joined = self._redact(before + text)
        if joined == before + text:
            return text
        alone = self._redact(before)
        rest = joined[_common_length(alone, joined) :]
        # What was masked may turn out to be none (a longer word); then only this piece counts.
        return rest if len(rest) <= len(text) + len(MARK) else self._redact(text)

    def _message(self, message: ChatMessage) -> ChatMessage:
        return replace(message, text=self._redact(message.text))

    def _error(self, error: ErrorInfo) -> ErrorInfo:
        return replace(
            error,
            title=self._redact(error.title),
            detail=self._redact(error.detail),
            hint=self._redact(error.hint),
            kept=self._redact(error.kept),
        )


def _is_text(mime: str) -> bool:
    return not mime.startswith("image/") or mime == "image/svg+xml"


def _common_length(one: str, other: str) -> int:
    if other.startswith(one):
        return len(one)
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))
