"""Any order of replies, decisions, edits and interrupts: nothing impossible is ever told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oi_tui.config.schema import Settings, ToolMode
from oi_tui.models.base import StopReason
from oi_tui.models.scripted import Call, CutOff, Fault, Hold, Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    Decision,
    EngineState,
    ErrorInfo,
    ErrorKind,
    digest_of,
)
from oi_tui.shells import scripted
from oi_tui.shells.base import OutputArrived
from tests.engine.harness import FakeRecorder, Stage
from tests.support.waiting import wait_until

SCRIPT: dict[str, Sequence[scripted.Step]] = {
    "hold": [OutputArrived(b"held\r\n"), scripted.Hold()],
    "print": [OutputArrived(b"some output\r\n")],
}
codes = st.sampled_from(["print(1)", "print(2)", "hold()", "print('中 😀')", "hold(2)"])
parts = st.one_of(
    st.sampled_from(["Some prose. ", "`ticks` ", "\n\n"]),
    st.builds(Proposal, st.sampled_from(["python", "bash", "cobol", ""]), codes),
    st.just(Call("execute", '{"code": 1}')),
    st.builds(Fault, st.just(ErrorKind.NETWORK)),
    st.just(CutOff()),
)
runnable = st.builds(Proposal, st.sampled_from(["python", "bash"]), codes)
good_replies = st.builds(
    lambda items, chunk: Reply(("Let me see. ", *items), chunk=chunk),
    st.lists(runnable, max_size=3),
    st.integers(0, 5),
)
odd_replies = st.builds(
    lambda items, chunk, reason: Reply(tuple(items), chunk=chunk, reason=reason),
    st.lists(parts, max_size=4),
    st.integers(0, 5),
    st.sampled_from([None, None, StopReason.LENGTH]),
)
replies = st.one_of(good_replies, good_replies, good_replies, odd_replies)
decisions = st.sampled_from([Decision.APPROVE, *Decision])


class RandomOrders(RuleBasedStateMachine):
    """A person who does anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.stage: Stage | None = None
        self.hold = Hold()

    @initialize(mode=st.sampled_from([*ToolMode]), auto_run=st.booleans())
    def begin(self, mode: ToolMode, auto_run: bool) -> None:
        chosen = Settings(model="scripted", tool_mode=mode, auto_run=auto_run, max_steps=3)
        self.recorder = FakeRecorder((ev.ApprovalResolved,))
        self.stage = Stage(script=SCRIPT, settings=chosen, recorder=self.recorder)
        self.stage.engine.start()

    @property
    def live(self) -> Stage:
        assert self.stage is not None
        return self.stage

    @rule(
        scripts=st.lists(replies, min_size=1, max_size=3),
        holds=st.sampled_from([False, False, True]),
    )
    def prompt(self, scripts: Iterable[Reply], holds: bool) -> None:
        for reply in scripts:
            self.live.model.add(reply)
        if holds:
            self.live.model.add(Reply(("Half", self.hold)))
        self.live.prompt("do it")

    @rule(decision=decisions, fits=st.sampled_from([True, True, False]))
    def decide(self, decision: Decision, fits: bool) -> None:
        self.wait_until_somebody_is_needed()
        for asked in self.live.of(ev.ApprovalRequested)[-1:]:
            digest = asked.digest if fits else digest_of("something else")
            self.live.engine.submit(ops.Decide(asked.call_id, decision, digest, "because"))

    @rule(code=codes, decision=decisions)
    def edit_and_decide(self, code: str, decision: Decision) -> None:
        for asked in self.live.of(ev.ApprovalRequested)[-1:]:
            self.live.engine.submit(ops.EditProposal(asked.call_id, code))
            self.live.engine.submit(ops.Decide(asked.call_id, decision, digest_of(code)))

    @rule()
    def interrupt(self) -> None:
        self.live.engine.interrupt()

    @rule()
    def kill(self) -> None:
        self.live.engine.kill_run()

    @rule()
    def release_the_run(self) -> None:
        self.live.shells.release()

    @rule(on=st.booleans())
    def switch_auto_run(self, on: bool) -> None:
        self.live.engine.submit(ops.SetAutoRun(on))

    @rule(is_full=st.booleans())
    def fill_the_disk(self, is_full: bool) -> None:
        self.recorder.error = ErrorInfo(ErrorKind.STORE, "Full.") if is_full else None

    @rule(
        op=st.sampled_from(
            [
                ops.UndoTurn(),
                ops.UndoTurn(),
                ops.RedoTurn(),
                ops.ReplayRuns((ops.Rerun("python", "print(1)"), ops.Rerun("cobol", "x"))),
                ops.SetSetting("max_output", "300"),
                ops.SetSetting("max_steps", "many"),
                ops.PinSession(True),
                ops.RetryTurn(),
                ops.ContinueTurn(),
                ops.ResetSession(),
                ops.RunCode("python", "print('own')"),
                ops.ProposeCode("bash", "print again"),
                ops.RestartShell("python"),
                ops.SetModel("other"),
            ]
        )
    )
    def ask_for_something(self, op: ops.Op) -> None:
        self.live.engine.submit(op)

    @rule()
    def wait(self) -> None:
        self.wait_until_somebody_is_needed()

    def wait_until_somebody_is_needed(self) -> None:
        """Let it come as far as it can by itself, if it can."""
        stage = self.live

        def is_settled() -> object:
            if not stage.engine.is_busy:
                return True
            states = stage.of(ev.StateChanged)
            match states[-1].state if states else EngineState.IDLE:
                case EngineState.ASKING:
                    asked = {event.call_id for event in stage.of(ev.ApprovalRequested)}
                    return asked - {event.call_id for event in stage.of(ev.ApprovalResolved)}
                case EngineState.RUNNING:
                    return b"hold" in stage.shells.runs[-1].code if stage.shells.runs else False
                case _:
                    return self.hold.reached.is_set()

        wait_until(is_settled)

    @invariant()
    def nothing_ran_that_was_not_approved(self) -> None:
        if self.stage is None:
            return
        ran = [run.code for run in self.stage.shells.runs]
        approved = [
            resolved.digest
            for resolved in self.stage.of(ev.ApprovalResolved)
            if resolved.decision in (Decision.APPROVE, Decision.APPROVE_SESSION)
        ]
        assert len(ran) <= len(approved)

    def teardown(self) -> None:
        if self.stage is None:
            return
        self.recorder.error = None
        self.stage.stop()
        assert self.stage.events[-1] == ev.EngineStopped()
        self.stage.check()


RandomOrders.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRandomOrders = RandomOrders.TestCase
