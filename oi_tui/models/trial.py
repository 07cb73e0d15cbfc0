"""The smallest request there is, to see whether a model answers; told in words.

Owns what is asked and how the answer is put. Knows no way to a model; the caller opens one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from oi_tui.models.base import (
    CallDelta,
    ChatRequest,
    ModelError,
    ReasoningDelta,
    ReplyFinished,
    ReplyStream,
    TextDelta,
)
from oi_tui.protocol.items import ChatMessage, ErrorInfo, ErrorKind, Role
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_QUESTION = "Reply with the single word: ready"
_MOST_TOKENS = 16  # some providers refuse to be asked for fewer
_MOST_SHOWN = 40  # characters of the answer


@dataclass(frozen=True, slots=True)
class Trial:
    """How it went. `first` seconds to the first sign of an answer, `whole` to its end."""

    first: float
    whole: float
    words: str

    @property
    def text(self) -> str:
        """The result, for a person."""
        seconds = f"{self.first:.1f}"
        if not self.words:
            return tr("It answers, after {seconds} s.", seconds=seconds)
        return tr("It answers after {seconds} s: “{words}”", seconds=seconds, words=self.words)


def trial_request(model: str, api_base: str = "") -> ChatRequest:
    """Return the request that is sent."""
    question = ChatMessage(Role.USER, _QUESTION)
    return ChatRequest(model, (question,), max_tokens=_MOST_TOKENS, api_base=api_base)


def run_trial(stream: ReplyStream) -> Trial:
    """Wait for the answer's end, and close it.

    Raises:
        ModelError: it failed, the same as a prompt would show; or it was closed before a word came.
    """
    began = time.monotonic()
    first: float | None = None
    words: list[str] = []
    try:
        for part in stream:
            if isinstance(part, TextDelta | ReasoningDelta | CallDelta | ReplyFinished):
                first = time.monotonic() - began if first is None else first
            if isinstance(part, TextDelta):
                words.append(part.text)
    finally:
        stream.close()
    if first is None:
        raise ModelError(ErrorInfo(ErrorKind.EMPTY_REPLY, tr("It answers with nothing.")))
    return Trial(first, time.monotonic() - began, one_line("".join(words).strip(), _MOST_SHOWN))
