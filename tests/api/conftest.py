"""Interpreters with a scripted model and real shells; each is closed after its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oi_tui import OpenInterpreter
from oi_tui.models.scripted import Proposal, Reply, Script, ScriptedModel

Maker = Callable[..., OpenInterpreter]


@pytest.fixture
def made() -> Iterator[Maker]:
    """Make an interpreter with these replies and attributes."""
    opened: list[OpenInterpreter] = []

    def make(*replies: Script, port: ScriptedModel | None = None, **attributes: Any) -> Any:
        port = port or ScriptedModel(replies)
        opened.append(OpenInterpreter(model="scripted", model_port=port, **attributes))
        return opened[-1]

    yield make
    for interpreter in opened:
        interpreter.close()


def proposing(code: str, language: str = "python") -> Reply:
    """A reply that proposes code."""
    return Reply([Proposal(language, code)])
