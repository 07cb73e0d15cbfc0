"""What happens in the scenes of the session browser."""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    EngineState,
    HistoryChange,
    RunStatus,
    digest_of,
)
from oi_tui.protocol.sessions import HitKind, SearchHit, SessionStatus
from tests.ui import plays
from tests.ui.drawing import QUESTION, words
from tests.ui.fakes import AT, FOLDER, FakeOpener, FakeSession, listing
from tests.ui.support import Running

DAY = 86_400
RAINFALL = "Plot the rainfall of 2025"


def every_kind(opener: FakeOpener) -> None:
    """Put sessions of every kind on the shelf."""
    opener.shelf.listings = [
        listing("now", QUESTION),
        listing("pinned", "Tide tables for the harbor office", AT - 40 * DAY, pinned=True),
        listing("zh", "整理下載資料夾裡的檔案", AT - 600, status=SessionStatus.RUNNING),
        listing("ask", "Rename the photos by date", AT - 3_600, status=SessionStatus.ASKING),
        listing("wait", "Set up the backup drive", AT - 5_000, status=SessionStatus.WAITING),
        listing("rain", RAINFALL, AT - DAY, cost=0.31),
        listing("branch", "Plot the rainfall of 2024 as well", AT - DAY, parent_id="rain"),
        listing("failed", "Translate the log book", AT - DAY - 60, status=SessionStatus.FAILED),
        listing("cut", "Convert the scans", AT - 3 * DAY, status=SessionStatus.CUT_OFF),
        listing("in", "Old notebook about tides", AT - 3 * DAY, imported=True),
        listing("else", "Why is the build slow?", AT - 9 * DAY, open_elsewhere=True),
        listing("new", "", AT - 9 * DAY),
    ]
    opener.shelf.hits = [
        hit("now", HitKind.OUTPUT, "m1", "   9,120,002  data/rainfall.csv", "rainfall"),
        hit("rain", HitKind.CODE, "c1", 'table = read_csv("data/rainfall.csv")', "rainfall"),
        hit("rain", HitKind.PROSE, "m1", "The rainfall of March is the highest", "rainfall"),
        hit("zh", HitKind.PROMPT, "p1", "把 rainfall.csv 也移到資料夾裡", "rainfall"),
    ]
    opener.shelf.contents["rain"] = past("rain")


def hit(session_id: str, kind: HitKind, block_id: str, snippet: str, word: str) -> SearchHit:
    """Make a hit of a word in a snippet."""
    start = snippet.index(word)
    return SearchHit(session_id, kind, block_id, snippet, start, start + len(word))


PAST_CODE = 'table = read_csv("data/rainfall.csv")\nprint(table.groupby("month").sum())\n'
PAST_REPLY = """\
The rainfall of **March** is the highest:

| Month | mm |
| --- | ---: |
| March | 212 |
| June | 180 |
"""


def past(session_id: str, *, runs: int = 1) -> list[ev.Envelope]:
    """Return the events of a session in which code ran."""
    events: list[ev.Event] = [ev.SessionOpened(RAINFALL, "gpt-4o", FOLDER, "0.1.0")]
    for number in range(1, runs + 1):
        call, digest = f"c{number}", digest_of(PAST_CODE)
        events += [
            ev.TurnStarted(RAINFALL if number == 1 else f"And the year {2025 - number}?"),
            ev.CodeStarted(call, "python"),
            ev.CodeFinished(call, "python", PAST_CODE, digest, True),
            ev.ApprovalResolved(call, Decision.APPROVE, digest, Decider.USER),
            ev.RunStarted(call, "python", digest),
            ev.OutputAdded(call, b"March  212\r\nJune   180\r\n"),
            ev.RunFinished(call, RunStatus.OK, 0, 0.4, FOLDER, 24),
            ev.MessageStarted(f"m{number}"),
            ev.MessageFinished(f"m{number}", PAST_REPLY, True),
        ]
    return [ev.Envelope(n, AT + n, session_id, n, event) for n, event in enumerate(events, 1)]


async def listed(run: Running) -> None:
    every_kind(run.opener)
    run.opener.shelf.tell()
    await run.until(lambda: run.main.sidebar.listing("pinned"), "the sessions")


async def browsing(run: Running) -> None:
    await plays.finished(run)
    await listed(run)
    if not run.main.query_one("#sessions").display:
        await run.press("ctrl+b")
    run.main.sidebar.focus_list()
    await run.press("down", "down")


async def filtering(run: Running) -> None:
    await plays.finished(run)
    await listed(run)
    await run.press("ctrl+s", *"rain")
    await run.until(lambda: run.opener.shelf.searched, "a search")
    await run.press("down", "down", "down")


async def previewing(run: Running) -> None:
    await plays.finished(run)
    await listed(run)
    await run.press("ctrl+s", *"plot", "tab")
    await run.press("space")


async def renaming(run: Running) -> None:
    await browsing(run)
    await run.press("r")
    await run.until(lambda: run.app.screen is not run.main, "the dialog")


async def deleted(run: Running) -> None:
    await browsing(run)
    await run.press("d", "d")
    await run.until(lambda: run.opener.shelf.trash, "the trash")


async def doomed(run: Running) -> None:
    await browsing(run)
    await run.press("d")


async def exporting(run: Running) -> None:
    await browsing(run)
    await run.press("e")
    await run.until(lambda: run.app.screen is not run.main, "the dialog")


async def reopened(run: Running) -> None:
    """A branch of a session with three runs, its shells empty."""
    await listed(run)
    run.opener.kept["rain"] = FakeSession("rain", past("rain", runs=3))
    run.main.errands.switch("rain")
    await run.until(lambda: run.session.session_id == "rain", "the other session")
    await run.until(lambda: run.main.has_class("-begun"), "its conversation")
    await run.until(lambda: "shells are empty" in words(run.app.export_screenshot()), "the end")
    for key in ("alt+up", "home", "end", "alt+up"):  # what was drawn has its exact height
        await run.press(key)


async def undone(run: Running) -> None:
    """The last turn was taken back."""
    await plays.finished(run)
    plays.ask(run.session, "Now delete all of them")
    plays.say(run.session, "I would rather **not** do that without a backup.", "m3")
    run.session.emit(ev.StateChanged(EngineState.IDLE))
    run.session.emit(ev.HistoryReplaced((), "the last turn was taken back", HistoryChange.UNDONE))
