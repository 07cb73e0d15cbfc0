"""The list of messages: read, saved, assigned back, changed in place; and what may be sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oi_tui.api import InterpreterError
from oi_tui.models.scripted import ScriptedModel
from tests.api.conftest import Maker, proposing
from tests.api.programs import SCRIPTED, in_pipe

pytestmark = pytest.mark.shell
FLAT = [
    {"role": "user", "type": "message", "content": "hello"},
    {"role": "assistant", "type": "message", "content": "Hi."},
]
OLD = [{"role": "user", "message": "hello"}, {"role": "assistant", "message": "Hi."}]


def said(port: ScriptedModel) -> list[str]:
    """What the model got of the conversation with the last request."""
    return [message.text for message in port.requests[-1].messages[1:]]


def test_a_whole_conversation_survives_being_saved_and_assigned(made: Maker) -> None:
    interpreter = made(proposing("print('你好')"), "It printed.", auto_run=True)
    messages = interpreter.chat("run it", display=False)
    assert [m["type"] for m in messages] == ["message", "code", "console", "message"]
    again = made("Yes.")
    again.messages = json.loads(json.dumps(messages))
    restored = again.messages
    assert [{**m, "content": m["content"].rstrip("\n")} for m in messages] == restored
    again.messages = restored
    assert again.messages == restored


@pytest.mark.parametrize("form", [FLAT, OLD])
def test_both_forms_may_be_assigned(made: Maker, form: list[dict[str, Any]]) -> None:
    port = ScriptedModel(["Yes."])
    interpreter = made(port=port)
    interpreter.messages = form
    assert interpreter.messages == FLAT
    interpreter.message_form = "0.1"
    assert interpreter.messages == OLD
    interpreter.chat("more", display=False)
    assert said(port) == ["hello", "Hi.", "more"]


def test_the_shells_keep_their_state_when_messages_are_assigned(made: Maker) -> None:
    interpreter = made()
    interpreter.run("python", "x = 7")
    interpreter.messages = FLAT
    assert interpreter.run("python", "print(x)")[0]["content"] == "7\n"


def test_what_is_changed_in_the_list_counts(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two.", "Three."])
    interpreter = made(port=port)
    interpreter.chat("first", display=False)
    interpreter.messages.append({"role": "user", "type": "message", "content": "by the way"})
    interpreter.messages[0]["content"] = "changed"
    interpreter.chat("second", display=False)
    assert said(port) == ["changed", "One.", "by the way", "second"]
    interpreter.messages.clear()
    interpreter.chat("third", display=False)
    assert said(port) == ["third"]


def test_the_list_that_chat_returns_is_the_programs_own(made: Maker) -> None:
    interpreter = made("One.")
    returned = interpreter.chat("first", display=False)
    returned.clear()
    assert len(interpreter.messages) == 2


def test_a_change_that_makes_no_sense_is_told_and_the_conversation_kept(made: Maker) -> None:
    interpreter = made("One.", "Two.")
    interpreter.chat("first", display=False)
    interpreter.messages.append({"role": "user", "content": print})
    with pytest.raises(InterpreterError, match="cannot be used"):
        interpreter.chat("second", display=False)
    assert len(interpreter.chat("second", display=False)) == 4


def test_reset_forgets_and_begins_a_file_of_its_own(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two."])
    interpreter = made(port=port)
    interpreter.chat("first", display=False)
    interpreter.run("python", "x = 1")
    before = interpreter.session_id
    interpreter.reset()
    assert interpreter.messages == []
    interpreter.chat("second", display=False)
    assert said(port) == ["second"]
    assert interpreter.session_id not in ("", before)
    assert "NameError" in interpreter.run("python", "x")[0]["content"]


def test_a_kept_conversation_goes_on_by_its_id(made: Maker) -> None:
    first = made("One.")
    first.chat("first", display=False)
    first.close()
    port = ScriptedModel(["Two."])
    again = made(port=port, session_id=first.session_id)
    assert again.messages == first.messages
    again.chat("second", display=False)
    assert said(port)[:2] == ["first", "One."]
    with pytest.raises(InterpreterError):
        made(session_id="20200101-000000-nothing0").chat("x", display=False)


def test_usage_counts_the_conversation(made: Maker) -> None:
    interpreter = made("One.", "Two.")
    assert interpreter.usage.completion_tokens == 0
    interpreter.chat("first", display=False)
    one = interpreter.usage
    assert one.prompt_tokens > 0
    interpreter.chat("second", display=False)
    assert interpreter.usage.prompt_tokens > one.prompt_tokens


# -- what may be sent -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "message",
    [
        "hello",
        {"role": "user", "content": "hello"},
        {"role": "user", "type": "message", "content": "hello"},
        {"role": "user", "message": "hello"},
        [{"role": "user", "content": "hello"}],
    ],
)
def test_a_message_may_be_text_or_in_either_form(made: Maker, message: object) -> None:
    port = ScriptedModel(["Hi."])
    assert made(port=port).chat(message, display=False) == FLAT
    assert said(port) == ["hello"]


def test_a_list_takes_the_place_of_the_conversation(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two."])
    interpreter = made(port=port)
    interpreter.chat("first", display=False)
    interpreter.chat([*FLAT, {"role": "user", "content": "go on"}], display=False)
    assert said(port) == ["hello", "Hi.", "go on"]


def test_output_of_the_programs_own_may_be_sent_to_go_on_from(made: Maker) -> None:
    port = ScriptedModel(["One.", "Two."])
    interpreter = made(port=port)
    interpreter.chat("first", display=False)
    code = {"role": "assistant", "type": "code", "format": "python", "content": "f()"}
    output = {"role": "computer", "type": "console", "format": "output", "content": "boom"}
    interpreter.chat([*interpreter.messages, code, output], display=False)
    assert "boom" in str(port.requests[-1].messages)


@pytest.mark.parametrize("message", ["", "  \n", [], {"role": "user", "content": " "}])
def test_nothing_to_say_is_an_error(made: Maker, message: object) -> None:
    with pytest.raises(InterpreterError):
        made().chat(message, display=False)


@pytest.mark.parametrize("message", [5, {"role": "nobody"}, {"content": "x"}, [3]])
def test_what_is_no_message_is_an_error_and_changes_nothing(made: Maker, message: object) -> None:
    interpreter = made("One.")
    interpreter.chat("first", display=False)
    before = interpreter.messages
    with pytest.raises(TypeError):
        interpreter.chat(message, display=False)
    assert interpreter.messages == before


def test_without_a_message_there_must_be_a_terminal(made: Maker) -> None:
    with pytest.raises(InterpreterError):
        made().chat(display=False)
    with pytest.raises(InterpreterError, match="needs a terminal"):
        made().chat()


def test_compaction_shortens_what_the_model_reads_and_no_messages(tmp_path: Path) -> None:
    code = (
        SCRIPTED
        + """
long = "word " * 200
model = ScriptedModel([long, long, long, long, "They said words.", "Five."])
interpreter = OpenInterpreter(
    model="scripted", model_port=model, compaction="auto", context_window=2400
)
for number in range(5):
    interpreter.chat(f"prompt {number}", display=False)
told = [one for one in interpreter.messages if one["role"] == "user"]
read = [one.text for one in model.requests[-1].messages]
print(len(told), len(model.requests), any("They said words." in text for text in read))
print(any(text == "prompt 0" for text in read))
"""
    )
    done = in_pipe(tmp_path, code)
    assert done.stderr == ""
    assert done.stdout.split() == ["5", "6", "True", "False"]
