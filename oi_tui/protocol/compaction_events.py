"""The events of a history that makes room for more; part of the vocabulary of `events`.

What the history becomes is told by `HistoryReplaced`, as whenever it becomes another one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompactionAnnounced:
    """The context is getting full; `text` says to a person what will happen and what they can do.

    Both counts in tokens; `context_tokens` as the provider counted them, where it did.
    """

    text: str
    context_tokens: int
    context_window: int


@dataclass(frozen=True, slots=True)
class CompactionStarted:
    """The model is asked to sum up so many older turns, of about so many tokens."""

    turns: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CompactionFinished:
    """It is over. `problem` says to a person why nothing changed; empty: the history is shorter."""

    problem: str = ""
