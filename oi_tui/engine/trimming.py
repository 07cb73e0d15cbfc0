"""Makes a history fit a model's context without tearing apart what belongs together.

Owns what goes first: the oldest whole exchanges, then the oldest steps of the newest one; its
prompt and its last step always stay, and so does a summary of what came before, where there is
room for it. Counts come from outside and are kept for each message, so a long session is not
counted again. Knows no provider.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from oi_tui.protocol.items import ChatMessage, Role
from oi_tui.protocol.reports import is_prompt, summary_of

CountTokens = Callable[[Sequence[ChatMessage]], int]


class TokenCounts:
    """Remembers what each message costs, for one model at a time."""

    def __init__(self) -> None:
        self._model = ""
        self._counts: dict[ChatMessage, int] = {}

    def total(self, model: str, messages: Sequence[ChatMessage], count: CountTokens) -> int:
        """Return the tokens of all `messages`."""
        if model != self._model:
            self._model = model
            self._counts.clear()
        return sum(self._one(message, count) for message in messages)

    def _one(self, message: ChatMessage, count: CountTokens) -> int:
        known = self._counts.get(message)
        if known is None:
            known = self._counts[message] = count((message,))
        return known


@dataclass(frozen=True, slots=True)
class Fit:
    """What is sent. `fits` false: even the least is too much."""

    messages: tuple[ChatMessage, ...]
    left_out: int
    tokens: int
    fits: bool


def fit(
    messages: Sequence[ChatMessage],
    room: int,
    total: Callable[[Sequence[ChatMessage]], int],
) -> Fit:
    """Drop the oldest parts of `messages` until they take at most `room` tokens (0: no limit)."""
    tokens = total(messages)
    if room <= 0 or tokens <= room:
        return Fit(tuple(messages), 0, tokens, True)
    summary = total(messages[:1]) if summary_of(messages[0]) is not None else 0
    if 0 < summary < room:
        rest = fit(messages[1:], room - summary, total)
        if rest.fits:
            return replace(
                rest, messages=(messages[0], *rest.messages), tokens=rest.tokens + summary
            )
    exchanges = exchanges_of(messages)
    while len(exchanges) > 1 and tokens > room:
        tokens -= total(exchanges.pop(0))
    newest = exchanges[0] if len(exchanges) == 1 else [m for part in exchanges for m in part]
    if tokens > room:
        newest, tokens = _shorten(newest, tokens, room, total)
    return Fit(tuple(newest), len(messages) - len(newest), tokens, tokens <= room)


def exchanges_of(messages: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    """Cut a history before each prompt; the first part may have none."""
    return _split(messages, is_prompt)


def _shorten(
    exchange: list[ChatMessage],
    tokens: int,
    room: int,
    total: Callable[[Sequence[ChatMessage]], int],
) -> tuple[list[ChatMessage], int]:
    """Drop the oldest steps of one exchange, but neither its prompt nor its last step."""
    head, *steps = _split(exchange, lambda message: message.role is Role.ASSISTANT)
    while len(steps) > 1 and tokens > room:
        tokens -= total(steps.pop(0))
    return [*head, *(message for step in steps for message in step)], tokens


def _split(
    messages: Sequence[ChatMessage], begins: Callable[[ChatMessage], bool]
) -> list[list[ChatMessage]]:
    """Cut before each message that begins a part; the first part is what comes before."""
    parts: list[list[ChatMessage]] = []
    for message in messages:
        if not parts or begins(message):
            parts.append([])
        parts[-1].append(message)
    return parts
