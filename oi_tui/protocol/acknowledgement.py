"""Which events a person may rely on once they are told of them.

Owns the one list that the journal (when to reach the disk) and the bus (when to stop joining)
share. Knows no file and no queue.
"""

from __future__ import annotations

from oi_tui.protocol import events as ev

ACKNOWLEDGEMENTS: tuple[type[ev.Event], ...] = (
    ev.SessionOpened,
    ev.TurnStarted,  # the prompt was taken
    ev.MessageFinished,  # the reply is whole
    ev.CodeFinished,
    ev.ProposalEdited,
    ev.ApprovalResolved,  # the decision: nothing runs before it is on disk
    ev.RunStarted,
    ev.RunFinished,
    ev.TurnFinished,
    ev.HistoryReplaced,
    ev.EngineStopped,
)


def is_acknowledgement(event: ev.Event) -> bool:
    """Return True if `event` has to be on disk before anyone is told of it."""
    return isinstance(event, ACKNOWLEDGEMENTS)
