"""How the rows of the session browser look: a session, a hit, a heading, each cut to its width.

Owns the cells of a line. Knows no cursor and no widget: it is handed styles by name.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style

from oi_tui.protocol.sessions import SessionListing, SessionStatus
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr
from oi_tui.ui.markdown.wrap import Row as Line
from oi_tui.ui.markdown.wrap import truncate, width_of
from oi_tui.ui.widgets.sidebar_marks import BRANCH, IMPORTED, kind_words, mark_of
from oi_tui.ui.widgets.sidebar_rows import Heading, HitRow, Row

TITLE_LENGTH = 100  # characters; more are never seen
LEAD = 3  # cells before a title: edge, mark, space
_BOLD = Style(bold=True)
GetStyle = Callable[[str], Style]


def row_line(
    row: Row, second: bool, live: SessionStatus | None, width: int, style: GetStyle
) -> Line:
    """Return a line of a row, its first cell left blank; `live`: see `mark_of`."""
    match row:
        case SessionListing():
            return _session(row, live, width, style)
        case HitRow() if second:
            return _words(row, width, style)
        case HitRow():
            return _origin(row, width, style)
        case Heading(text=text):
            return note_line(text, width, style)


def note_line(text: str, width: int, style: GetStyle) -> Line:
    """Return a line of our own."""
    return truncate([Segment(" " * LEAD), Segment(text, style("quiet"))], width - 1)


def _session(
    session: SessionListing, live: SessionStatus | None, width: int, style: GetStyle
) -> Line:
    mark = mark_of(session, live)
    lead = [Segment(" "), Segment(mark.cell, style(mark.style)), Segment(" ")]
    signs = [BRANCH] * bool(session.parent_id) + [IMPORTED] * session.imported
    if signs:
        lead.append(Segment(" ".join(signs) + " ", style("quiet")))
    name = Segment(_title(session.title), style("title") + (_BOLD if live else Style.null()))
    return [*lead, *truncate([name], width - width_of(lead) - 1)]


def _origin(row: HitRow, width: int, style: GetStyle) -> Line:
    """Return which session a hit is of, and at the right what it is in."""
    kind = Segment(kind_words(row.hit.kind), style("quiet"))
    room = width - LEAD - 1
    title = truncate([Segment(_title(row.title), style("title"))], room - width_of([kind]) - 2)
    gap = Segment(" " * max(1, room - width_of([*title, kind])))
    return [Segment(" "), Segment(" " * (LEAD - 1)), *title, gap, kind]


def _words(row: HitRow, width: int, style: GetStyle) -> Line:
    """Return the words that were found, in sight, and what is around them."""
    hit, room = row.hit, width - LEAD - 1
    found = Segment(_piece(hit.snippet[hit.start : hit.end]), style("found"))
    after = Segment(_piece(hit.snippet[hit.end :]), style("quiet"))
    most = max(room // 3, room - width_of([found, after]))
    before = Segment(_end_of(_piece(hit.snippet[: hit.start]), most), style("quiet"))
    return [Segment(" "), Segment(" " * (LEAD - 1)), *truncate([before, found, after], room)]


def _title(title: str) -> str:
    return one_line(title, TITLE_LENGTH) or tr("New session")


def _piece(text: str) -> str:
    """Return a part of a line as it can be drawn; spaces at its ends stay."""
    return plain(text).replace("\n", " ").replace("\t", " ")


def _end_of(text: str, cells: int) -> str:
    """Return the end of a text that fits, behind an ellipsis if there was more."""
    if width_of([Segment(text)]) <= cells:
        return text
    kept = text[-cells:]
    while kept and width_of([Segment(kept)]) > cells - 1:
        kept = kept[1:]
    return "…" + kept
