"""Chunks: their order, their marks, and that they say all that was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.api import InterpreterError
from oi_tui.api.chunks import Chunk, ChunkForm, shape_of
from oi_tui.api.pieces import PieceMaker
from oi_tui.api.turns import Asks, Turn
from oi_tui.config.schema import Settings, ToolMode
from oi_tui.engine.invariants import check_invariants
from oi_tui.models.scripted import Call, Fence, Hold, Proposal, Reply, Script, ScriptPart
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import RunStatus
from oi_tui.shells.base import DisplayArrived, LineArrived, OutputArrived, RunEnded
from oi_tui.shells.scripted import Step
from tests.api.scripted_session import ScriptedSession, conversation

PNG = b"\x89PNG"
SHELLS: dict[str, Sequence[Step]] = {
    "shout": [LineArrived(1), OutputArrived(b"LOUD\r\n"), OutputArrived(b"no end")],
    "draw": [
        OutputArrived(b"before\r\n"),
        DisplayArrived("image/png", PNG),
        DisplayArrived("text/html", b"<b>x</b>"),
        OutputArrived(b"after\r\n"),
    ],
    "die": [RunEnded(RunStatus.DIED, None, 0.1, "/tmp", "killed")],
}
MESSAGE = {"role": "assistant", "type": "message"}
CODE = {"role": "assistant", "type": "code", "format": "python"}
CONSOLE = {"role": "computer", "type": "console"}


def chunks_of(
    replies: Sequence[Script],
    form: ChunkForm = ChunkForm.FLAT,
    asks: Asks = Asks.CONSUMER,
    own: Settings | None = None,
) -> list[Chunk]:
    """Play replies, approving everything; the engine's events are checked as well."""
    session = ScriptedSession(replies, SHELLS, own)
    talk = conversation(session)
    try:
        return list(Turn(talk, asks, shape_of(form)).follow(ops.SubmitPrompt("go")))
    finally:
        talk.close()
        check_invariants(session.told)


def test_the_flat_order_is_the_documented_one() -> None:
    replies: list[Script] = [Reply(["Look.", Proposal("python", "shout()")], chunk=4), "Done."]
    content = {"type": "code", "format": "python", "content": "shout()"}
    confirmation = {"role": "computer", "type": "confirmation", "format": "execution"}
    active = {**CONSOLE, "format": "active_line"}
    assert _joined(chunks_of(replies)) == [
        {**MESSAGE, "start": True},
        {**MESSAGE, "content": "Look."},
        {**MESSAGE, "end": True},
        {**CODE, "start": True},
        {**CODE, "content": "shout()"},
        {**CODE, "end": True},
        {**confirmation, "content": content},
        {**CONSOLE, "start": True},
        {**active, "content": 1},
        {**CONSOLE, "format": "output", "content": "LOUD\nno end"},
        {**active, "content": None},
        {**CONSOLE, "end": True},
        {**MESSAGE, "start": True},
        {**MESSAGE, "content": "Done."},
        {**MESSAGE, "end": True},
    ]


def test_the_older_order_is_the_documented_one() -> None:
    replies: list[Script] = [Reply(["Look.", Proposal("python", "shout()")]), "Done."]
    chunks = chunks_of(replies, ChunkForm.OLD)
    assert [c for c in chunks if "output" not in c] == [
        {"message": "Look."},
        {"language": "python"},
        {"code": "shout()"},
        {"executing": {"code": "shout()", "language": "python"}},
        {"active_line": 1},
        {"active_line": None},
        {"end_of_execution": True},
        {"message": "Done."},
    ]
    assert "".join(str(c["output"]) for c in chunks if "output" in c) == "LOUD\nno end"


def test_code_that_prints_nothing_yields_an_empty_output_in_the_older_form_only() -> None:
    replies = [Reply([Proposal("python", "x = 1")])]
    old = chunks_of(replies, ChunkForm.OLD)
    place = old.index({"output": ""})
    assert old[place - 1 : place + 2] == [
        {"active_line": None},
        {"output": ""},
        {"end_of_execution": True},
    ]
    assert not [c for c in chunks_of(replies) if c.get("content") == ""]


@pytest.mark.parametrize("form", list(ChunkForm))
def test_with_auto_run_nothing_is_asked_but_the_older_form_tells_what_runs(form: ChunkForm) -> None:
    own = Settings(model="scripted", auto_run=True)
    chunks = chunks_of([Reply([Proposal("python", "shout()")])], form, own=own)
    assert not [c for c in chunks if c.get("type") == "confirmation"]
    told = [c["executing"] for c in chunks if "executing" in c]
    assert told == ([{"code": "shout()", "language": "python"}] if form is ChunkForm.OLD else [])


def test_pictures_and_pages_stand_between_consoles() -> None:
    chunks = chunks_of([Reply([Proposal("python", "draw()")])])
    computer = [c for c in chunks if c["role"] == "computer" and c["type"] != "confirmation"]
    shown = [(c["type"], c.get("format"), c.get("content")) for c in computer if "content" in c]
    assert shown == [
        ("console", "output", "before\n"),
        ("image", "base64.png", "iVBORw=="),
        ("code", "html", "<b>x</b>"),
        ("console", "output", "after\n"),
        ("console", "active_line", None),
    ]


def test_a_shell_that_dies_says_so_in_its_output() -> None:
    chunks = chunks_of([Reply([Proposal("python", "die()")])])
    printed = [str(c["content"]) for c in chunks if c.get("format") == "output"]
    assert "The shell ended" in "".join(printed)


def test_code_whose_language_comes_last_begins_with_its_language() -> None:
    arguments = '{"code": "shout()", "language": "python"}'
    own = Settings(model="scripted", tool_mode=ToolMode.TOOLS)
    chunks = chunks_of([Reply([Call("execute", arguments)], chunk=5)], own=own)
    assert chunks[0] == {**CODE, "start": True}


def test_calls_written_side_by_side_come_one_after_another() -> None:
    events: list[ev.Event] = [
        ev.CodeStarted("c1", "python"),
        ev.CodeStarted("c2", "bash"),
        ev.CodeAdded("c2", "ls "),
        ev.CodeAdded("c1", "1 + "),
        ev.CodeAdded("c2", "-l"),
        ev.CodeAdded("c1", "1"),
        ev.CodeFinished("c1", "python", "1 + 1", "", True),
        ev.CodeFinished("c2", "bash", "ls -l", "", True),
    ]
    maker, shape = PieceMaker(), shape_of(ChunkForm.FLAT)
    chunks = [c for event in events for piece in maker.take(event) for c in shape.chunks(piece)]
    assert _whole_brackets(chunks) == [("code", "python", "1 + 1"), ("code", "bash", "ls -l")]


def test_prose_after_a_fence_is_told_while_it_is_written() -> None:
    hold = Hold()
    own = Settings(model="scripted", tool_mode=ToolMode.FENCES)
    session = ScriptedSession([Reply([Fence("python", "x = 1"), "After it.\n\n", hold])], {}, own)
    talk = conversation(session)
    chunks = Turn(talk, Asks.NOBODY, shape_of(ChunkForm.FLAT)).follow(ops.SubmitPrompt("go"))
    assert next(c for c in chunks if str(c.get("content")).startswith("After"))
    assert hold.reached.wait(30)
    hold.release()
    with pytest.warns(UserWarning, match="nobody could be asked"):
        list(chunks)
    talk.close()


# -- for whatever a model may write ---------------------------------------------------------------
TEXTS = st.text("abc \n`#*", min_size=1, max_size=20)
CODES = st.sampled_from(["shout()", "draw()", "die()", "x = 1", "print('`')\n"])
LANGUAGES = st.sampled_from(["python", "bash", "py", "nobody", "json"])
PARTS: st.SearchStrategy[ScriptPart] = st.one_of(
    TEXTS, st.builds(Fence, LANGUAGES, CODES), st.builds(Proposal, LANGUAGES, CODES)
)
REPLIES = st.lists(
    st.builds(Reply, st.lists(PARTS, min_size=1, max_size=5), st.integers(0, 7)), max_size=3
)
MODES = st.sampled_from([ToolMode.TOOLS, ToolMode.FENCES])


@settings(max_examples=60, deadline=None)
@given(REPLIES, MODES)
def test_every_stream_is_well_formed_and_says_all(replies: list[Reply], mode: ToolMode) -> None:
    session = ScriptedSession(replies, SHELLS, Settings(model="scripted", tool_mode=mode))
    talk = conversation(session)
    turn = Turn(talk, Asks.CONSUMER, shape_of(ChunkForm.FLAT))
    chunks = _until_failure(turn.follow(ops.SubmitPrompt("go")))
    talk.close()
    check_invariants(session.told)
    brackets = _whole_brackets([c for c in chunks if c["type"] != "confirmation"])
    events = [envelope.event for envelope in session.told]
    prose = [e.text for e in events if isinstance(e, ev.MessageFinished)]
    code = [e.code for e in events if isinstance(e, ev.CodeFinished) if e.code]
    assert sorted(text for kind, _, text in brackets if kind == "message") == sorted(prose)
    written = [text for kind, form, text in brackets if kind == "code" and form != "html"]
    assert sorted(text for text in written if text) == sorted(code)
    asked = [c for c in chunks if c["type"] == "confirmation"]
    assert len(asked) == sum(isinstance(e, ev.ApprovalRequested) for e in events)


@settings(max_examples=30, deadline=None)
@given(REPLIES, MODES)
def test_every_run_of_the_older_form_begins_and_ends(replies: list[Reply], mode: ToolMode) -> None:
    session = ScriptedSession(replies, SHELLS, Settings(model="scripted", tool_mode=mode))
    talk = conversation(session)
    turn = Turn(talk, Asks.CONSUMER, shape_of(ChunkForm.OLD))
    chunks = _until_failure(turn.follow(ops.SubmitPrompt("go")))
    talk.close()
    runs = sum(isinstance(one.event, ev.RunStarted) for one in session.told)
    marks = [key for c in chunks for key in c if key in ("executing", "end_of_execution")]
    assert marks == ["executing", "end_of_execution"] * runs


def _until_failure(chunks: Iterator[Chunk]) -> list[Chunk]:
    """Read a stream that may end with a failure, as some scripts do."""
    found: list[Chunk] = []
    with suppress(InterpreterError):
        found.extend(chunks)
    return found


def _whole_brackets(chunks: Sequence[Chunk]) -> list[tuple[Any, Any, str]]:
    """Check that each start has its end before anything else, and nothing empty between them."""
    found: list[tuple[Any, Any, str]] = []
    inside: tuple[Any, ...] | None = None
    for chunk in chunks:
        form = None if chunk["type"] == "console" else chunk.get("format")
        key = (chunk["role"], chunk["type"], form)
        if "start" in chunk:
            assert inside is None, chunk
            inside = key
            found.append((chunk["type"], chunk.get("format"), ""))
        elif "end" in chunk:
            assert inside == key, chunk
            inside = None
        else:
            assert inside == key, chunk
            assert chunk["content"] != ""
            if chunk.get("format") != "active_line":
                kind, form, text = found[-1]
                found[-1] = (kind, form, text + str(chunk["content"]))
    assert inside is None
    return found


def _joined(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Join contents that follow each other: how they are cut says nothing."""
    joined: list[Chunk] = []
    for chunk in chunks:
        last = joined[-1] if joined else {}
        both = isinstance(last.get("content"), str) and isinstance(chunk.get("content"), str)
        if both and _mark(last) == _mark(chunk):
            joined[-1] = {**last, "content": f"{last['content']}{chunk['content']}"}
        else:
            joined.append(chunk)
    return joined


def _mark(chunk: Chunk) -> Chunk:
    return {key: value for key, value in chunk.items() if key != "content"}
