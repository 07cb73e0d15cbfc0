"""Who lets code run, and that nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui import OpenInterpreter, Proposal, Reject
from oi_tui.api import InterpreterError
from oi_tui.models.scripted import ScriptedModel
from oi_tui.protocol.items import digest_of
from tests.api.conftest import Maker, proposing

pytestmark = pytest.mark.shell
TOUCH = "open('made', 'w').close()"


def outputs(interpreter: OpenInterpreter) -> list[str]:
    return [m["content"] for m in interpreter.messages if m.get("format") == "output"]


# -- the consumer of a stream ---------------------------------------------------------------------
def test_going_on_approves_and_the_code_runs(made: Maker) -> None:
    interpreter = made(proposing("print(6 * 7)"), "Done.")
    list(interpreter.chat("go", display=False, stream=True))
    assert outputs(interpreter) == ["42\n"]
    assert interpreter.last_end == "completed"


def test_nothing_runs_before_the_consumer_goes_on(made: Maker) -> None:
    interpreter = made(proposing(TOUCH), "Done.")
    chunks = interpreter.chat("go", display=False, stream=True)
    chunk = next(chunk for chunk in chunks if chunk["type"] == "confirmation")
    assert chunk["content"] == {"type": "code", "format": "python", "content": TOUCH}
    assert not Path("made").exists()
    list(chunks)
    assert Path("made").exists()


def test_the_consumer_edits_the_code_and_exactly_that_runs(made: Maker) -> None:
    port = ScriptedModel([proposing("print('the original')"), "Done."])
    interpreter = made(port=port)
    for chunk in interpreter.chat("go", display=False, stream=True):
        if chunk["type"] == "confirmation":
            content = chunk["content"]
            assert isinstance(content, dict)
            content["content"] = "print('the ' + 'edit')"
    assert outputs(interpreter) == ["the edit\n"]
    assert "edited the code" in port.requests[-1].messages[-1].text


def test_the_consumer_edits_the_older_form_too(made: Maker) -> None:
    interpreter = made(proposing("print('the original')"), "Done.", chunk_form="0.1")
    for chunk in interpreter.chat("go", display=False, stream=True):
        if "executing" in chunk:
            chunk["executing"] = {"language": "python", "code": "print('an edit')"}
    assert outputs(interpreter) == ["an edit\n"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"type": "code", "format": "bash", "content": TOUCH}, ValueError),
        ({"type": "code", "format": "python", "content": None}, TypeError),
        ("code", TypeError),
    ],
)
def test_a_confirmation_that_makes_no_sense_any_more_runs_nothing(
    made: Maker, content: object, error: type[Exception]
) -> None:
    interpreter = made(proposing(TOUCH), "Done.")
    chunks = interpreter.chat("go", display=False, stream=True)
    chunk = next(chunk for chunk in chunks if chunk["type"] == "confirmation")
    chunk["content"] = content
    with pytest.raises(error):
        next(chunks)
    assert not Path("made").exists()
    assert interpreter.last_end == "stopped"


def test_leaving_the_loop_refuses_and_the_chat_goes_on_later(made: Maker) -> None:
    port = ScriptedModel([proposing(TOUCH), "As you like."])
    interpreter = made(port=port)
    for chunk in interpreter.chat("go", display=False, stream=True):
        if chunk["type"] == "confirmation":
            break
    assert interpreter.last_end == "stopped"
    interpreter.chat("then not", display=False)
    assert not Path("made").exists()
    assert any("rejected this code" in m.text for m in port.requests[-1].messages)


def test_an_error_in_the_loop_refuses(made: Maker) -> None:
    interpreter = made(proposing(TOUCH))

    def fail() -> None:
        for chunk in interpreter.chat("go", display=False, stream=True):
            if chunk["type"] == "confirmation":
                raise LookupError("on purpose")

    with pytest.raises(LookupError):
        fail()
    assert not Path("made").exists()
    assert interpreter.last_end == "stopped"


# -- a function -----------------------------------------------------------------------------------
def test_a_function_is_told_what_would_run_and_approves_it(made: Maker) -> None:
    asked: list[Proposal] = []

    def approve(proposal: Proposal) -> bool:
        asked.append(proposal)
        return True

    interpreter = made(proposing("print('ran')"), "Done.", approve=approve)
    interpreter.chat("go", display=False)
    (proposal,) = asked
    assert (proposal.language, proposal.code) == ("python", "print('ran')")
    assert proposal.digest == digest_of("print('ran')")
    assert proposal.folder == str(Path.cwd())
    assert proposal.interpreter
    assert outputs(interpreter) == ["ran\n"]


def test_with_a_function_the_stream_asks_nothing(made: Maker) -> None:
    interpreter = made(proposing(TOUCH), approve=lambda _: False)
    chunks = list(interpreter.chat("go", display=False, stream=True))
    assert not [chunk for chunk in chunks if chunk["type"] == "confirmation"]
    assert not Path("made").exists()
    assert interpreter.last_end == "stopped"


def test_a_function_edits(made: Maker) -> None:
    interpreter = made(proposing("print('no')"), "Done.", approve=lambda _: "print('edited')")
    interpreter.chat("go", display=False)
    assert outputs(interpreter) == ["edited\n"]


def test_a_function_rejects_with_a_reason_and_the_model_goes_on(made: Maker) -> None:
    port = ScriptedModel([proposing(TOUCH), "I understand."])
    interpreter = made(port=port, approve=lambda _: Reject("not in this folder"))
    messages = interpreter.chat("go", display=False)
    assert "not in this folder" in port.requests[-1].messages[-1].text
    assert messages[-1]["content"] == "I understand."
    assert not Path("made").exists()


@pytest.mark.parametrize("answer", [None, 1, 0, "", "  ", [], "y" and object()])
def test_an_answer_that_is_none_runs_nothing(made: Maker, answer: object) -> None:
    interpreter = made(proposing(TOUCH), approve=lambda _: answer)
    with pytest.raises(TypeError, match="approve is to return"):
        interpreter.chat("go", display=False)
    assert not Path("made").exists()
    assert interpreter.last_end == "stopped"


def test_a_function_that_fails_runs_nothing_and_its_error_is_raised(made: Maker) -> None:
    def fail(_: Proposal) -> bool:
        raise LookupError("on purpose")

    interpreter = made(proposing(TOUCH), approve=fail)
    with pytest.raises(LookupError):
        interpreter.chat("go", display=False)
    assert not Path("made").exists()


def test_a_coroutine_function_is_for_achat_only(made: Maker) -> None:
    async def approve(_: Proposal) -> bool:
        return True

    interpreter = made(proposing(TOUCH), approve=approve)
    with pytest.raises(TypeError, match="achat"):
        interpreter.chat("go", display=False)
    assert not Path("made").exists()


# -- nobody ---------------------------------------------------------------------------------------
def test_where_nobody_can_be_asked_nothing_runs_and_the_way_is_said(made: Maker) -> None:
    interpreter = made(proposing(TOUCH), "unreached")
    with pytest.warns(UserWarning, match=r"interpreter\.approve"):
        messages = interpreter.chat("go", display=False)
    assert not Path("made").exists()
    assert messages[-1]["type"] == "code"


def test_auto_run_runs_and_can_be_switched_off_again(made: Maker) -> None:
    interpreter = made(proposing("print('one')"), "Done.", proposing(TOUCH), auto_run=True)
    interpreter.chat("go", display=False)
    assert outputs(interpreter) == ["one\n"]
    interpreter.auto_run = False
    with pytest.warns(UserWarning, match="nobody could be asked"):
        interpreter.chat("go", display=False)
    assert not Path("made").exists()


def test_safe_mode_and_auto_run_exclude_each_other(made: Maker) -> None:
    interpreter = made(safe_mode="ask")
    with pytest.raises(ValueError, match="Safe mode"):
        interpreter.auto_run = True
    assert interpreter.auto_run is False


def test_safe_mode_is_never_believed_to_be_on(made: Maker) -> None:
    interpreter = made("One.")
    interpreter.chat("first", display=False)
    with pytest.raises(InterpreterError, match="before the first chat"):
        interpreter.safe_mode = "auto"
    assert interpreter.safe_mode == "off"
    interpreter.reset()
    interpreter.safe_mode = "auto"
    assert interpreter.safe_mode == "auto"


def test_the_programs_own_code_runs_without_asking(made: Maker) -> None:
    port = ScriptedModel(["I see."])
    interpreter = made(port=port)
    assert interpreter.run("python", "x = 20\nprint(x + 1)") == [
        {"role": "computer", "type": "console", "format": "output", "content": "21\n"}
    ]
    assert interpreter.run("python", "print(x)")[0]["content"] == "20\n"
    assert next(interpreter.run("python", "pass", stream=True))["start"] is True
    interpreter.chat("what did I run?", display=False)
    assert "x = 20" in str(port.requests[-1].messages)


def test_code_in_a_language_that_is_not_here_is_an_error(made: Maker) -> None:
    with pytest.raises(InterpreterError, match="klingon"):
        made().run("klingon", "Qapla'")
