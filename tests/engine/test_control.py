"""Interrupting, stopping, and every op that is not about one proposal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from oi_tui.config.schema import Settings
from oi_tui.models.base import ChatRequest
from oi_tui.models.scripted import Hold, Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    Decision,
    EngineState,
    ErrorKind,
    Role,
    RunStatus,
    TurnEnd,
)
from oi_tui.protocol.reports import FRAME
from oi_tui.shells import scripted
from oi_tui.shells.base import OutputArrived
from oi_tui.shells.scripted import ScriptedShells
from tests.engine.harness import APPROVE, FENCES, REJECT, Stage, staged
from tests.support.waiting import wait_until

COUNT = Proposal("python", "print(1)")
LONG: dict[str, Sequence[scripted.Step]] = {
    "print(1)": [OutputArrived(b"working\r\n"), scripted.Hold()]
}


# -- interrupt ------------------------------------------------------------------------------------
def test_interrupting_the_model_keeps_what_it_wrote() -> None:
    hold = Hold()
    with staged(Reply(("Half", COUNT, hold)), "On.") as stage:
        stage.prompt()
        hold.reached.wait(30)
        stage.engine.interrupt()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert stage.model.streams[0].closed
        assert not stage.of(ev.CodeFinished)[0].runnable
        stage.prompt("go on")
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED
        assert stage.model.requests[1].messages[2].text == "Half"


def test_an_interrupt_before_the_stream_opens_is_not_lost() -> None:
    entered, go = threading.Event(), threading.Event()

    def slowly(request: ChatRequest) -> Reply:
        entered.set()
        go.wait(30)
        return Reply(("Never seen.", Hold()))

    with staged(slowly) as stage:
        stage.prompt()
        entered.wait(30)
        stage.engine.interrupt()
        go.set()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert not stage.of(ev.MessageStarted)


def test_an_interrupt_right_after_the_prompt_is_not_lost() -> None:
    stage = Stage(("Never.",))
    stage.prompt()
    stage.engine.interrupt()
    stage.engine.start()
    assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
    assert not stage.model.requests
    stage.stop()
    stage.check()


def test_interrupting_denies_an_open_approval() -> None:
    with staged(Reply((COUNT,))) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.interrupt()
        stage.engine.submit(ops.Decide(asked.call_id, APPROVE, asked.digest))
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert stage.of(ev.ApprovalResolved)[0].by is Decider.INTERRUPT
        assert not stage.shells.runs


def test_interrupting_a_run_keeps_its_shell_and_ends_the_turn() -> None:
    with staged(Reply((COUNT,)), "On.", script=LONG) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.wait_for(ev.OutputAdded)
        stage.engine.interrupt()
        assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
        assert stage.of(ev.RunFinished)[0].status is RunStatus.INTERRUPTED
        stage.prompt("next")
        stage.wait_for_turn(2)
        told = stage.model.requests[1].messages[-2].text
        assert "interrupted" in told
        assert told.endswith("working")


def test_killing_a_run_loses_the_shell_and_the_model_is_told() -> None:
    with staged(Reply((COUNT,)), "On.", script=LONG) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.wait_for(ev.OutputAdded)
        stage.engine.kill_run()
        stage.wait_for_turn()
        assert 3 in stage.shells.interrupts
        assert stage.of(ev.RunFinished)[0].status in (RunStatus.DIED, RunStatus.INTERRUPTED)


def test_interrupting_while_idle_does_nothing_to_the_next_turn() -> None:
    with staged("One.", "Two.") as stage:
        stage.engine.interrupt()
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        stage.engine.interrupt()
        stage.prompt()
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED


# -- stop -----------------------------------------------------------------------------------------
def test_stopping_ends_whatever_is_under_way() -> None:
    for wait_for in (ev.RequestSent, ev.ApprovalRequested, ev.OutputAdded):
        reply = Reply(("x", Hold())) if wait_for is ev.RequestSent else Reply((COUNT,))
        with staged(reply, script=LONG) as stage:
            stage.prompt()
            if wait_for is ev.OutputAdded:
                stage.decide(APPROVE)
            stage.wait_for(wait_for)
            stage.prompt("waiting")
        assert stage.of(ev.TurnFinished)[-1].reason is TurnEnd.INTERRUPTED
        assert len(stage.of(ev.TurnStarted)) == 1


def test_stopping_twice_and_before_the_start_is_fine() -> None:
    stage = Stage()
    stage.stop()
    stage.stop()
    stage.prompt()
    stage.engine.interrupt()
    assert stage.events == [ev.EngineStopped()]


def test_a_thread_that_hangs_cannot_hold_up_the_end() -> None:
    go = threading.Event()

    def stuck(request: ChatRequest) -> Reply:
        go.wait(30)
        return Reply(("Late.",))

    stage = Stage((stuck,))
    stage.engine.start()
    stage.prompt()
    stage.wait_for(ev.RequestSent)
    assert not stage.engine.stop(timeout=0.05)
    assert stage.events[-1] == ev.EngineStopped()
    go.set()
    wait_until(lambda: stage.engine.stop(timeout=0.2))
    stage.check()


# -- mistakes of ours -----------------------------------------------------------------------------
def test_an_unexpected_error_ends_the_turn_and_not_the_engine() -> None:
    def broken(request: ChatRequest) -> Reply:
        raise RuntimeError("key sk-abcdefghijklmnopqrstuvwxyz0123")

    with staged(broken, "Fine.") as stage:
        stage.prompt()
        error = stage.wait_for_turn().error
        assert error is not None
        assert error.kind is ErrorKind.INTERNAL
        assert "RuntimeError" in error.detail
        assert "sk-abc" not in error.detail
        stage.prompt()
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED


class FakeBrokenParts(list[str]):
    """A script that raises what no port allows, in the middle."""

    def __iter__(self) -> Iterator[str]:
        yield "Half "
        yield "```python\nprint("
        raise RuntimeError("oops")


def test_an_unexpected_error_in_the_middle_of_a_reply_leaves_nothing_open() -> None:
    with staged(Reply(FakeBrokenParts()), settings=FENCES) as stage:
        stage.prompt()
        error = stage.wait_for_turn().error
        assert error is not None
        assert error.kind is ErrorKind.INTERNAL
        assert not stage.of(ev.MessageFinished)[0].complete


class FakeLateShells(ScriptedShells):
    """Shells that are interrupted after a run was asked for and before there is one."""

    before_run: Callable[[], None] = staticmethod(lambda: None)

    def _steps(self, code: bytes) -> Sequence[scripted.Step]:
        self.before_run()
        return super()._steps(code)


def test_an_interrupt_between_approval_and_run_is_not_lost() -> None:
    shells = FakeLateShells(LONG)
    stage = Stage((Reply((COUNT,)),), shells=shells)
    shells.before_run = stage.engine.interrupt
    stage.engine.start()
    stage.prompt()
    stage.decide(APPROVE)
    assert stage.wait_for_turn().reason is TurnEnd.INTERRUPTED
    assert stage.of(ev.RunFinished)[0].status is RunStatus.INTERRUPTED
    stage.stop()
    stage.check()


# -- ops ------------------------------------------------------------------------------------------
def test_prompts_wait_for_the_turn_before_them() -> None:
    with staged(Reply((COUNT,)), "One.", "Two.") as stage:
        stage.prompt("first")
        stage.wait_for(ev.ApprovalRequested)
        stage.prompt("second")
        assert stage.wait_for(ev.PromptQueued).text == "second"
        stage.decide(REJECT)
        stage.wait_for_turn(2)
        assert [turn.prompt for turn in stage.of(ev.TurnStarted)] == ["first", "second"]


def test_what_waits_behind_an_interrupted_turn_does_not_begin_by_itself() -> None:
    with staged(Reply((COUNT,)), "Third.") as stage:
        stage.prompt("first")
        stage.wait_for(ev.ApprovalRequested)
        stage.prompt("second")
        stage.engine.submit(ops.RunCode("bash", "ls"))
        stage.engine.submit(ops.RestartShell("bash"))
        stage.engine.interrupt()
        stage.prompt("third")
        stage.wait_for_turn(2)
        assert [turn.prompt for turn in stage.of(ev.TurnStarted)] == ["first", "third"]
        assert stage.of(ev.PromptReturned) == [ev.PromptReturned("second")]
        assert "ls" in stage.of(ev.Warned)[0].text
        assert not stage.shells.runs
        assert stage.shells.restarts == ["bash"]


def test_who_switches_auto_run_off_is_asked_about_granted_languages_too() -> None:
    with staged(Reply((COUNT,)), "One.", Reply((Proposal("python", "print(2)"),))) as stage:
        stage.prompt("first")
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.Decide(asked.call_id, Decision.APPROVE_SESSION, asked.digest))
        stage.wait_for_turn()
        stage.engine.submit(ops.SetAutoRun(on=False))
        stage.prompt("second")
        stage.decide(REJECT, count=2)
        stage.wait_for_turn(2)
        assert len(stage.shells.runs) == 1


def test_what_stands_below_the_first_paragraph_names_nothing() -> None:
    with staged("One.") as stage:
        stage.prompt("review this\n\nThis came in on standard input.\n```\nx\n```")
        stage.wait_for_turn()
        assert stage.of(ev.SessionRenamed) == [ev.SessionRenamed("review this")]


def test_the_first_prompt_names_the_session() -> None:
    with staged("One.", "Two.") as stage:
        stage.engine.submit(ops.RunCode("bash", "ls"))
        stage.wait_for_turn()
        stage.prompt("List my\nfiles \x1b[31mplease")
        stage.prompt("more")
        stage.wait_for_turn(3)
        assert stage.of(ev.SessionRenamed) == [ev.SessionRenamed("List my files please")]
        stage.engine.submit(ops.RenameSession("Mine"))
        stage.engine.submit(ops.ResetSession())
        stage.prompt("afresh")
        stage.wait_for_turn(4)
        assert len(stage.of(ev.SessionRenamed)) == 2
        assert stage.of(ev.SessionRenamed)[1].title == "Mine"


def test_the_persons_own_code_runs_without_a_question_and_the_model_learns_of_it() -> None:
    script = {"ls": [OutputArrived(b"a.txt\r\n")]}
    with staged("Nice.", script=script) as stage:
        stage.engine.submit(ops.RunCode("sh", "ls"))
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert not stage.of(ev.ApprovalRequested)
        assert not stage.model.requests
        stage.prompt("what is it?")
        stage.wait_for_turn(2)
        own, prompt = stage.model.requests[0].messages[-2:]
        assert own.text.startswith(FRAME)
        assert "```bash\nls\n```" in own.text
        assert "a.txt" in own.text
        assert prompt.text == "what is it?"


def test_code_put_up_again_is_asked_for_even_with_auto_run() -> None:
    with staged() as stage:
        stage.engine.submit(ops.SetAutoRun(on=True))
        stage.engine.submit(ops.ProposeCode("python", "print(1)"))
        stage.decide(REJECT)
        stage.wait_for_turn()
        assert not stage.shells.runs
        assert stage.engine.history == ()
        stage.engine.submit(ops.RunCode("cobol", "DISPLAY"))
        error = stage.wait_for_turn(2).error
        assert error is not None
        assert error.kind is ErrorKind.SHELL_MISSING


def test_undo_takes_back_the_last_prompt_and_all_after_it() -> None:
    with staged("One.", "Two.") as stage:
        stage.prompt("first")
        stage.prompt("second")
        stage.wait_for_turn(2)
        stage.engine.submit(ops.UndoTurn())
        replaced = stage.wait_for(ev.HistoryReplaced)
        assert [message.text for message in replaced.messages] == ["first", "One."]
        assert stage.engine.history == replaced.messages
        stage.engine.submit(ops.UndoTurn())
        stage.engine.submit(ops.UndoTurn())
        assert stage.wait_for(ev.Warned).kind is ErrorKind.BAD_REQUEST
        assert stage.engine.history == ()


def test_retry_sends_the_last_prompt_without_what_came_after_it() -> None:
    with staged("Bad.", "Good.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        stage.engine.submit(ops.RetryTurn())
        stage.wait_for_turn(2)
        assert [m.text for m in stage.model.requests[1].messages[1:]] == ["first"]
        assert [m.text for m in stage.engine.history] == ["first", "Good."]


def test_reset_forgets_history_grants_and_shells() -> None:
    with staged(Reply((COUNT,)), "One.", Reply((COUNT,)), "Two.") as stage:
        stage.prompt("first")
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.Decide(asked.call_id, Decision.APPROVE_SESSION, asked.digest))
        stage.wait_for_turn()
        stage.engine.submit(ops.ResetSession())
        stage.wait_for(ev.HistoryReplaced)
        assert stage.engine.history == ()
        assert "python" in stage.shells.restarts
        stage.prompt("second")
        stage.decide(REJECT, count=2)
        stage.wait_for_turn(2)
        assert [m.text for m in stage.model.requests[2].messages[1:]] == ["second"]


def test_other_messages_and_another_model_and_instructions() -> None:
    messages = (ChatMessage(Role.USER, "hi"), ChatMessage(Role.ASSISTANT, "hello"))
    with staged("One.") as stage:
        stage.engine.submit(ops.ReplaceHistory(messages))
        stage.engine.submit(ops.SetModel("other", "http://localhost:1/v1"))
        stage.engine.submit(ops.SetSystemMessage("Be brief."))
        stage.prompt("go")
        stage.wait_for_turn()
        (request,) = stage.model.requests
        assert (request.model, request.api_base) == ("other", "http://localhost:1/v1")
        assert request.messages[0].text.startswith("Be brief.\n")
        assert request.messages[1:3] == messages
        assert stage.of(ev.ModelChanged) == [ev.ModelChanged("other", "http://localhost:1/v1")]
        assert stage.of(ev.InstructionsChanged) == [ev.InstructionsChanged("Be brief.")]


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("llama", "http://localhost:1/v1"),
        ("gpt-oss:20b", "http://localhost:1/v1"),
        ("openai/llama", "http://localhost:1/v1"),
        ("qwen/qwen3", "http://localhost:1/v1"),
        ("anthropic/claude-sonnet-4", ""),
        ("ollama/qwen3", ""),
    ],
)
def test_a_name_alone_stays_on_the_server_in_use(name: str, base: str) -> None:
    settings = Settings(model="scripted", api_base="http://localhost:1/v1")
    with staged(settings=settings) as stage:
        stage.engine.submit(ops.SetModel(name))
        assert stage.of(ev.ModelChanged) == [ev.ModelChanged(name, base)]


def test_a_restarted_shell_is_told_to_the_model() -> None:
    with staged("One.", "Two.") as stage:
        stage.prompt()
        stage.wait_for_turn()
        stage.engine.submit(ops.RestartShell("py"))
        stage.prompt("and now?")
        stage.wait_for_turn(2)
        assert stage.shells.restarts == ["python"]
        assert "python shell has ended" in stage.model.requests[1].messages[-2].text


def test_a_session_that_goes_on_says_that_shells_are_fresh() -> None:
    before = (ChatMessage(Role.USER, "hi"), ChatMessage(Role.ASSISTANT, "hello"))
    with staged("On.", history=before, first_turn=3) as stage:
        stage.prompt("go")
        stage.wait_for_turn()
        (request,) = stage.model.requests
        assert request.messages[1:3] == before
        assert "fresh" in request.messages[3].text
        assert not stage.of(ev.SessionRenamed)
        assert stage.envelopes[-1].turn == 4


def test_typing_and_the_size_reach_the_shells() -> None:
    script = {"input": [scripted.TakeInput()]}
    with staged(Reply((Proposal("python", "input()"),)), "Ok.", script=script) as stage:
        stage.engine.resize(80, 24)
        stage.prompt()
        stage.decide(APPROVE)
        assert stage.wait_for(ev.InputAwaited).waiting
        stage.engine.write_input(b"yes\n")
        stage.wait_for_turn()
        assert stage.shells.size == (80, 24)
        assert stage.of(ev.OutputAdded)[0].data == b"yes\r\n"


def test_the_session_is_opened_once() -> None:
    stage = Stage(("One.",))
    stage.bus.emit(ev.SessionOpened("Mine", "scripted", "/", "1"))
    stage.engine.start()
    wait_until(lambda: stage.of(ev.StateChanged))
    stage.stop()
    assert len(stage.of(ev.SessionOpened)) == 1
    assert stage.of(ev.StateChanged)[0].state is EngineState.IDLE


@pytest.mark.parametrize("op", [ops.ContinueTurn(), ops.RetryTurn(), ops.UndoTurn()])
def test_ops_without_a_history_do_no_harm(op: ops.Op) -> None:
    with staged("Well.") as stage:
        stage.engine.submit(op)
        stage.prompt()
        wait_until(lambda: any(turn.prompt for turn in stage.of(ev.TurnStarted)))
