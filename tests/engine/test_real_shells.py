"""The engine with real shells: state lasts, Ctrl-C keeps it, what was approved is what runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from oi_tui.config.schema import Settings
from oi_tui.models.scripted import Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import RunStatus, TurnEnd
from oi_tui.shells.pool import ShellPool
from tests.engine.harness import APPROVE, Stage

pytestmark = pytest.mark.shell


def python(code: str) -> Reply:
    return Reply((Proposal("python", code),))


def test_state_lasts_between_runs_and_survives_an_interrupt(tmp_path: Path) -> None:
    replies = (
        python("x = 41"),
        python("import time\nprint('waiting', flush=True)\ntime.sleep(600)"),
        "Interrupted.",
        python("print(x + 1)"),
        "It is 42.",
    )
    shells = ShellPool(folder=str(tmp_path), python=sys.executable, environ=dict(os.environ))
    stage = Stage(replies, shells=shells)
    stage.engine.start()
    try:
        stage.prompt("begin")
        stage.decide(APPROVE)
        stage.decide(APPROVE, count=2)
        stage.wait_for(ev.OutputAdded)
        stage.engine.interrupt()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert stage.of(ev.RunFinished)[1].status is RunStatus.INTERRUPTED
        stage.prompt("and now?")
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED
        stage.prompt("again")
        stage.decide(APPROVE, count=3)
        stage.wait_for_turn(3)
        output = b"".join(added.data for added in stage.of(ev.OutputAdded))
        assert output.endswith(b"42\r\n")
        assert stage.model.requests[-1].messages[-1].text.endswith("42")
    finally:
        stage.stop()
        shells.close()
    stage.check()


def test_a_killed_shell_is_told_and_the_next_run_gets_a_fresh_one(tmp_path: Path) -> None:
    shells = ShellPool(folder=str(tmp_path), python=sys.executable, environ=dict(os.environ))
    settings = Settings(model="scripted", auto_run=True)
    stage = Stage((), shells=shells, settings=settings)
    stage.engine.start()
    try:
        stage.engine.submit(ops.RunCode("bash", "cd /; echo up; exec sleep 600"))
        stage.wait_for(ev.OutputAdded)
        stage.engine.kill_run()
        stage.wait_for_turn()
        assert stage.of(ev.RunFinished)[0].status is RunStatus.DIED
        stage.engine.submit(ops.RunCode("bash", "echo again"))
        stage.wait_for_turn(2)
        assert stage.of(ev.RunFinished)[1].status is RunStatus.OK
    finally:
        stage.stop()
        shells.close()
    stage.check()
