"""Whole turns with a model on this machine: engine, port, child and library are all real."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from oi_tui.config.schema import Settings
from oi_tui.engine.engine import Engine
from oi_tui.models.factory import RoutedModel
from oi_tui.models.local.engines import NoEngineError, choose
from oi_tui.models.local.gguf import GgufError, read_header
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorKind, TurnEnd
from oi_tui.protocol.reports import summary_of
from oi_tui.shells.base import OutputArrived
from oi_tui.shells.pool import ShellPool
from tests.engine.harness import APPROVE, Stage
from tests.models.test_routes import FakeKeys
from tests.support.damaged_files import damaged_files
from tests.support.local_models import smollm2
from tests.support.processes import Children
from tests.support.tiny_gguf import Tiny, tiny_model

FENCE = "I look.\n\n```python\nprint(6 * 7)\n```\n"


class LocalStage(Stage):
    """A stage whose model is a file of this machine."""

    def __init__(self, path: Path, engine: str = "local", shells: ShellPool | None = None) -> None:
        super().__init__(script={"6 * 7": (OutputArrived(b"42\n"),)})
        settings = Settings(model=f"{engine}/{path}")
        self.routed = RoutedModel(settings, FakeKeys())
        self.engine = Engine(
            settings=settings,
            model=self.routed,
            shells=shells or self.shells,
            bus=self.bus,
            folder="/home/user/project",
        )


@contextmanager
def playing(
    path: Path, engine: str = "local", shells: ShellPool | None = None
) -> Iterator[LocalStage]:
    children = Children()
    stage = LocalStage(path, engine, shells)
    stage.engine.start()
    try:
        yield stage
    finally:
        stage.engine.stop()
        stage.routed.close()
    stage.check()
    assert shells is not None or not children()


def text_of(stage: Stage) -> str:
    return "".join(message.text for message in stage.of(ev.MessageFinished))


@pytest.mark.parametrize("engine", ["llamacpp", "ctransformers"])
def test_a_model_without_tools_proposes_code_that_is_approved_and_runs(
    tmp_path: Path, engine: str
) -> None:
    # What it is told of a run ends in the output, "42"; the prompt ends in a question mark.
    tiny = Tiny(FENCE, on={"2": "It is 42."}, context=16384)
    with playing(tiny_model(tmp_path / "coder.gguf", tiny), engine) as stage:
        stage.prompt("what is six times seven?")
        asked = stage.wait_for(ev.ApprovalRequested)
        assert (asked.language, asked.code) == ("python", "print(6 * 7)")
        stage.decide(APPROVE)
        ended = stage.wait_for_turn()
    assert ended.reason is TurnEnd.COMPLETED
    assert text_of(stage).endswith("It is 42.")
    assert [run.code for run in stage.shells.runs] == [b"print(6 * 7)"]
    loading = stage.of(ev.ModelLoading)
    assert loading[-1].fraction == 1.0
    assert loading[-1].model.endswith("coder.gguf")
    assert stage.of(ev.UsageReported)[-1].session.cost == 0
    assert stage.of(ev.UsageReported)[-1].context_window == 8192


def test_its_code_runs_in_a_real_shell(tmp_path: Path) -> None:
    tiny = Tiny(FENCE, on={"2": "It is 42."}, context=16384)
    shells = ShellPool(folder=str(tmp_path))
    try:
        with playing(tiny_model(tmp_path / "coder.gguf", tiny), shells=shells) as stage:
            stage.prompt("what is six times seven?")
            stage.decide(APPROVE)
            assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
    finally:
        shells.close()
    assert b"42" in b"".join(added.data for added in stage.of(ev.OutputAdded))
    assert text_of(stage).endswith("It is 42.")


def test_an_engine_killed_in_mid_reply_costs_a_message_not_the_session(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "e.gguf", Tiny("abc ", endless=True, context=16384))
    with playing(path) as stage:
        stage.prompt()
        stage.wait_for(ev.TextAdded)
        kill(stage)
        ended = stage.wait_for_turn()
        assert ended.error is not None
        assert ended.error.kind is ErrorKind.WORKER_DIED
        assert ended.error.kept
        (message,) = stage.of(ev.MessageFinished)
        assert message.text
        assert not message.complete
        stage.engine.submit(ops.ContinueTurn())
        stage.wait_for(ev.MessageStarted, 2)
        stage.engine.interrupt()
        assert stage.wait_for_turn(2).reason is TurnEnd.INTERRUPTED
    assert any("anew" in warned.text for warned in stage.of(ev.Warned))


def test_a_long_prompt_is_stopped_while_it_is_read_and_the_next_one_answered() -> None:
    with playing(smollm2()) as stage:
        stage.prompt("alpha beta gamma " * 100)
        reading = stage.wait_for(ev.PromptReading)
        assert 0 < reading.fraction < 1
        stage.engine.interrupt()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert not stage.of(ev.MessageStarted)
        stage.prompt("Say hi.")
        stage.wait_for(ev.MessageStarted)
        stage.engine.interrupt()
        stage.wait_for_turn(2)


def kill(stage: LocalStage) -> None:
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # another test's may end just now
            if "program.py" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)


def test_a_session_lives_through_two_hundred_damaged_files_and_says_what_is_wrong(
    tmp_path: Path,
) -> None:
    good = tiny_model(tmp_path / "well.gguf", Tiny("Well.", context=2048))
    told = []
    with playing(good) as stage:
        turns = 0
        for path in damaged_files(tmp_path):
            try:
                choose(read_header(path), "llamacpp")
                continue  # nothing can be seen from outside: the child's own tests try those
            except (GgufError, NoEngineError):
                turns += 1
            stage.engine.submit(ops.SetModel(f"local/{path}"))
            stage.prompt()
            error = stage.wait_for_turn(turns).error
            assert error is not None
            told.append(f"{error.title} {error.detail}")
        stage.engine.submit(ops.ResetSession())  # so many prompts are more than the toy reads
        stage.engine.submit(ops.SetModel(f"local/{good}"))
        stage.prompt("hello")
        assert stage.wait_for_turn(turns + 1).reason is TurnEnd.COMPLETED
    assert len(told) > 100
    assert all(len(one) > 20 and "internal" not in one.lower() for one in told)


@pytest.mark.parametrize("engine", ["llamacpp", "ctransformers"])
def test_older_turns_are_summed_up_by_a_model_on_this_machine(tmp_path: Path, engine: str) -> None:
    tiny = Tiny("Short. ", on={"e": "The person counted."}, context=16384)
    with playing(tiny_model(tmp_path / "t.gguf", tiny), engine) as stage:
        for number in (1, 2):
            stage.prompt(f"count to {number * 1000} " * 40)
            stage.wait_for_turn(number)
        stage.engine.submit(ops.CompactHistory())
        assert stage.wait_for(ev.CompactionFinished) == ev.CompactionFinished()
        assert summary_of(stage.engine.history[0])
        before, after = stage.of(ev.UsageReported)[-2:]
    assert 0 < after.context_tokens < before.context_tokens
    assert after.session.cost == 0
