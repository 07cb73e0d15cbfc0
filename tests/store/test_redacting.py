"""Secrets never reach the disk, and code is never changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, ErrorInfo, ErrorKind, Role, ToolCall, TurnEnd
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock
from oi_tui.store.redacting import EventRedactor
from oi_tui.text.redaction import MARK, Redactor
from tests.store.script import envelopes

KEY = "sk-canary-0123456789abcdefghij"
ERROR = ErrorInfo(ErrorKind.AUTH, KEY, KEY, KEY, KEY)


def redactor() -> EventRedactor:
    known = Redactor()
    known.add(KEY)
    return EventRedactor(known.redact)


@pytest.mark.parametrize(
    "event",
    [
        ev.SessionOpened(KEY, "m", "/", "1"),
        ev.SessionOpened("", "m", "/", "1", f"http://localhost/{KEY}"),
        ev.ModelChanged("m", f"http://localhost/{KEY}"),
        ev.InstructionsChanged(KEY),
        ev.SessionRenamed(KEY),
        ev.SessionImported(f"{KEY}.json"),
        ev.SettingChanged("max_steps", KEY),
        ev.TurnStarted(f"my key is {KEY}"),
        ev.PromptQueued(KEY),
        ev.PromptReturned(KEY),
        ev.TextAdded("m", KEY),
        ev.MessageFinished("m", KEY, True),
        ev.OutputAdded("c", b"key: " + KEY.encode()),
        ev.DisplayAdded("c", "text/html", b"<b>" + KEY.encode() + b"</b>"),
        ev.DisplayAdded("c", "image/svg+xml", f"<text>{KEY}</text>".encode()),
        ev.TurnFinished(TurnEnd.FAILED, ERROR),
        ev.Warned(ErrorKind.AUTH, KEY),
        ev.Retrying(ErrorKind.AUTH, 1, 2, 0.1, KEY),
        ev.HistoryReplaced((ChatMessage(Role.USER, KEY),), KEY),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_known_key_never_reaches_the_disk(tmp_path: Path, event: ev.Event) -> None:
    known = Redactor()
    known.add(KEY)
    one = Journal(
        tmp_path / "s.journal", "s", lock=SessionLock(tmp_path / "s.lock"), redact=known.redact
    )
    for envelope in envelopes([(1, ev.TurnStarted("x")), (1, event)]):
        assert one.record(envelope) is None
    one.close()
    data = (tmp_path / "s.journal").read_bytes()
    assert KEY.encode() not in data
    assert MARK.encode() in data


def test_a_key_between_bytes_that_are_no_text_is_found() -> None:
    event = redactor().clean(ev.OutputAdded("c", b"\xff" + KEY.encode() + b"\xfe"))
    assert event == ev.OutputAdded("c", b"\xff" + MARK.encode() + b"\xfe")


@pytest.mark.parametrize(
    "event",
    [
        ev.CodeAdded("c", KEY),
        ev.CodeFinished("c", "python", KEY, "digest", True),
        ev.ApprovalRequested("c", "python", KEY, "digest", "/", "python3"),
        ev.ProposalEdited("c", KEY, "digest"),
        ev.HistoryReplaced(
            (ChatMessage(Role.ASSISTANT, "", (ToolCall("c", "execute", KEY),)),), "undo"
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_code_is_never_changed(event: ev.Event) -> None:
    assert redactor().clean(event) == event


@given(cut=st.integers(1, len(KEY) - 1), before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_secret_cut_in_two_is_not_whole_on_disk(cut: int, before: str, after: str) -> None:
    one = redactor()
    pieces = [before + KEY[:cut], KEY[cut:] + after]
    told = [one.clean(ev.OutputAdded("c", piece.encode())) for piece in pieces]
    joined = b"".join(event.data for event in told if isinstance(event, ev.OutputAdded))
    assert KEY.encode() not in joined


def test_pictures_are_kept_to_the_byte() -> None:
    event = ev.DisplayAdded("c", "image/png", b"\x89PNG" + KEY.encode())
    assert redactor().clean(event) is event


def test_a_stream_without_secrets_is_looked_at_once_a_piece() -> None:
    looks: list[str] = []

    def look(text: str) -> str:
        looks.append(text)
        return text

    seen = EventRedactor(look)
    for _ in range(5):
        seen.clean(ev.TextAdded("m", "word "))
    assert len(looks) == 5  # each costs a millisecond, and a branch copies thousands


def test_pieces_of_other_streams_are_not_mixed_up() -> None:
    one = redactor()
    one.clean(ev.TextAdded("m1", KEY[:10]))
    rest = ev.TextAdded("m2", KEY[10:] + " and so on")
    assert one.clean(rest) == rest


@given(pieces=st.lists(st.binary(max_size=20), max_size=10))
def test_output_without_secrets_is_kept_to_the_byte(pieces: list[bytes]) -> None:
    one = EventRedactor(lambda text: text.replace(KEY, MARK))
    for piece in pieces:
        event = ev.OutputAdded("c", piece)
        assert one.clean(event) == event


def test_what_turns_out_to_be_a_longer_word_is_not_repeated() -> None:
    one = EventRedactor(Redactor().redact)
    one.clean(ev.TextAdded("m", "AKIAABCDEFGHIJKLMNOP"))
    assert one.clean(ev.TextAdded("m", "QRS end")) == ev.TextAdded("m", "QRS end")
