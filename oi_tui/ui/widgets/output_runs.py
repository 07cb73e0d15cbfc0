"""Which shell runs what, and how its runs ended: the facts behind the header.

Knows no widget and no byte.
"""

from __future__ import annotations

import datetime as dt

from oi_tui.protocol.items import InputMode, RunStatus
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock
from oi_tui.ui.widgets.output_header import Doing, ShellFacts, duration, outcome
from oi_tui.ui.widgets.output_rows import Rule


class Runs:
    """The shells that have been heard of, in that order. `running` is a language or empty."""

    def __init__(self) -> None:
        self.shells: dict[str, ShellFacts] = {}
        self.running = ""
        self.mode = InputMode.LINE
        self._waiting = False
        self._calls: dict[str, str] = {}  # the language of each call that runs

    def facts(self, language: str) -> ShellFacts:
        """Return what is known about a shell."""
        return self.shells.setdefault(language, ShellFacts(language))

    def begin(self, language: str, call_id: str, now: float) -> None:
        """Note that a run began; `now` in seconds of a monotonic clock."""
        self._calls[call_id] = language
        self.running, self.mode, self._waiting = language, InputMode.LINE, False
        facts = self.facts(language)
        facts.doing, facts.started, facts.outcome = Doing.RUNNING, now, ""

    def end(self, block: CodeBlock, now: dt.datetime) -> tuple[str, Rule]:
        """Note how a run ended; return its language and the rule to draw below its output."""
        language = self._calls.pop(block.block_id, block.language)
        facts = self.facts(language)
        facts.runs += 1
        facts.doing, facts.failed = Doing.ENDED, block.status is not RunStatus.OK
        words = outcome(block.status, block.exit_code)
        facts.outcome = f"{words} · {duration(block.seconds)}"
        if language == self.running:
            self.running = ""
        return language, Rule(f"{facts.runs} · {now:%H:%M:%S} · {facts.outcome}", facts.failed)

    def restore(self, language: str) -> Rule:
        """Note output of an earlier time; return the rule to draw below it."""
        self.facts(language).outcome = tr("from before")
        return Rule(tr("from before"))

    def note_input(self, mode: InputMode, waiting: bool) -> None:
        """Note that the running program reads its terminal, or no longer does."""
        self.mode, self._waiting = mode, waiting
        if self.running and self.facts(self.running).doing is not Doing.TYPING:
            self.note_typing(False)

    def note_typing(self, typing: bool) -> None:
        """Note that keys go to the running program, or no longer do."""
        if self.running:
            doing = Doing.WAITING if self._waiting else Doing.RUNNING
            self.facts(self.running).doing = Doing.TYPING if typing else doing
