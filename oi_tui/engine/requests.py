"""Builds the request for the next reply: instructions, history, tools, all within the context.

Owns how one history is worded for models that call tools and for those that write fences. Sends
nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from oi_tui.config.schema import Settings, ToolMode
from oi_tui.engine.languages import TOOL_NAME, run_tool
from oi_tui.engine.messages import fenced
from oi_tui.engine.prompts import system_message
from oi_tui.engine.trimming import Fit, TokenCounts, fit
from oi_tui.models.base import ChatModel, ChatRequest, ModelFacts
from oi_tui.models.estimate import estimate_tokens
from oi_tui.protocol.items import ChatMessage, Role, ToolCall
from oi_tui.protocol.reports import FRAME
from oi_tui.shells.base import Shells

GO_ON = ChatMessage(Role.USER, f"{FRAME}\n\nThe person asks you to go on where you stopped.")


# A guess that fills less than this part of the window is not counted exactly: counting asks
# another process for each message.
FAR_FROM_FULL = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request and what was done to make it fit.

    `window`: tokens that the model reads and writes, 0: unknown. `own`: those of the system
    message, 0: not counted, for there is room enough.
    """

    request: ChatRequest
    fit: Fit
    window: int
    own: int = 0


class RequestBuilder:
    """Builds requests of one session; remembers what messages cost."""

    def __init__(self, model: ChatModel, shells: Shells, folder: str) -> None:
        self._model, self._shells, self._folder = model, shells, folder
        self._counts = TokenCounts()

    def build(self, settings: Settings, history: Sequence[ChatMessage]) -> Prepared:
        """Return the next request of a session with this history."""
        facts = self._model.facts(settings.model, settings.api_base)
        uses_tools = wants_tools(settings, facts)
        languages = self._shells.languages()
        system = ChatMessage(
            Role.SYSTEM,
            system_message(
                settings.system_message,
                languages=languages,
                folder=self._folder,
                tool=TOOL_NAME if uses_tools else None,
                shell=os.path.basename(os.environ.get("SHELL", "")),
            ),
        )
        messages = joined(history if uses_tools else as_fences(history))
        if messages and messages[-1].role is Role.ASSISTANT:
            messages.append(GO_ON)  # few models answer to their own last word
        window = settings.context_window or facts.context_window
        fitted, own = self._fit(settings, facts, system, messages, window)
        request = ChatRequest(
            settings.model,
            (system, *fitted.messages),
            (run_tool(languages),) if uses_tools and languages else (),
            settings.temperature,
            settings.max_tokens,
            settings.api_base,
            settings.context_window,
        )
        return Prepared(request, fitted, window, own)

    def room(self, settings: Settings) -> tuple[int, int]:
        """Return the context window, and how much of it a request may take; 0: unknown."""
        facts = self._model.facts(settings.model, settings.api_base)
        window = settings.context_window or facts.context_window
        return window, window - reply_reserve(settings, facts, window) if window else 0

    def count(self, settings: Settings, messages: Sequence[ChatMessage]) -> int:
        """Return the tokens of messages for the model of `settings`."""
        name = settings.model
        if not self._model.is_ready:  # a guess, which is not to be remembered
            return self._model.count_tokens(name, messages)
        return self._counts.total(name, messages, lambda each: self._model.count_tokens(name, each))

    def _fit(
        self,
        settings: Settings,
        facts: ModelFacts,
        system: ChatMessage,
        messages: Sequence[ChatMessage],
        window: int,
    ) -> tuple[Fit, int]:
        guess = estimate_tokens((system, *messages))
        if guess * FAR_FROM_FULL <= window or not window:
            return Fit(tuple(messages), 0, guess, True), 0
        own = self.count(settings, (system,))
        room = max(window - reply_reserve(settings, facts, window) - own, 1)
        fitted = fit(messages, room, lambda part: self.count(settings, part))
        return replace(fitted, tokens=fitted.tokens + own), own


def wants_tools(settings: Settings, facts: ModelFacts) -> bool:
    """Return True if code is handed over by tool calls."""
    if settings.tool_mode is ToolMode.AUTO:
        return facts.calls_tools
    return settings.tool_mode is ToolMode.TOOLS


def reply_reserve(settings: Settings, facts: ModelFacts, window: int) -> int:
    """Return how many tokens of the window stay free for the reply."""
    wanted = settings.max_tokens or facts.max_output or window // 4
    return min(wanted, window // 4 if not settings.max_tokens else window // 2)


def as_fences(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Word tool calls and their results as text, for models that know no tools."""
    worded: list[ChatMessage] = []
    for message in messages:
        if message.role is Role.TOOL:
            worded.append(ChatMessage(Role.USER, f"{FRAME}\n\n{message.text}"))
        elif message.calls:
            parts = [message.text, *(_fence_of(call) for call in message.calls)]
            worded.append(ChatMessage(message.role, "\n\n".join(part for part in parts if part)))
        else:
            worded.append(message)
    return worded


def _fence_of(call: ToolCall) -> str:
    try:
        arguments = json.loads(call.arguments)
        return fenced(str(arguments["language"]), str(arguments["code"]))
    except (ValueError, KeyError, TypeError):
        return fenced("", call.arguments)


def joined(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Join neighbours of the person's side or the model's: some models want strict turns.

    A message that begins with our frame is joined to the one before, never the other way around,
    so that a prompt stays recognizable as one.
    """
    result: list[ChatMessage] = []
    for message in messages:
        last = result[-1] if result else None
        if last is not None and _joins(last, message):
            result[-1] = ChatMessage(last.role, f"{last.text}\n\n{message.text}")
        else:
            result.append(message)
    return result


def _joins(first: ChatMessage, second: ChatMessage) -> bool:
    if first.role is not second.role or first.calls or second.calls:
        return False
    if first.role is Role.ASSISTANT:
        return True
    return first.role is Role.USER and second.text.startswith(FRAME)
