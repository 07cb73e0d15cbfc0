"""What happens in the scenes about commands: help, texts to read, cost and budget."""

from __future__ import annotations

from oi_tui.engine.compaction import CompactionPlan, announcement, result
from oi_tui.engine.tokens import TokenReport
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    ChatMessage,
    EngineState,
    HistoryChange,
    Role,
    ToolCall,
    TurnEnd,
    Usage,
)
from oi_tui.protocol.reports import summary_message
from tests.ui import plays
from tests.ui.plays import AFTER, CODE, PROSE, finished
from tests.ui.support import Running

USED = Usage(182_400, 9_310, 0.5491)
BEFORE = Usage(141_000, 8_200, 0.4345)
INSTRUCTIONS = """\
You are an assistant that gets things done on the person's own computer by proposing code.

How to work:
- For anything but a simple request, first say your plan in a few short lines.
"""


async def _line(run: Running, text: str) -> None:
    run.main.errands.submit_line(text)
    await run.until(lambda: run.app.screen is not run.main, "a text")


async def commands(run: Running) -> None:
    """All commands."""
    await finished(run)
    await _line(run, "%help")


async def one_command(run: Running) -> None:
    """One command."""
    await finished(run)
    await _line(run, "%help save_message")


async def tokens(run: Running) -> None:
    """What the conversation and a text weigh."""
    await finished(run)
    run.session.fake.report = TokenReport("gpt-4o", 14_200, 0, 128_000, 0.0355, None, True, USED)
    await _line(run, "%tokens and how much is this sentence?")


async def debugging(run: Running) -> None:
    """What will be sent."""
    await finished(run)
    call = ToolCall("c1", "execute", '{"language": "python", "code": "print(6 * 7)"}')
    run.session.fake.messages = (
        ChatMessage(Role.SYSTEM, INSTRUCTIONS),
        ChatMessage(Role.USER, "Which files here take the most room?"),
        ChatMessage(Role.ASSISTANT, PROSE, (call,)),
        ChatMessage(Role.TOOL, CODE, call_id="c1"),
        ChatMessage(Role.ASSISTANT, AFTER),
    )
    await _line(run, "%debug")


async def spending(run: Running) -> None:
    """A second turn, with most of the budget used up."""
    await finished(run)
    run.session.emit(ev.UsageReported(BEFORE, BEFORE, 14_200, 128_000))
    run.session.emit(ev.TurnStarted("And the ten smallest?"))
    run.session.emit(ev.SettingChanged("max_budget", "0.6"))
    run.session.emit(ev.UsageReported(USED, USED, 31_000, 128_000))
    await run.until(lambda: run.main.facts.usage == USED, "the cost")


async def verbose(run: Running) -> None:
    """Details below each block."""
    await finished(run)
    run.session.emit(ev.RequestSent("gpt-4o"))
    run.session.emit(ev.MessageStarted("m3"))
    run.session.emit(ev.MessageFinished("m3", "Shall I make them smaller?", True))
    run.session.emit(ev.UsageReported(Usage(1_240, 96, 0.0042), Usage(2_480, 192, 0.0084), 1, 9))
    run.main.errands.submit_line("%verbose true")
    run.main.hint("")
    await run.until(lambda: run.main.conversation.is_verbose, "details")


SUMMARY = """\
The person wants the ten largest files of ~/harbor found and the old scans moved to archive/.
Done: python listed 1,204 files; the largest is scans/2019.tar (9.1 GB). bash made archive/.
Decided: nothing is deleted; names keep their dates. `sizes` (python) holds path -> bytes.
Failed: moving scans/2021 (permission denied) until it was done with the owner's rights.
Still to be done: the scans of 2022, and a list of what was moved in archive/INDEX.txt.
The person asked for short answers and for a table at the end, with sizes in GB.
Each of the moves was checked with a checksum before the original was taken away.
The list of checksums is in archive/SHA256SUMS, one line a file, made by bash.
Numbers so far: 214 files, 31.4 GB, 3 of them twice.
"""


async def compacted(run: Running) -> None:
    """Older turns are a summary, after it was announced."""
    session = run.session
    plays.ask(session)
    plays.say(session, "The largest file is `scans/2019.tar`.")
    session.emit(ev.CompactionAnnounced(NEARLY_FULL, 109_000, 128_000))
    plays.count(session)
    session.emit(ev.TurnFinished(TurnEnd.COMPLETED))
    session.emit(ev.StateChanged(EngineState.IDLE))
    messages = (summary_message(SUMMARY),)
    session.emit(ev.HistoryReplaced(messages, COMPACTED, HistoryChange.COMPACTED))
    session.emit(ev.UsageReported(Usage(31_000, 96, 0.08), BEFORE, 31_000, 128_000, 0.4, 2.1))
    await run.until(lambda: run.main.facts.context_tokens == 31_000)


async def compacting(run: Running) -> None:
    """The question before."""
    await compacted(run)
    run.session.fake.plan = PLAN
    await _line(run, "%compact keep the file names")


PLAN = CompactionPlan(
    (), (), 6, 2, 12_400, 900, 128_000, "Which files are large?", "Move the scans"
)
NEARLY_FULL = announcement(PLAN, 0.87, is_automatic=False)
COMPACTED = result(PLAN, 310, 0, cut=False)
