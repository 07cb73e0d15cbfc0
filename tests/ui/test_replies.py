"""What replies took: told at the last block of each, and shown only to who wants details."""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Usage
from oi_tui.ui.replies import Replies, reply_text
from tests.ui.fakes import FakeSession
from tests.ui.support import Running, running

USAGE = Usage(1_240, 96, 0.0042)
LINE = "gpt-4o · 1,240 tokens in, 96 out · $0.0042"


def told(*events: ev.Event) -> list[tuple[str, str]]:
    replies = Replies()
    envelopes = [ev.Envelope(seq, seq * 1.5, "s", 1, one) for seq, one in enumerate(events, 1)]
    return [detail for one in envelopes if (detail := replies.apply(one))]


def a_reply(session: FakeSession) -> None:
    session.emit(ev.TurnStarted("go"))
    session.emit(ev.RequestSent("gpt-4o"))
    session.emit(ev.MessageStarted("m1"))
    session.emit(ev.MessageFinished("m1", "Gone.", True))
    session.emit(ev.UsageReported(USAGE, USAGE, 1_336, 128_000))


def rows(run: Running) -> list[str]:
    flow = run.main.conversation.flow
    return [
        strip.text.strip()
        for block in range(len(flow))
        for section in range(flow.count(block))
        for strip in flow.strips(block, section)
    ]


def test_a_reply_is_told_once_at_its_last_block() -> None:
    usage = ev.UsageReported(USAGE, USAGE, 0, 0)
    reply = (ev.RequestSent("gpt-4o"), ev.MessageStarted("m1"), ev.CodeStarted("c1", "python"))
    assert told(*reply, usage, usage) == [("c1", f"{LINE} · 4.5 s")]
    assert told(ev.RequestSent("gpt-4o"), usage) == []  # it said nothing
    assert told(usage) == []


def test_an_unknown_price_is_left_out() -> None:
    used = ev.UsageReported(Usage(1, 2), Usage(1, 2), 0, 0)
    assert reply_text("m", used, 0.04) == "m · 1 tokens in, 2 out · 0.0 s"


def test_waiting_and_speed_are_told_where_they_were_measured() -> None:
    used = ev.UsageReported(Usage(1, 30), Usage(1, 30), 0, 0, 0.42, 4.0)
    said = reply_text("m", used, 4.42)
    assert said == "m · 1 tokens in, 30 out · 4.4 s · first after 0.4 s · 7.5 tok/s"


async def test_details_are_shown_only_when_asked_for() -> None:
    async with running() as run:
        a_reply(run.session)
        await run.until(lambda: "Gone." in rows(run))
        assert not [row for row in rows(run) if LINE in row]
        run.main.errands.submit_line("%verbose")
        await run.until(lambda: [row for row in rows(run) if LINE in row], "the line")
        shown = rows(run)
        assert LINE in shown[-2]
        assert shown[-1] == ""
        run.main.errands.submit_line("%verbose false")
        await run.until(lambda: not [row for row in rows(run) if LINE in row])


async def test_a_reply_that_comes_while_details_are_shown_has_its_line() -> None:
    async with running() as run:
        run.main.errands.submit_line("%verbose true")
        a_reply(run.session)
        await run.until(lambda: [row for row in rows(run) if LINE in row], "the line")
