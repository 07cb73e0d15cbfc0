"""A session that is kept and opened again remembers exactly what the live one knew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oi_tui.engine.history import history_from
from oi_tui.engine.invariants import check_invariants
from oi_tui.models.scripted import Hold, Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.shells.base import OutputArrived
from oi_tui.shells.scripted import Step
from oi_tui.store.sessions import SessionStore
from tests.engine.harness import APPROVE, FENCES, REJECT, Stage

SCRIPT: dict[str, Sequence[Step]] = {"print": [OutputArrived(b"1\xe4\xbd\xa0\r\n\xff")]}
FIRST, SECOND = Proposal("python", "print(1)"), Proposal("bash", "ls")


def test_what_was_recorded_is_what_was_known(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions")
    opened = store.create(str(tmp_path))
    stage = Stage(
        (Reply(("Both. ", FIRST, SECOND), chunk=2), "Done.", Reply(("Half", Hold()))),
        SCRIPT,
        recorder=opened.journal,
    )
    stage.engine.start()
    stage.prompt("go")
    stage.decide(APPROVE)
    stage.decide(REJECT, "no", count=2)
    stage.engine.submit(ops.RunCode("python", "print(2)"))
    stage.wait_for_turn(2)
    stage.prompt("more")
    stage.wait_for(ev.MessageStarted, 3)
    stage.stop()
    live = stage.engine.history
    assert opened.journal is not None
    opened.journal.close()

    again = store.open(opened.session_id)
    assert history_from(again.envelopes) == live
    check_invariants(again.envelopes)
    last = again.envelopes[-1]
    later = Stage(
        (Reply((FIRST,)), "Fine."),
        SCRIPT,
        settings=FENCES,
        history=live,
        recorder=again.journal,
        first_seq=last.seq + 1,
        first_turn=last.turn,
    )
    later.engine.start()
    later.prompt("and on")
    later.decide(APPROVE)
    later.wait_for_turn()
    later.stop()
    assert again.journal is not None
    again.journal.close()

    whole = store.open(opened.session_id)
    check_invariants(whole.envelopes)
    assert history_from(whole.envelopes) == later.engine.history
    assert later.model.requests[0].messages[-1].text == "and on"
