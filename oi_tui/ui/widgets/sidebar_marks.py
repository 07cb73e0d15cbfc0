"""How a session stands, as a mark and in words. Marks differ in shape as well as in color.

Owns which of several things that are true of a session its mark says. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oi_tui.protocol.sessions import HitKind, SessionListing, SessionStatus
from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell, the name of its style, and what it means."""

    cell: str
    style: str
    words: str  # English source; people read `meaning`

    @property
    def meaning(self) -> str:
        """What it means, in the person's language."""
        return tr(self.words) if self.words else ""


NONE = Mark(" ", "quiet", "")
CURRENT = Mark("●", "current", "On the screen")
ELSEWHERE = Mark("◇", "warning", "Open in another program")
_OF_STATUS = {
    SessionStatus.IDLE: NONE,
    SessionStatus.RUNNING: Mark("◐", "current", "Running"),
    SessionStatus.ASKING: Mark("◆", "warning", "Waits for your approval"),
    SessionStatus.WAITING: Mark("▸", "warning", "Waits for your input"),
    SessionStatus.FAILED: Mark("✗", "error", "The last turn failed"),
    SessionStatus.CUT_OFF: Mark("■", "quiet", "Was cut off"),
}
MARKS = (CURRENT, ELSEWHERE, *(mark for mark in _OF_STATUS.values() if mark is not NONE))
BRANCH, IMPORTED = "↳", "↧"  # before a title

_BUSY = (SessionStatus.RUNNING, SessionStatus.ASKING, SessionStatus.WAITING)


def mark_of(session: SessionListing, live: SessionStatus | None) -> Mark:
    """Return the mark of a session; `live`: what the one on the screen does, None for others."""
    if live is not None:
        return _OF_STATUS[live] if live in _BUSY else CURRENT
    if session.open_elsewhere and session.status not in _BUSY:
        return ELSEWHERE
    return _OF_STATUS[session.status]


def meanings(session: SessionListing, live: SessionStatus | None) -> Sequence[str]:
    """Return in words what marks say of a session, the most important first."""
    said = [mark_of(session, live).meaning]
    if session.open_elsewhere and live is None:
        said.append(ELSEWHERE.meaning)
    if session.imported:
        said.append(tr("Imported"))
    if session.parent_id:
        said.append(tr("A branch"))
    return [words for words in dict.fromkeys(said) if words]


def kind_words(kind: HitKind) -> str:
    """Return where words were found."""
    return {
        HitKind.TITLE: tr("title"),
        HitKind.PROMPT: tr("prompt"),
        HitKind.PROSE: tr("reply"),
        HitKind.CODE: tr("code"),
        HitKind.OUTPUT: tr("output"),
    }[kind]
