"""The events of a model that runs on this machine; part of the vocabulary of `events`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """This part of a model's file is in memory: 0 to 1, where 1 is ready; None: not known.

    `detail` says for a person how it is run.
    """

    model: str
    fraction: float | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PromptReading:
    """A model on this machine has read this part, 0 to 1, of a long prompt."""

    model: str
    fraction: float
