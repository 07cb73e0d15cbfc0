"""What happens in the scenes about commands: help, texts to read, cost and budget."""

from __future__ import annotations

from oi_tui.engine.tokens import TokenReport
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, Role, ToolCall, Usage
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
