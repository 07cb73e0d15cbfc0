"""What the session browser lists: order, headings, filter, hits; how each row is drawn."""

from __future__ import annotations

import datetime as dt

import pytest
from rich.style import Style

from oi_tui.protocol.sessions import HitKind, SearchHit, SessionListing, SessionStatus
from oi_tui.ui.markdown.wrap import width_of
from oi_tui.ui.widgets.sidebar_marks import MARKS, mark_of, meanings
from oi_tui.ui.widgets.sidebar_painter import row_line
from oi_tui.ui.widgets.sidebar_rows import (
    Heading,
    HitRow,
    Row,
    Shelf,
    all_rows,
    key_of,
    session_rows,
    still_hits,
    words_of,
)
from tests.ui.fakes import AT, FOLDER, listing

NOW = dt.datetime.fromtimestamp(AT, dt.UTC)
DAY = 86_400


def texts(rows: list[Row]) -> list[str]:
    return [
        row.text if isinstance(row, Heading) else getattr(row, "title", "") or "-" for row in rows
    ]


def text_of(row: Row, width: int = 30, *, second: bool = False) -> str:
    line = row_line(row, second, None, width, lambda _name: Style.null())
    assert width_of(line) <= width
    return "".join(part.text for part in line)


def hit(snippet: str, found: str, session_id: str = "a", kind: HitKind = HitKind.CODE) -> SearchHit:
    start = snippet.index(found)
    return SearchHit(session_id, kind, "c1", snippet, start, start + len(found))


def test_pinned_sessions_stand_first_then_days_newest_first() -> None:
    shelf = Shelf.of(
        [
            listing("old", "Old", AT - 30 * DAY),
            listing("new", "New", AT),
            listing("pin", "Pinned one", AT - 99 * DAY, pinned=True),
            listing("same", "Same day", AT - 60),
            listing("last", "Last night", AT - DAY),
        ]
    )
    rows = session_rows(shelf.sessions, NOW)
    assert texts(rows) == [
        *("Pinned", "Pinned one", "", "Today", "New", "Same day", "", "Yesterday", "Last night"),
        *("", "22 August 2026", "Old"),
    ]


def test_a_day_has_one_heading_also_for_clocks_that_run_ahead() -> None:
    rows = session_rows([listing("a", "A", AT + 3 * DAY), listing("b", "B", AT)], NOW)
    assert texts(rows) == ["Today", "A", "B"]


def test_all_words_of_the_filter_must_be_in_the_title_in_any_script_and_case() -> None:
    shelf = Shelf.of(
        [listing("a", "Straße nach HAMBURG"), listing("b", "整理下載資料夾"), listing("c", "x")]
    )

    def found(wanted: str) -> list[str]:
        return [one.session_id for one in shelf.fitting(words_of(wanted), "")]

    assert found("hamburg STRASSE") == ["a"]
    assert found("資料") == ["b"]
    assert found("hamburg x") == []
    assert found("") == ["a", "b", "c"]


def test_one_folder_leaves_out_sessions_and_hits_of_others() -> None:
    other = SessionListing("b", "Rain there", "/elsewhere", changed=AT)
    shelf = Shelf.of([listing("a", "Rain here"), other])
    hits = [hit("rain", "rain", "a"), hit("rain", "rain", "b"), hit("rain", "rain", "gone")]
    rows = all_rows(shelf, hits, ("rain",), FOLDER, NOW)
    assert [key and key[0] for key in map(key_of, rows)] == [None, "a", None, None, "a"]
    everywhere = all_rows(shelf, hits, ("rain",), "", NOW)
    assert len([row for row in everywhere if isinstance(row, HitRow)]) == 3


def test_a_title_that_is_listed_is_not_told_again_as_a_hit() -> None:
    shelf = Shelf.of([listing("a", "Rain"), listing("b", "Sun")])
    hits = [hit("Rain", "Rain", "a", HitKind.TITLE), hit("Rain", "Rain", "b", HitKind.TITLE)]
    found = [row for row in all_rows(shelf, hits, ("rain",), "", NOW) if isinstance(row, HitRow)]
    assert [row.hit.session_id for row in found] == ["b"]


def test_hits_of_an_earlier_filter_stay_only_if_they_fit_the_new_one() -> None:
    hits = [hit("rain fall", "rain"), hit("Rainbow", "Rain")]
    assert still_hits(hits, ("rain", "fall")) == hits[:1]
    assert still_hits(hits, ("rain",)) == hits


# -- how they look --------------------------------------------------------------------------------
def test_the_words_that_were_found_are_in_sight_however_long_the_line_is() -> None:
    for snippet, word in (
        ("x" * 300 + " needle " + "y" * 300, "needle"),
        ("資料" * 90 + "針" + "夾" * 90, "針"),
        ("needle at the start", "needle"),
    ):
        assert word in text_of(HitRow(hit(snippet, word), "Title"), second=True)


def test_a_hit_says_its_session_and_what_it_is_in() -> None:
    line = text_of(HitRow(hit("x", "x", kind=HitKind.OUTPUT), "整理下載資料夾裡的所有檔案和文件"))
    assert line.startswith("   整理下載")
    assert line.endswith("output")


def test_marks_before_a_title_stay_however_long_it_is() -> None:
    session = listing("a", "word " * 40, parent_id="b", imported=True)
    assert text_of(session).startswith("   ↳ ↧ word")
    assert text_of(session).endswith("…")


def test_a_hostile_title_is_only_text() -> None:
    line = text_of(listing("a", "[red]\x1b[2Jgone\n\u202eevil"), 60)
    assert "[red]gone" in line
    assert not set("\x1b\u202e\n") & set(line)


def test_marks_differ_in_shape_and_each_has_a_meaning() -> None:
    cells = [mark.cell for mark in MARKS]
    assert len(set(cells)) == len(cells)
    assert all(mark.meaning for mark in MARKS)


@pytest.mark.parametrize("status", SessionStatus)
def test_every_status_but_idle_has_a_mark(status: SessionStatus) -> None:
    mark = mark_of(listing("a", "A", status=status), None)
    assert (mark.cell == " ") == (status is SessionStatus.IDLE)


def test_the_live_state_goes_before_what_the_list_says_of_the_current_session() -> None:
    session = listing("a", "A", status=SessionStatus.FAILED)
    assert mark_of(session, SessionStatus.IDLE).cell == "●"
    assert mark_of(session, SessionStatus.ASKING).cell == "◆"
    assert mark_of(session, None).cell == "✗"


def test_what_marks_mean_is_said_in_words() -> None:
    session = listing("a", "A", status=SessionStatus.WAITING, open_elsewhere=True, imported=True)
    assert meanings(session, None) == [
        "Waits for your input",
        "Open in another program",
        "Imported",
    ]
