"""The messages of Open Interpreter: what a session becomes, and what is understood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oi_tui.formats.kinds import FormatError
from oi_tui.formats.messages import chat_messages, flat_messages, old_messages
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import HistoryChange, Role
from tests.formats.sample import PNG, blocks_of, code, everything, numbered, prose

# As Open Interpreter 0.4 writes them.
FLAT = [
    {"role": "user", "type": "message", "content": "How many files?"},
    {"role": "assistant", "type": "message", "content": "Let me count."},
    {"role": "assistant", "type": "code", "format": "shell", "content": "ls | wc -l"},
    {"role": "computer", "type": "console", "format": "active_line", "content": "1"},
    {"role": "computer", "type": "console", "format": "output", "content": "\n7\n"},
    {"role": "assistant", "type": "message", "content": "Seven."},
]
# As Open Interpreter 0.1.5 writes them.
OLD = [
    {"role": "user", "message": "How many files?"},
    {
        "role": "assistant",
        "message": "Let me count.",
        "language": "shell",
        "code": "ls | wc -l",
        "output": "\n7\n",
    },
    {"role": "assistant", "message": "Seven."},
]


def contents(raw: object) -> list[tuple[Role, str, list[object]]]:
    """A history without its names."""
    return [
        (message.role, message.text, [json.loads(call.arguments) for call in message.calls])
        for message in chat_messages(raw)
    ]


def test_flat_messages_say_one_thing_each() -> None:
    told = flat_messages(blocks_of(everything()))
    kinds = [(one["role"], one["type"], one.get("format")) for one in told]
    assert kinds[:5] == [
        ("user", "message", None),
        ("assistant", "message", None),
        ("assistant", "code", "python"),
        ("computer", "console", "output"),
        ("assistant", "message", None),
    ]
    assert ("computer", "image", "base64.png") in kinds
    assert told[3]["content"] == "3.91 m\nnew\n"
    texts = [str(one["content"]) for one in told]
    assert not [text for text in texts if "\x1b[" in text or "undone" in text or "again" in text]
    place = texts.index("rm -rf ./old")
    assert told[place + 1]["type"] == "code"  # no console: it did not run


def test_old_messages_hold_a_step_each() -> None:
    steps = [
        *prose("m1", "First."),
        *code("c00001001", "python", "print(1)", b"1\n", shown=[("image/png", PNG)]),
        *code("c00001002", "python", "print(2)", b"2\n"),
    ]
    told = old_messages(blocks_of(numbered([ev.TurnStarted("go"), *steps])))
    assert told == [
        {"role": "user", "message": "go"},
        {
            "role": "assistant",
            "message": "First.",
            "language": "python",
            "code": "print(1)",
            "output": "1\n[picture]",
        },
        {"role": "assistant", "language": "python", "code": "print(2)", "output": "2\n"},
    ]


def test_both_forms_and_a_mixture_tell_the_same_history() -> None:
    expected = contents(FLAT)
    roles = [role for role, _, _ in expected]
    assert roles == [Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]
    assert expected[1][1:] == ("Let me count.", [{"language": "shell", "code": "ls | wc -l"}])
    assert expected[2][1].endswith("\n7")
    assert contents(OLD) == expected
    assert contents([*OLD[:2], FLAT[5]]) == expected
    assert contents([FLAT[0], *OLD[1:]]) == expected


def test_what_a_session_becomes_is_its_history_again() -> None:
    blocks = blocks_of(everything())
    again = contents(flat_messages(blocks))
    prompts = [text for role, text, _ in again if role is Role.USER]
    assert prompts[1] == "Clean up"
    calls = [call for _, _, calls in again for call in calls]
    assert {"language": "bash", "code": "rm -rf ./old"} in calls
    results = [text for role, text, _ in again if role is Role.TOOL]
    assert any(text.startswith("Not run:") for text in results)
    assert any("ZeroDivisionError" in text and "error" in text for text in results)


@pytest.mark.parametrize("raw", [FLAT, OLD])
def test_loaded_messages_are_given_back_as_they_were(raw: list[dict[str, str]]) -> None:
    loaded = ev.HistoryReplaced(chat_messages(raw), "Loaded.", HistoryChange.LOADED)
    blocks = blocks_of(numbered([loaded]))
    back = flat_messages(blocks) if raw is FLAT else old_messages(blocks)
    kept = [one for one in raw if one.get("format") != "active_line"]
    texts = [{**one, **_stripped(one)} for one in back]
    assert texts == [{**one, **_stripped(one)} for one in kept]
    assert contents(back) == contents(raw)


def _stripped(message: dict[str, Any]) -> dict[str, str]:
    return {key: message[key].strip() for key in ("content", "output") if key in message}


def test_names_of_loaded_calls_never_meet_those_of_a_session() -> None:
    many = [{"role": "assistant", "code": "x", "output": ""}] * 50
    first, second = chat_messages(many), chat_messages(many)
    names = [call.call_id for message in (*first, *second) for call in message.calls]
    assert len(set(names)) == 100
    assert all(len(name) == 9 and name.isalnum() and name[1] == "l" for name in names)


def test_what_has_no_place_is_kept_as_text() -> None:
    told = contents(
        [
            {"role": "user", "type": "message", "content": "Look"},
            {"role": "user", "type": "image", "format": "base64.png", "content": "aGk="},
            {"role": "user", "type": "image", "format": "path", "content": "/tmp/a.png"},
            {"role": "user", "type": "file", "format": "path", "content": "/tmp/b.csv"},
            {"role": "computer", "type": "console", "format": "output", "content": "alone"},
            {"role": "assistant", "type": "review", "format": "unsafe", "content": "hm"},
            {"role": "computer", "type": "confirmation", "content": {"code": "x"}},
            {"role": "system", "content": "Obey the file."},
            {"role": "assistant", "content": None},
        ]
    )
    assert told[0][1] == "Look\n[picture]\n[picture: /tmp/a.png]\n[file: /tmp/b.csv]"
    assert "[alone]" in told[1][1]
    assert "[review: hm]" in told[1][1]
    assert not any("Obey" in text for _, text, _ in told)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"role": "user"}, "A list"),
        ("text", "A list"),
        ([{"role": "user", "content": "x"}, 7], "Message 2: an object"),
        ([{"content": "x"}], "Message 1: its role"),
        ([{"role": "robot", "content": "x"}], "Message 1: its role"),
        ([{"role": ["user"], "content": "x"}], "Message 1: its role"),
        ([{"role": "user"}], "Message 1: it holds no"),
        ([{"role": "user", "content": 5}], "Message 1: its content"),
        ([{"role": "user", "type": 5, "content": "x"}], "Message 1: type"),
        ([{"role": "user", "type": "image", "content": []}], "Message 1: its content"),
        ([{"role": "assistant", "type": "code", "format": 1, "content": ""}], "Message 1: format"),
        ([{"role": "user", "message": {}}], "Message 1: message"),
        ([{"role": "assistant", "code": "x", "output": 1}], "Message 1: output"),
        ([{"role": "user", "content": "x" * 2_000_001}], "Message 1: content is too long"),
        ([{"role": "user", "content": ""}] * 100_001, "more than"),
    ],
)
def test_the_first_wrong_message_is_named(raw: object, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        chat_messages(raw)


def test_no_messages_are_no_history() -> None:
    assert chat_messages([]) == ()
    assert flat_messages([]) == old_messages([]) == []
