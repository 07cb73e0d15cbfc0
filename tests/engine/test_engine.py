"""The whole way: a prompt, a proposal, a decision, a run, and on."""

from __future__ import annotations

import pytest

from oi_tui.config.schema import Settings
from oi_tui.models.scripted import Fence, Proposal, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import (
    Decider,
    Decision,
    EngineState,
    ErrorInfo,
    ErrorKind,
    RunStatus,
    TurnEnd,
    digest_of,
)
from oi_tui.protocol.reports import FRAME
from oi_tui.shells.base import OutputArrived, ShellError
from oi_tui.shells.scripted import Fail
from tests.engine.harness import APPROVE, FENCES, REJECT, STOP, FakeRecorder, staged

COUNT = Proposal("python", "print(1)")
SECOND = Proposal("bash", "echo two")
SCRIPT = {"print(1)": [OutputArrived(b"1\r\n")], "echo two": [OutputArrived(b"two\r\n")]}


def test_a_tool_call_runs_after_approval_and_the_model_gets_its_output() -> None:
    with staged(Reply(("Let me see.", COUNT), chunk=3), "It is 1.", script=SCRIPT) as stage:
        stage.prompt("count")
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert stage.of(ev.RunFinished)[0].output_bytes == 3
        call, result = stage.model.requests[1].messages[-2:]
        assert call.text == "Let me see."
        assert call.calls[0].call_id == result.call_id
        assert "Exit status 0" in result.text
        assert result.text.endswith("\n1")


def test_fenced_code_runs_after_approval_and_the_text_around_it_is_kept() -> None:
    replies = (Reply(("Let me see.", COUNT, "Wait."), chunk=3), "It is 1.")
    with staged(*replies, script=SCRIPT, settings=FENCES) as stage:
        stage.prompt("count")
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        texts = [message.text for message in stage.of(ev.MessageFinished)]
        assert texts == ["Let me see.\n", "Wait.", "It is 1."]
        said, report = stage.model.requests[1].messages[-2:]
        assert said.text == "Let me see.\n\n```python\nprint(1)\n```\n\nWait."
        assert report.text.startswith(FRAME)
        assert report.text.endswith("\n1")


def test_the_states_tell_what_the_engine_does() -> None:
    with staged(Reply((COUNT,)), "Done.", script=SCRIPT) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.wait_for(ev.StateChanged, 6)
        assert [changed.state for changed in stage.of(ev.StateChanged)] == [
            EngineState.IDLE,
            EngineState.THINKING,
            EngineState.ASKING,
            EngineState.RUNNING,
            EngineState.THINKING,
            EngineState.IDLE,
        ]


def test_a_rejected_proposal_is_skipped_and_the_next_one_is_asked_for() -> None:
    with staged(Reply((COUNT, SECOND)), "I see.", script=SCRIPT) as stage:
        stage.prompt()
        stage.decide(REJECT, "too slow")
        stage.decide(APPROVE, count=2)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert [run.language for run in stage.shells.runs] == ["bash"]
        rejected, ran = stage.model.requests[1].messages[-2:]
        assert "rejected" in rejected.text
        assert "too slow" in rejected.text
        assert ran.text.endswith("two")


def test_stopping_ends_the_turn_and_the_model_is_told_next_time() -> None:
    with staged(Reply((COUNT, SECOND)), "I see.") as stage:
        stage.prompt()
        stage.decide(STOP, "wrong folder")
        assert stage.wait_for_turn().reason is TurnEnd.STOPPED
        assert not stage.shells.runs
        assert len(stage.model.requests) == 1
        assert len(stage.of(ev.ApprovalResolved)) == 2  # nothing stays undecided
        stage.prompt("again")
        stage.wait_for_turn(2)
        texts = [message.text for message in stage.model.requests[1].messages]
        assert any("wrong folder" in text for text in texts)
        assert "Not run" in texts[-2]
        assert texts[-1] == "again"


def test_edited_code_runs_as_edited_and_the_model_is_told() -> None:
    with staged(Reply((COUNT,)), "I see.", script=SCRIPT) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.EditProposal(asked.call_id, "print(1)  # mine"))
        stage.engine.submit(ops.Decide(asked.call_id, APPROVE, digest_of("print(1)  # mine"), ""))
        stage.wait_for_turn()
        assert stage.shells.runs[0].code == b"print(1)  # mine"
        assert stage.of(ev.RunStarted)[0].digest == digest_of("print(1)  # mine")
        told = stage.model.requests[1].messages[-1].text
        assert "edited" in told
        assert "print(1)  # mine" in told


def test_an_approval_of_what_was_shown_before_an_edit_runs_nothing() -> None:
    with staged(Reply((COUNT,)), "I see.", script=SCRIPT) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.EditProposal(asked.call_id, "print(2)"))
        stage.engine.submit(ops.Decide(asked.call_id, APPROVE, asked.digest))
        stage.wait_for(ev.Warned)
        assert not stage.of(ev.ApprovalResolved)
        stage.engine.submit(ops.Decide(asked.call_id, APPROVE, digest_of("print(2)")))
        stage.wait_for_turn()
        assert [run.code for run in stage.shells.runs] == [b"print(2)"]


def test_an_approval_of_something_else_is_ignored() -> None:
    with staged(Reply((COUNT,)), "I see.") as stage:
        stage.engine.submit(ops.Decide("c00001001", APPROVE, digest_of("print(1)")))
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        stage.engine.submit(ops.Decide("", APPROVE, asked.digest))
        stage.engine.submit(ops.Decide("other", APPROVE, asked.digest))
        stage.engine.submit(ops.EditProposal("other", "print(3)"))
        stage.decide(REJECT)
        stage.wait_for_turn()
        assert not stage.shells.runs


def test_a_session_grant_covers_that_language_only() -> None:
    again = Proposal("python", "print(1) # again")
    with staged(Reply((COUNT,)), Reply((again, SECOND)), script=SCRIPT) as stage:
        stage.prompt()
        stage.decide(Decision.APPROVE_SESSION)
        stage.decide(REJECT, count=2)
        stage.wait_for_turn()
        assert stage.of(ev.ApprovalRequested)[1].language == "bash"
        deciders = [resolved.by for resolved in stage.of(ev.ApprovalResolved)]
        assert deciders == [Decider.USER, Decider.SESSION_GRANT, Decider.USER]


def test_auto_run_does_not_ask_until_it_is_switched_off() -> None:
    replies = (Reply((COUNT,)), "One.", Reply((COUNT,)), "Two.")
    settings = Settings(model="scripted", auto_run=True)
    with staged(*replies, settings=settings, script=SCRIPT) as stage:
        assert stage.wait_for(ev.AutoRunChanged).on
        stage.prompt()
        stage.wait_for_turn()
        assert not stage.of(ev.ApprovalRequested)
        assert stage.of(ev.ApprovalResolved)[0].by is Decider.AUTO_RUN
        stage.engine.submit(ops.SetAutoRun(on=False))
        stage.prompt()
        stage.decide(REJECT)
        stage.wait_for_turn(2)
        assert len(stage.shells.runs) == 1


def test_after_twenty_five_runs_a_person_is_asked_even_with_auto_run() -> None:
    replies = [Reply((Proposal("python", f"print({number})"),)) for number in range(26)]
    settings = Settings(model="scripted", auto_run=True, max_steps=100)
    with staged(*replies, settings=settings) as stage:
        stage.prompt()
        stage.decide(STOP)
        stage.wait_for_turn()
        assert len(stage.shells.runs) == 25


def test_nothing_runs_if_the_approval_cannot_be_recorded() -> None:
    recorder = FakeRecorder(refuses=(ev.ApprovalResolved,))
    with staged(Reply((COUNT, SECOND)), script=SCRIPT, recorder=recorder) as stage:
        stage.prompt()
        stage.wait_for(ev.ApprovalRequested)
        recorder.error = ErrorInfo(ErrorKind.STORE, "The disk is full.")
        stage.decide(Decision.APPROVE_SESSION)
        end = stage.wait_for_turn()
        assert end.error is not None
        assert end.error.kind is ErrorKind.STORE
        assert stage.of(ev.Warned)[0].kind is ErrorKind.STORE
        assert stage.of(ev.ApprovalResolved)[0].by is Decider.ENGINE
        assert not stage.shells.runs
        assert not stage.of(ev.RunStarted)


def test_a_shell_that_cannot_start_is_said_and_the_model_goes_on() -> None:
    error = ShellError(ErrorInfo(ErrorKind.SHELL_MISSING, "No Python here."))
    with staged(Reply((COUNT,)), "Then not.", script={"print": [Fail(error)]}) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert stage.of(ev.RunFinished)[0].status is RunStatus.REFUSED
        assert stage.of(ev.Warned)[0].text == "No Python here."
        assert "could not be run" in stage.model.requests[1].messages[-1].text


def test_the_approval_says_where_and_with_what_it_would_run() -> None:
    with staged(Reply((Proposal("py", "import shutil; shutil.rmtree('x')"),))) as stage:
        stage.prompt()
        asked = stage.wait_for(ev.ApprovalRequested)
        assert asked.language == "python"
        assert asked.folder == "/home/user/project"
        assert asked.interpreter == "/usr/bin/python"
        assert asked.notes == ("May delete or overwrite files",)
        stage.decide(REJECT)


@pytest.mark.parametrize("language", ["cobol", "bash; rm", "x" * 10_000])
def test_a_language_without_a_shell_is_shown_but_cannot_run(language: str) -> None:
    with staged(Reply((Fence(language, "DISPLAY 1"),)), settings=FENCES) as stage:
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        for finished in stage.of(ev.CodeFinished):
            assert not finished.runnable
            assert len(finished.language) <= 40
        assert not stage.of(ev.ApprovalRequested)


def test_more_than_ten_proposals_are_refused() -> None:
    many = Reply(tuple(Proposal("python", f"print({number})") for number in range(12)))
    settings = Settings(model="scripted", auto_run=True)
    with staged(many, "Enough.", settings=settings) as stage:
        stage.prompt()
        stage.wait_for_turn()
        assert len(stage.shells.runs) == 10
        assert [code.runnable for code in stage.of(ev.CodeFinished)] == [True] * 10 + [False] * 2
