"""What a front end without a screen says about how things ended, as sentences.

Owns the words for ends of runs, limits and errors. Knows no stream and no color.
"""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ErrorInfo, Limit, RunStatus
from oi_tui.text.sanitize import one_line, sentences
from oi_tui.text.translation import tr


def error_text(error: ErrorInfo) -> str:
    """Return an error as the sentences that are there."""
    parts = (error.title, error.detail, error.kept, error.hint)
    return sentences(one_line(part, 500) for part in parts)


def how_it_ended(event: ev.RunFinished) -> str:
    """Return how a run that did not end well ended."""
    match event.status:
        case RunStatus.INTERRUPTED:
            said = tr("The run was interrupted.")
        case RunStatus.EXIT:
            said = tr("The code exited early; its shell goes on.")
        case RunStatus.DIED:
            said = tr("The shell ended; its variables are gone.")
        case RunStatus.REFUSED:
            said = tr("Nothing ran.")
        case _:
            said = tr("The run failed.")
    if event.exit_code:
        said += " " + tr("Exit code {code}.", code=event.exit_code)
    return f"{said} {one_line(event.detail, 300)}".strip()


def limit_text(limit: Limit | None) -> str:
    """Return which bound ended a turn."""
    match limit:
        case Limit.STEPS:
            return tr("Stopped: as many steps as one prompt may take.")
        case Limit.REPETITION:
            return tr("Stopped: the model proposed the same code again and again.")
        case Limit.BUDGET:
            return tr("Stopped: the session has cost as much as it may.")
        case Limit.TOKENS:
            return tr("Stopped: the session has used as many tokens as it may.")
        case Limit.TIME:
            return tr("Stopped: as long as one prompt may take.")
        case _:
            return tr("Stopped: a limit was reached.")
