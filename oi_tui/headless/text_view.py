"""Prints a turn as plain text: prose and code as Markdown, output as it reads.

Prose, code and output go to one stream, everything about them (questions, notices, how a run
ended) to another, so that a pipe gets the answer only. Knows no engine and no key.
"""

from __future__ import annotations

from typing import TextIO

from oi_tui.engine.wording import error_text, how_it_ended, limit_text
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import RunStatus, TurnEnd
from oi_tui.text.live_output import LiveOutput
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import hidden_count, one_line, plain, visible
from oi_tui.text.translation import tr, trn


class TextView:
    """Follows one turn. `answer` gets what was said and printed, `aside` what is told about it."""

    def __init__(self, answer: TextIO, aside: TextIO) -> None:
        self._answer = answer
        self._aside = aside
        self._at_line_start = True
        self._output = LiveOutput()
        self._loading = ""  # the model that was said to be loading

    def show(self, event: ev.Event) -> None:
        """Print what an event brings."""
        match event:
            case ev.TextAdded(text=text):
                self._say(plain(text))
            case ev.MessageFinished():
                self._end_line()
            case ev.CodeFinished():
                self._code(event.language, event.code)
                if not event.runnable:
                    self.note(tr("This can't run: {problem}", problem=plain(event.problem)))
            case ev.ProposalEdited(code=code):
                self._code("", code)
            case ev.OutputAdded(data=data):
                self._say(self._output.feed(data))
            case ev.OutputOmitted(count=count):
                self.note(trn("{count} byte is not shown.", "{count} bytes are not shown.", count))
            case ev.InputAwaited(waiting=True):
                self._say(self._output.open_row())
            case ev.RunFinished():
                self._run_finished(event)
            case _:
                self._notice(event)

    def note(self, text: str) -> None:
        """Tell something about the turn, on a line of its own."""
        self._end_line()
        self._aside.write(f"[{redactor.redact(plain(text))}]\n")
        self._aside.flush()

    def ask(self, question: str) -> None:
        """Put a question; the answer is typed behind it."""
        self._end_line()
        self._aside.write(question)
        self._aside.flush()

    def typed(self, line: str) -> None:
        """Learn that the person typed this line into the program, and saw it while typing."""
        self._output.typed(line)
        self._at_line_start = True

    # -- what was said ------------------------------------------------------------------------
    def _say(self, text: str) -> None:
        if text:
            self._answer.write(text)
            self._answer.flush()
            self._at_line_start = text.endswith("\n")

    def _end_line(self) -> None:
        if not self._at_line_start:
            self._say("\n")

    def _code(self, language: str, code: str) -> None:
        self._end_line()
        fence = "```"
        while fence in code:
            fence += "`"
        shown = visible(code).rstrip("\n")
        self._say(f"{fence}{one_line(language, 40)}\n{shown}\n{fence}\n")
        if count := hidden_count(code):
            self.note(
                trn(
                    "{count} hidden character is shown as a token.",
                    "{count} hidden characters are shown as tokens.",
                    count,
                )
            )

    def _run_finished(self, event: ev.RunFinished) -> None:
        self._say(self._output.finish())
        self._forget_output()
        self._end_line()
        if event.status is not RunStatus.OK:
            self.note(how_it_ended(event))

    def _forget_output(self) -> None:
        self._output = LiveOutput()

    def _notice(self, event: ev.Event) -> None:
        match event:
            case ev.ApprovalRequested(notes=notes) | ev.ProposalScanned(notes=notes):
                for note in notes:
                    self.note(note)
            case ev.ScanStarted():
                self.note(tr("semgrep is looking at it ..."))
            case ev.Warned(text=text) | ev.CompactionAnnounced(text=text):
                self.note(text)
            case ev.CompactionStarted(turns=turns):
                self.note(
                    trn(
                        "Summing up {count} older turn ...",
                        "Summing up {count} older turns ...",
                        turns,
                    )
                )
            case ev.HistoryReplaced(reason=reason):
                self.note(reason)
            case ev.CompactionFinished(problem=problem) if problem:
                self.note(problem)
            case ev.Retrying():
                self.note(
                    tr(
                        "Try {attempt} of {attempts} in {wait:.0f} s: {detail}",
                        attempt=event.attempt,
                        attempts=event.attempts,
                        wait=event.wait,
                        detail=event.detail or event.kind.value,
                    )
                )
            case ev.ModelLoading():
                self._model_loading(event)
            case ev.HistoryTrimmed(left_out=count):
                self.note(
                    trn(
                        "{count} old message was left out to fit.",
                        "{count} old messages were left out to fit.",
                        count,
                    )
                )
            case ev.TurnFinished():
                self._turn_finished(event)
            case _:
                pass

    def _model_loading(self, event: ev.ModelLoading) -> None:
        """Say it once: whoever reads a pipe wants no meter."""
        if event.model != self._loading:
            model, detail = one_line(event.model), one_line(event.detail)
            self.note(tr("Loading {model} ({detail}) ...", model=model, detail=detail))
        self._loading = "" if event.fraction == 1 else event.model

    def _turn_finished(self, event: ev.TurnFinished) -> None:
        self._end_line()
        if event.error is not None:
            self.note(error_text(event.error))
        if event.reason is TurnEnd.LIMIT:
            self.note(limit_text(event.limit))
        elif event.reason is TurnEnd.INTERRUPTED:
            self.note(tr("interrupted"))
