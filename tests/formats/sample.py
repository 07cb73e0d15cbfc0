"""A session in which everything happened that an export has to deal with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence

from oi_tui.formats.exports import export
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    ErrorInfo,
    ErrorKind,
    HistoryChange,
    RunStatus,
    TurnEnd,
    digest_of,
)
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.transcript import Block, Transcript

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TABLE = b"<table onload='alert(1)'><tr><td>1</td></tr></table>"
HIDDEN = 'x = "\u202eeno\u2069"  # 大小\n'
FENCED = "print('''\n````\nnot the end\n````\n''')"
PROMPT = "Plot the *tides*.\u2028import os\nThen </script><b>tell</b> me\x1b]0;owned\x07 more"
ESCAPES = b"\x1b[31m3.91\x1b[0m m\r\nold\rnew\x1b]0;title\x07\n"


def code(
    call: str,
    language: str,
    text: str,
    output: bytes = b"",
    *,
    status: RunStatus = RunStatus.OK,
    exit_code: int | None = None,
    shown: Sequence[tuple[str, bytes]] = (),
    edited: bool = False,
    omitted: int = 0,
    tail: bytes = b"",
) -> Iterator[ev.Event]:
    """Code that was approved and ran."""
    digest = digest_of(text)
    yield from proposed(call, language, text)
    if edited:
        yield ev.ProposalEdited(call, text, digest)
    yield ev.ApprovalResolved(call, Decision.APPROVE, digest, Decider.USER)
    yield ev.RunStarted(call, language, digest)
    if output:
        yield ev.OutputAdded(call, output)
    if omitted:
        yield ev.OutputOmitted(call, omitted)
        yield ev.OutputAdded(call, tail)
    for mime, data in shown:
        yield ev.DisplayAdded(call, mime, data)
    total = len(output) + omitted + len(tail)
    yield ev.RunFinished(call, status, exit_code, 0.4, "/home/ada/harbor", total)


def proposed(call: str, language: str, text: str) -> Iterator[ev.Event]:
    """Code that waits for a decision."""
    digest = digest_of(text)
    yield ev.CodeStarted(call, language)
    yield ev.CodeAdded(call, text)
    yield ev.CodeFinished(call, language, text, digest, True)
    yield ev.ApprovalRequested(call, language, text, digest, "/w", "program")


def rejected(call: str, language: str, text: str, reason: str = "") -> Iterator[ev.Event]:
    """Code that the person did not let run."""
    yield from proposed(call, language, text)
    yield ev.ApprovalResolved(call, Decision.REJECT, digest_of(text), Decider.USER, reason)


def prose(name: str, text: str) -> Iterator[ev.Event]:
    """What the model wrote."""
    yield ev.MessageStarted(name)
    yield ev.TextAdded(name, text)
    yield ev.MessageFinished(name, text, True)


def numbered(events: Iterable[ev.Event]) -> list[ev.Envelope]:
    """Events on their way, as the shelf numbers imported ones."""
    envelopes, turn = [], 0
    for seq, event in enumerate(events, 1):
        turn += isinstance(event, ev.TurnStarted)
        envelopes.append(ev.Envelope(seq, 1_790_000_000.0 + seq, "s1", turn, event))
    return envelopes


def everything() -> list[ev.Envelope]:
    """The whole session."""
    return numbered(_events())


def _events() -> Iterator[ev.Event]:
    yield ev.SessionOpened("", "gpt-4o", "/home/ada/harbor", "0.1.0")
    yield ev.SessionRenamed("Tides <i>of</i> 港口")
    yield ev.TurnStarted(PROMPT)
    yield from prose("m1", "I **read** it. ![x](http://evil/x.png) <b>no</b> [bad](javascript:x)")
    yield from code("c00001001", "python", "import math\nprint(3.91)", ESCAPES)
    yield from prose("m2", "Now [a](https://example.org):\n\n```python\nplot()\n")  # cut off
    yield from code("c00001002", "python", FENCED, shown=[("image/png", PNG)], edited=True)
    yield ev.TurnFinished(TurnEnd.COMPLETED)
    yield ev.TurnStarted("Clean up")
    yield from rejected("c00002001", "bash", "rm -rf ./old", "Use the *other* folder")
    yield from code("c00002002", "bash", "exit 3", b"x\n", status=RunStatus.ERROR, exit_code=3)
    trace = b"Traceback (most recent call last):\nZeroDivisionError: division by zero\n"
    yield from code("c00002003", "python", "1/0", trace, status=RunStatus.ERROR)
    shown = [("text/html", TABLE), ("image/svg+xml", SVG), ('x/"><b>', b"<odd>")]
    yield from code("f00002004", "javascript", "const a = 1;\n", b"1\n", shown=shown)
    yield from code("c00002005", "python", HIDDEN, b"a\n", omitted=7, tail=b"z\n")
    yield ev.TurnFinished(
        TurnEnd.FAILED, ErrorInfo(ErrorKind.RATE_LIMIT, "The provider asks to wait.")
    )
    yield ev.TurnStarted("")
    yield from code("p00003001", "bash", "echo mine", b"mine\n")
    yield ev.TurnFinished(TurnEnd.COMPLETED)
    yield ev.TurnStarted("")
    yield from code("r00004001", "python", "print('again')", b"again\n")
    yield ev.TurnFinished(TurnEnd.COMPLETED)
    yield ev.TurnStarted("Forget this secret plan")
    yield from code("c00005001", "python", "print('undone')", b"undone\n")
    yield ev.TurnFinished(TurnEnd.COMPLETED)
    yield ev.HistoryReplaced((), "Taken back.", HistoryChange.UNDONE)


def blocks_of(envelopes: Iterable[ev.Envelope]) -> list[Block]:
    """Fold a session."""
    transcript = Transcript()
    transcript.replay(envelopes)
    return transcript.blocks


def exported(form: ExportFormat, envelopes: Iterable[ev.Envelope] | None = None) -> str:
    """The text of an export that is one file."""
    (file,) = export(form, everything() if envelopes is None else envelopes)
    return file.data.decode("utf-8")


def exported_json(form: ExportFormat, envelopes: Iterable[ev.Envelope] | None = None) -> object:
    """The value of an export that is one JSON file."""
    value: object = json.loads(exported(form, envelopes))
    return value
