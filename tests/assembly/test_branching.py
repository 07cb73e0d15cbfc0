"""A branch: the same conversation up to a block, and nothing that could go on by itself."""

from __future__ import annotations

import pytest

from oi_tui.assembly.branching import NoBlockError, branch
from oi_tui.engine.history import history_from
from oi_tui.engine.invariants import check_invariants
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    Decision,
    EngineState,
    HistoryChange,
    Role,
    RunStatus,
    TurnEnd,
    digest_of,
)
from oi_tui.transcript import Block, CodeBlock, CodeState, Transcript

CODE = "print(6 * 7)"
DIGEST = digest_of(CODE)


def turn(number: int, *, output: bytes = b"42\n") -> list[ev.Event]:
    message, call = f"m{number:05d}001", f"c{number:05d}001"
    return [
        ev.TurnStarted(f"prompt {number}"),
        ev.StateChanged(EngineState.THINKING),
        ev.RequestSent("gpt-4o"),
        ev.MessageStarted(message),
        ev.TextAdded(message, f"answer {number}"),
        ev.MessageFinished(message, f"answer {number}", complete=True),
        ev.CodeStarted(call, "python"),
        ev.CodeAdded(call, CODE),
        ev.CodeFinished(call, "python", CODE, DIGEST, runnable=True),
        ev.ApprovalRequested(call, "python", CODE, DIGEST, "/w", "python3"),
        ev.ApprovalResolved(call, Decision.APPROVE, DIGEST, Decider.USER),
        ev.RunStarted(call, "python", DIGEST),
        ev.OutputAdded(call, output),
        ev.RunFinished(call, RunStatus.OK, 0, 0.1, "/w", len(output)),
        ev.TurnFinished(TurnEnd.COMPLETED),
        ev.StateChanged(EngineState.IDLE),
    ]


def session(turns: int = 3) -> list[ev.Envelope]:
    told: list[tuple[int, ev.Event]] = [(0, ev.SessionOpened("Harbor", "gpt-4o", "/w", "0.1.0"))]
    for number in range(1, turns + 1):
        told += [(number, event) for event in turn(number)]
    return [
        ev.Envelope(seq, 1_700_000_000.0 + seq, "s1", number, event)
        for seq, (number, event) in enumerate(told, 1)
    ]


def blocks_of(envelopes: list[ev.Envelope]) -> list[Block]:
    transcript = Transcript()
    transcript.replay(envelopes)
    return transcript.blocks


def test_every_block_can_be_branched_from() -> None:
    told = session()
    for place, block in enumerate(blocks_of(told)):
        copied = branch(told, "s1", block.block_id, "Harbor")
        check_invariants(copied)
        kept = blocks_of(copied)
        ids = [one.block_id for one in kept]
        assert block.block_id in ids
        later = [one.block_id for one in blocks_of(told)[place + 1 :]]
        assert not set(ids) & set(later)
        full, cut = history_from(told), history_from(copied)
        assert [m.text for m in cut if m.role is Role.USER][:1] == ["prompt 1"]
        assert len(cut) <= len(full)


def test_a_whole_turn_is_copied_as_it_was() -> None:
    told = session()
    call = "c00002001"
    copied = branch(told, "s1", call, "Harbor")
    assert history_from(copied) == history_from(told[: 1 + 2 * len(turn(1)) - 2])
    (block,) = [one for one in blocks_of(copied) if one.block_id == call]
    assert isinstance(block, CodeBlock)
    assert block.state is CodeState.FINISHED
    assert bytes(block.output.head) == b"42\n"


def test_a_branch_of_everything_says_where_it_comes_from() -> None:
    copied = branch(session(), "s1", "", "Harbor")
    assert copied[-2].event == ev.SessionBranched("s1", "")
    assert copied[-1].event == ev.SessionRenamed("Harbor (branch)")
    seqs = [one.seq for one in copied]
    assert seqs == sorted(set(seqs))
    assert history_from(copied) == history_from(session())


def test_what_was_open_at_the_cut_can_not_be_decided() -> None:
    told = session(1)
    upto = next(i for i, one in enumerate(told) if isinstance(one.event, ev.ApprovalRequested))
    copied = branch(told[: upto + 1], "s1", "c00001001", "")
    check_invariants(copied)
    (block,) = [one for one in blocks_of(copied) if isinstance(one, CodeBlock)]
    assert block.state is CodeState.REJECTED
    assert not any(isinstance(one.event, ev.RunStarted) for one in copied)


def test_a_block_of_loaded_messages_keeps_all_that_was_loaded() -> None:
    messages = (ChatMessage(Role.USER, "Who?"), ChatMessage(Role.ASSISTANT, "A pilot."))
    told = session(1)
    seq = told[-1].seq + 1
    loaded = ev.HistoryReplaced(messages, "", HistoryChange.LOADED)
    told.append(ev.Envelope(seq, 1.0, "s1", 1, loaded))
    copied = branch(told, "s1", f"loaded-{seq}-1", "x")
    assert history_from(copied) == messages


@pytest.mark.parametrize("block_id", ["m99999001", "prompt-9999", "nonsense", "prompt-x"])
def test_a_block_that_is_not_there_is_said(block_id: str) -> None:
    with pytest.raises(NoBlockError):
        branch(session(1), "s1", block_id, "x")
