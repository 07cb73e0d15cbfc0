"""Draws a turn in a plain terminal and asks there whether code may run.

Owns the words and the look of `display=True`. Foreign text is made harmless here. Knows no engine.
"""

from __future__ import annotations

import base64
import importlib
import sys
from collections.abc import Callable
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from oi_tui.api.approval import refusal
from oi_tui.api.pieces import Closed, Kind, Opened, Piece, Said
from oi_tui.api.streams import CodeStream, ProseStream, Region, code_panel
from oi_tui.api.terminal import Notebook, StandardTerminal, Terminal
from oi_tui.engine.wording import how_it_ended, limit_text
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, HistoryChange, RunStatus, TurnEnd
from oi_tui.protocol.ops import Decide, EditProposal, ScanProposal
from oi_tui.text.editor import edited
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import hidden_count, one_line, plain
from oi_tui.text.translation import tr, trn


class TerminalView:
    """What the person sees of the turns of one interpreter."""

    def __init__(self) -> None:
        # No escape sequence goes where no terminal is, whatever FORCE_COLOR says.
        is_terminal = _is_terminal()
        self.console = Console(
            file=_printable(),
            force_terminal=is_terminal,
            no_color=None if is_terminal else True,
            highlight=False,
            emoji=False,
            markup=False,
        )
        self.terminal: Terminal = Notebook() if self.console.is_jupyter else StandardTerminal()
        self._region = Region(self.console)
        self._prose: ProseStream | None = None
        self._code: CodeStream | None = None
        self._at_line_start = True

    # -- what was said and printed --------------------------------------------------------------
    def draw(self, piece: Piece) -> None:
        """Draw a piece of the turn."""
        match piece:
            case Opened(kind=Kind.MESSAGE):
                self._prose = ProseStream(self._region)
            case Opened(kind=Kind.CODE, form=language):
                self._code = CodeStream(self._region, language)
            case Said(kind=Kind.MESSAGE, content=text) if self._prose is not None:
                self._prose.add(plain(text))
            case Said(kind=Kind.CODE, content=text) if self._code is not None:
                self._code.add(text)
            case Said(kind=Kind.CONSOLE, content=text):
                self._print_output(text)
            case Said(kind=Kind.IMAGE, form=form, content=content):
                self._show_picture(form, content)
            case Said(kind=Kind.SHOWN, form=form):
                self.note(tr("The run showed {form}, which a terminal cannot show.", form=form))
            case Closed(kind=Kind.CONSOLE):
                self._end_line()
            case Closed(kind=Kind.MESSAGE | Kind.CODE):
                self.finish()
            case _:
                pass

    def finish(self) -> None:
        """Print for good what is still being drawn."""
        self._region.close()
        for stream in (self._prose, self._code):
            if stream is not None:
                stream.finish()
        self._prose = self._code = None

    def typed(self) -> None:
        """Learn that the person typed a line, and saw it while typing."""
        self._at_line_start = True

    def _print_output(self, text: str) -> None:
        self._region.close()
        self.console.print(Text(redactor.redact(text)), soft_wrap=True, end="")
        self._at_line_start = text.endswith("\n")

    def _end_line(self) -> None:
        if not self._at_line_start:
            self.console.print()
            self._at_line_start = True

    def _show_picture(self, form: str, content: str) -> None:
        data = base64.b64decode(content)
        if isinstance(self.terminal, Notebook):
            display = importlib.import_module("IPython.display")
            display.display(display.Image(data=data))
            return
        size = max(len(data) // 1024, 1)
        kind = form.rpartition(".")[2].upper()
        self.note(tr("The run showed a picture: {kind}, {size} kB.", kind=kind, size=size))

    # -- what is told about it ------------------------------------------------------------------
    def note(self, text: str, style: str = "dim") -> None:
        """Tell something about the turn, on a line of its own."""
        self._region.close()
        self._end_line()
        self.console.print(Text(redactor.redact(plain(text)), style=style))

    def tell(self, event: ev.Event) -> None:
        """Tell what an event means beside what was said."""
        match event:
            case ev.RequestSent() if self.console.is_terminal:
                self._end_line()
                self._region.draw(Text("…", style="dim"))
            case ev.CodeFinished(runnable=False, problem=problem):
                self.note(tr("This can't run: {problem}", problem=problem), "yellow")
            case ev.ProposalEdited(code=code):
                self._end_line()
                self.console.print(code_panel(code, "", tr("edited")))
            case ev.ScanStarted():
                self.note(tr("The code is being scanned …"))
            case ev.ApprovalResolved(by=Decider.AUTO_RUN):
                self.note(tr("auto-run: it runs without asking"), "bold red")
            case ev.RunFinished() if event.status is not RunStatus.OK:
                self.note(how_it_ended(event), "yellow")
            case ev.Warned(text=text) | ev.CompactionAnnounced(text=text):
                self.note(text, "yellow")
            case ev.TurnFinished(reason=TurnEnd.LIMIT, limit=limit):
                self.note(limit_text(limit), "yellow")
            case ev.TurnFinished(reason=TurnEnd.INTERRUPTED):
                self.note(tr("interrupted"))
            case _:
                self._tell_request(event)

    def _tell_request(self, event: ev.Event) -> None:
        match event:
            case ev.Retrying(_, attempt, attempts, wait, detail):
                self.note(
                    tr(
                        "Try {attempt} of {attempts} in {wait:.0f} s: {detail}",
                        attempt=attempt,
                        attempts=attempts,
                        wait=wait,
                        detail=one_line(detail) or event.kind.value,
                    )
                )
            case ev.CompactionStarted(turns=turns):
                self.note(
                    trn(
                        "Summing up {count} older turn …", "Summing up {count} older turns …", turns
                    )
                )
            case ev.HistoryReplaced(reason=reason, change=HistoryChange.COMPACTED):
                self.note(reason)
            case ev.CompactionFinished(problem=problem) if problem:
                self.note(problem, "yellow")
            case ev.HistoryTrimmed(left_out=count):
                self.note(
                    trn(
                        "{count} old message was left out to fit.",
                        "{count} old messages were left out to fit.",
                        count,
                    )
                )
            case _:
                pass

    # -- questions ------------------------------------------------------------------------------
    def ask(
        self, asked: ev.ApprovalRequested, is_over: Callable[[], bool]
    ) -> Decide | EditProposal | ScanProposal | None:
        """Ask about code that is on the screen; None: the question is over (`is_over`)."""
        self.finish()
        self._end_line()
        for line in self._facts(asked):
            self.note(line, "yellow")
        while not is_over():
            answer = self.terminal.ask(_question(asked), is_over)
            if answer is None:
                return None if is_over() else refusal(asked)
            match answer.strip().lower():
                case "y" | "yes":
                    return Decide(asked.call_id, Decision.APPROVE, asked.digest)
                case "n" | "no":
                    return refusal(asked)
                case "e" | "edit":
                    code = edited(asked.code, asked.language)
                    if code is not None and code != asked.code:
                        return EditProposal(asked.call_id, code)
                    self.note(tr("Nothing was changed."))
                case "c" | "scan" if asked.can_scan:
                    return ScanProposal(asked.call_id)
                case _:
                    self.note(tr("Please answer y, n or e."))
        return None

    @staticmethod
    def _facts(asked: ev.ApprovalRequested) -> list[str]:
        facts = [one_line(note, 200) for note in asked.notes]
        if count := hidden_count(asked.code):
            facts.append(
                trn(
                    "{count} hidden character is shown as a token.",
                    "{count} hidden characters are shown as tokens.",
                    count,
                )
            )
        return facts


def _question(asked: ev.ApprovalRequested) -> str:
    if asked.can_scan:
        return tr("Run this code? [y]es [n]o [e]dit s[c]an ")
    return tr("Run this code? [y]es [n]o [e]dit ")


class _Escaping:
    """A stream that cannot carry every character: the others are written by their number."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        encoding = self._stream.encoding
        return self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _printable() -> TextIO:
    stream = sys.stdout
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
    return stream if encoding == "utf8" else cast("TextIO", _Escaping(stream))


def _is_terminal() -> bool:
    try:
        return sys.stdout.isatty()
    except (ValueError, AttributeError):
        return False
