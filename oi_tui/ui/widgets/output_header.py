"""The line above the output: which shell, what it does, for how long, how much it wrote.

Owns the words. Knows no terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from oi_tui.protocol.items import RunStatus
from oi_tui.text.translation import tr, trn
from oi_tui.ui.clock import clock_of


class Doing(StrEnum):
    """What a shell's view is about now."""

    NOTHING = "nothing"
    RUNNING = "running"
    WAITING = "waiting"
    TYPING = "typing"
    ENDED = "ended"


@dataclass(slots=True)
class ShellFacts:
    """What the header says about one shell."""

    language: str
    doing: Doing = Doing.NOTHING
    started: float = 0.0  # monotonic seconds
    outcome: str = ""
    failed: bool = False
    runs: int = 0
    rows: int = 0
    following: bool = True
    search: str = ""


def duration(seconds: float) -> str:
    """Return a duration as a person reads it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def outcome(status: RunStatus | None, exit_code: int | None) -> str:
    """Return how a run ended, in a word or two."""
    words = {
        RunStatus.OK: tr("ok"),
        RunStatus.ERROR: tr("error"),
        RunStatus.EXIT: tr("exited early"),
        RunStatus.INTERRUPTED: tr("interrupted"),
        RunStatus.DIED: tr("the shell died"),
        RunStatus.REFUSED: tr("refused"),
    }
    if status is None:
        return tr("ended")
    if status is RunStatus.ERROR and exit_code:
        return tr("exit {code}", code=exit_code)
    return words[status]


class OutputHeader(Widget):
    """One line. A click on a shell's name switches to it."""

    DEFAULT_CSS = """
    OutputHeader {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $muted;
    }
    OutputHeader.-typing { background: $accent; color: $background; text-style: bold; }
    """

    class Chosen(Message):
        """The person wants to see this shell."""

        def __init__(self, language: str) -> None:
            super().__init__()
            self.language = language

    def __init__(self) -> None:
        super().__init__()
        self._shells: list[ShellFacts] = []
        self._shown = ""

    def show(self, shells: list[ShellFacts], shown: str) -> None:
        """Say these facts; `shown` is the language in view."""
        self._shells, self._shown = shells, shown
        facts = self._facts()
        self.set_class(facts is not None and facts.doing is Doing.TYPING, "-typing")
        self.refresh()

    def _facts(self) -> ShellFacts | None:
        return next((shell for shell in self._shells if shell.language == self._shown), None)

    def render(self) -> Content:
        """Return the line: names on the left, what goes on beside, keys on the right."""
        facts = self._facts()
        if facts is None:
            return Content(tr("Output"))
        typing = facts.doing is Doing.TYPING
        names = Content("  ").join(
            Content.styled(shell.language, self._name_style(shell, typing))
            for shell in self._shells
        )
        state, style = self._state(facts)
        words = Content.styled(state, "" if typing else style)
        left, right, width = (
            Content.assemble(names, "  ", words),
            self._hint(facts),
            self.size.width,
        )
        if left.cell_length > width:
            left = Content.assemble(Content.styled(facts.language, "bold"), "  ", words)
        room = width - left.cell_length - cell_len(right)
        if room < 2:
            return left.truncate(width, ellipsis=True)
        return Content.assemble(left, " " * room, right)

    def _name_style(self, shell: ShellFacts, typing: bool) -> str:
        if typing:
            return ""
        if shell.language != self._shown:
            return "$warning" if shell.doing is Doing.WAITING else ""
        return "bold $foreground"

    def _state(self, facts: ShellFacts) -> tuple[str, str]:
        if facts.doing is Doing.TYPING:
            return tr("typing into {language}", language=facts.language), ""
        if facts.doing is Doing.WAITING:
            return tr("waiting for input - press Enter to answer"), "bold $warning"
        if facts.doing is Doing.RUNNING:
            spent = duration(clock_of(self).monotonic() - facts.started)
            return tr("running {duration}", duration=spent), "$accent"
        return facts.outcome, "$error" if facts.failed else ""

    @staticmethod
    def _hint(facts: ShellFacts) -> str:
        if facts.doing is Doing.TYPING:
            return tr("Esc Esc leaves")
        if facts.search:
            return facts.search
        if not facts.following:
            return tr("End: follow")
        rows = trn("{count} row", "{count} rows", facts.rows)
        return rows if facts.rows else ""

    def on_click(self, event: events.Click) -> None:
        """Switch to the shell whose name was clicked."""
        at = event.x - self.styles.padding.left
        for shell in self._shells:
            width = cell_len(shell.language)
            if 0 <= at < width:
                self.post_message(self.Chosen(shell.language))
                return
            at -= width + 2
