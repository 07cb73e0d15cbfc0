"""The status bar: mode, model, context, cost, shells and folder, in one line that always fits.

Owns how facts look and which of them go first when room is short. Meaning is carried by words and
marks as well as by color. Knows no event.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from oi_tui.protocol.items import ShellState, Usage
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.protocol.events import UsageReported

SHELL_MARKS = {
    ShellState.STARTING: ("◌", "$muted"),
    ShellState.IDLE: ("○", "$muted"),
    ShellState.BUSY: ("●", "$primary"),
    ShellState.WAITING: ("◆", "$warning"),
    ShellState.DEAD: ("✕", "$error"),
}
CELLS = 10  # of the context meter
SHORTEST = 0.05  # seconds of a reply whose speed means anything
NEARLY_FULL = 0.8  # of the context, and of the budget
Part = tuple[int, Content]  # a smaller number goes first when room is short


@dataclass(slots=True)
class StatusFacts:
    """What the bar shows. `context_window` 0 and a cost of None: unknown.

    `usage` is the session's; `before_turn` what it was when the turn began. `max_budget` is in US
    dollars; None: there is none. `speed` is the last reply's, in tokens a second; 0: unknown.
    """

    auto_run: bool = False
    is_tour: bool = False
    is_read_only: bool = False
    model: str = ""
    model_name: str = ""  # the model, as it is shown
    context_tokens: int = 0
    context_window: int = 0
    usage: Usage = field(default_factory=Usage)
    before_turn: Usage = field(default_factory=Usage)
    max_budget: float | None = None
    api_base: str = ""
    model_place: str = ""  # a word, if the model is on this machine
    speed: float = 0.0
    shells: dict[str, ShellState] = field(default_factory=dict)
    folder: str = ""

    def forget(self, max_budget: float | None) -> None:
        """Begin with another session, which may cost so much."""
        self.usage = self.before_turn = Usage()
        self.context_tokens = self.context_window = 0
        self.speed = 0.0
        self.max_budget = max_budget

    @property
    def turn_usage(self) -> Usage:
        """What the last turn used so far."""
        now, before = self.usage, self.before_turn
        cost = None if now.cost is None else max(0.0, now.cost - (before.cost or 0.0))
        return Usage(
            now.prompt_tokens - before.prompt_tokens,
            now.completion_tokens - before.completion_tokens,
            cost,
        )


class StatusBar(Widget):
    """One row at the bottom of the screen."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $muted; text-wrap: nowrap; }
    """

    def __init__(self, facts: StatusFacts) -> None:
        super().__init__()
        self._facts = facts

    def render(self) -> Content:
        """Draw as many facts as fit, the least important left out first."""
        left, right = _left(self._facts), _right(self._facts)
        width = self.size.width
        while left or right:
            line = _join(left), _join(right)
            gap = width - line[0].cell_length - line[1].cell_length
            if gap >= (1 if right else 0):
                return Content.assemble(line[0], " " * gap, line[1])
            _drop_least(left, right)
        return Content("")


def short_folder(folder: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return a folder with the home folder as `~`."""
    home = environ.get("HOME", "")
    if home and (folder == home or folder.startswith(home + os.sep)):
        folder = "~" + folder[len(home) :]
    return folder


def context_meter(tokens: int, window: int) -> Content:
    """Return the context meter, such as `━━──────── 23%`, or a count where the window is unknown.

    The drawn and the empty part differ in shape, not by color alone.
    """
    if not window:
        return Content(tr("{count} tokens", count=_short(tokens)) if tokens else "")
    share = min(1.0, tokens / window)
    filled = max(1, round(share * CELLS)) if tokens else 0
    color = "$warning" if share >= NEARLY_FULL else "$primary"
    return Content.assemble(
        ("━" * filled, color), ("─" * (CELLS - filled), "$faint"), (f" {share:.0%}", "$muted")
    )


def free_text(tokens: int, window: int) -> str:
    """Return what is left of the context; empty where the window is unknown."""
    return tr("{count} free", count=_short(max(0, window - tokens))) if window else ""


def speed_of(used: UsageReported) -> float:
    """Return how fast a reply was written, in tokens a second; 0: too short to tell."""
    tokens = used.request.completion_tokens
    return tokens / used.seconds if used.seconds >= SHORTEST and tokens > 1 else 0.0


def speed_text(speed: float) -> str:
    """Return a speed; empty if it is unknown."""
    if not speed:
        return ""
    return tr("{speed} tok/s", speed=f"{speed:.0f}" if speed >= 10 else f"{speed:.1f}")


def cost_text(usage: Usage) -> str:
    """Return what the session cost so far; empty while nothing is known."""
    return "" if usage.cost is None else money(usage.cost)


def money(dollars: float) -> str:
    """Return an amount, small ones with four digits."""
    if 0 < dollars < 0.0001:
        return "<$0.0001"
    return f"${dollars:.2f}" if round(dollars, 4) >= 0.1 or not dollars else f"${dollars:.4f}"


def _short(count: int) -> str:
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 1_000_000 else f"{count / 1_000_000:.2f}M"


def in_and_out(usage: Usage) -> str:
    """Return the tokens that went to the model, and that it wrote; empty: none."""
    sent, got = usage.prompt_tokens, usage.completion_tokens
    return tr("{sent} in, {got} out", sent=_short(sent), got=_short(got)) if sent + got else ""


def _spent(usage: Usage) -> str:
    """Return what was used: money where the price is known, else tokens."""
    return cost_text(usage) or in_and_out(usage)


def _budget(cost: float, most: float) -> Content:
    left = tr("{amount} left", amount=money(max(0.0, most - cost)))
    is_low = cost >= most * NEARLY_FULL
    return Content.styled(("! " if is_low else "") + left, "bold $warning" if is_low else "$muted")


def _left(facts: StatusFacts) -> list[Part]:
    if facts.auto_run:
        mode = Content.styled(f" {tr('AUTO')} ", "bold $background on $error")
    else:
        mode = Content.styled(f" {tr('ASK')} ", "bold $primary")
    parts: list[Part] = [(99, mode)]
    if facts.is_tour:
        parts.append((98, Content.styled(tr("GUIDED TOUR"), "bold $warning")))
    if facts.is_read_only:
        parts.append((97, Content.styled(tr("READ ONLY"), "bold $warning")))
    if facts.model:
        parts += _of_the_model(facts.model_name, facts.model_place)
    if meter := context_meter(facts.context_tokens, facts.context_window):
        parts.append((40, meter))
    if free := free_text(facts.context_tokens, facts.context_window) if meter else "":
        parts.append((24, Content(free)))
    spent, turn = _spent(facts.usage), _spent(facts.turn_usage)
    if spent:
        parts.append((45, Content(spent)))
    if facts.max_budget is not None:
        parts.append((48, _budget(facts.usage.cost or 0.0, facts.max_budget)))
    if turn and turn != spent:  # in the first turn both are the same
        parts.append((25, Content(tr("turn {spent}", spent=turn))))
    if (tokens := in_and_out(facts.usage)) and tokens != spent:
        parts.append((21, Content(tokens)))
    if speed := speed_text(facts.speed):
        parts.append((23, Content(speed)))
    return parts


def _of_the_model(model: str, place: str) -> list[Part]:
    """Return the model's name, and a badge if it is on this machine."""
    name = one_line(model, 40)
    parts: list[Part] = [(50, Content.styled(name, "$foreground"))]
    if place:
        parts.append((49, Content.assemble(("⌂ ", "$success"), place)))
    return parts


def _right(facts: StatusFacts) -> list[Part]:
    parts: list[Part] = []
    for language, state in facts.shells.items():
        mark, color = SHELL_MARKS[state]
        chip = Content.assemble((mark, color), " ", one_line(language, 12))
        parts.append((60 if state is not ShellState.IDLE else 30, chip))
    if facts.folder:
        parts.append((20, Content(one_line(short_folder(facts.folder), 40))))
    return parts


def _join(parts: list[Part]) -> Content:
    content = Content("   ").join([content for _, content in parts])
    return Content.assemble(content, " ") if parts else content


def _drop_least(left: list[Part], right: list[Part]) -> None:
    least = min((*left, *right), key=lambda part: part[0])
    (left if least in left else right).remove(least)
