"""Asks whether older turns become a summary, having shown which.

Owns the question. What a summary is, and what becomes of the history, is the engine's affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background

if TYPE_CHECKING:
    from oi_tui.engine.compaction import CompactionPlan
    from oi_tui.ui.screens.main import MainScreen


def offer_compaction(screen: MainScreen, hint: str) -> None:
    """Show what would be summed up, minding `hint`, and do it if the person says so."""
    engine = screen.desk.engine
    if engine is None:
        screen.hint(tr("Nothing is open yet"))
        return

    def planned(plan: CompactionPlan | None) -> None:
        if plan is None:
            screen.hint(tr("There is nothing to sum up yet"))
        else:
            _ask(screen, plan, hint)

    def failed(error: Exception) -> None:
        why = one_line(str(error) or type(error).__name__, 200)
        screen.errands.say(tr("That could not be found out: {why}", why=why), "error")

    in_background(screen.call_later, engine.compaction_plan, planned, failed)


def _ask(screen: MainScreen, plan: CompactionPlan, hint: str) -> None:
    from oi_tui.engine.compaction import offer

    def answered(answer: str | None) -> None:
        if answer in ("sum", "cut"):
            screen.desk.submit(ops.CompactHistory(hint, cut=answer == "cut"))

    heading, known = offer(plan)
    answers = (
        ("", "n", tr("Leave them")),
        ("sum", "s", tr("Let the model sum them up")),
        ("cut", "c", tr("Cut them, without a summary")),
    )
    screen.errands.ask(heading, known, answers, answered)
