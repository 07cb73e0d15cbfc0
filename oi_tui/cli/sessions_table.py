"""Lines about kept sessions: columns for people, one JSON object a line for programs.

Pure. Wide characters take two columns; foreign text is made harmless.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from oi_tui.protocol.sessions import SearchHit, SessionListing, SessionStatus
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr

_TITLE = 48  # columns
_HIT_TITLE = 24
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"


def listing_lines(listings: Sequence[SessionListing]) -> Iterator[str]:
    """Yield one line a session: id, when it changed, its title, and what is worth knowing."""
    for one in listings:
        title = _fitted(one_line(one.title, 200) or tr("New session"), _TITLE)
        yield f"{one.session_id}  {_when(one.changed)}  {title}  {_remarks(one)}".rstrip()


def listing_json(listing: SessionListing) -> str:
    """Return a session as a JSON object."""
    return json.dumps(asdict(listing))


def hit_line(hit: SearchHit, listing: SessionListing | None, *, marks: bool) -> str:
    """Return a hit: id, kind, title, and the words around it; `marks`: found words are bold."""
    found = hit.snippet[hit.start : hit.end]
    before, after = one_line(hit.snippet[: hit.start], 200), hit.snippet[hit.end :]
    gap = " " if hit.snippet[: hit.start].endswith(" ") else ""
    bold = (_BOLD, _PLAIN) if marks else ("", "")
    after = plain(after).rstrip()
    shown = f"{before}{gap}{bold[0]}{one_line(found, 200)}{bold[1]}{after}"
    title = _fitted(one_line(listing.title, 60) if listing is not None else "", _HIT_TITLE)
    return f"{hit.session_id}  {hit.kind.value:<6}  {title}  {shown}".rstrip()


def hit_json(hit: SearchHit, listing: SessionListing | None) -> str:
    """Return a hit as a JSON object."""
    return json.dumps({**asdict(hit), "title": listing.title if listing is not None else ""})


def _when(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _remarks(listing: SessionListing) -> str:
    remarks = [
        tr("pinned") if listing.pinned else "",
        _status(listing.status),
        tr("open in another window") if listing.open_elsewhere else "",
        tr("imported") if listing.imported else "",
        tr("branch") if listing.parent_id else "",
    ]
    return ", ".join(one for one in remarks if one)


def _status(status: SessionStatus) -> str:
    match status:
        case SessionStatus.RUNNING:
            return tr("running")
        case SessionStatus.ASKING:
            return tr("waits for approval")
        case SessionStatus.WAITING:
            return tr("waits for input")
        case SessionStatus.FAILED:
            return tr("failed")
        case SessionStatus.CUT_OFF:
            return tr("ended in the middle")
        case _:
            return ""


def _fitted(text: str, columns: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return (
        set_cell_size(text, columns)
        if cell_len(text) <= columns
        else (set_cell_size(text, columns - 1) + "…")
    )
