"""Prints the model's last words and nothing else; what a person must see to decide goes aside.

For scripts that want an answer: `answer=$(oi-tui run --quiet ...)`.
"""

from __future__ import annotations

from typing import TextIO

from oi_tui.headless.text_view import TextView
from oi_tui.protocol import events as ev
from oi_tui.text.sanitize import plain


class QuietView(TextView):
    """Follows one turn. `answer` gets the last reply, once the turn is over."""

    def __init__(self, answer: TextIO, aside: TextIO) -> None:
        super().__init__(aside, aside)
        self._last_words = answer
        self._texts: list[str] = []
        self._is_new_reply = True

    def show(self, event: ev.Event) -> None:
        """Print what an event brings, if it is a question, a warning or the end."""
        match event:
            case ev.TextAdded() | ev.CodeFinished() | ev.OutputOmitted() | ev.RunFinished():
                pass
            case ev.MessageFinished(text=text):
                self._keep(text)
            case ev.CodeStarted():
                self._is_new_reply = True
            case ev.ApprovalRequested(language=language, code=code):
                self._code(language, code)
                super().show(event)
            case ev.RunStarted():
                self._forget_output()
            case ev.OutputAdded(data=data):
                self._output.feed(data)  # only the row of a question is shown
            case ev.TurnFinished():
                super().show(event)
                self._say_last()
            case _:
                super().show(event)

    def _keep(self, text: str) -> None:
        if self._is_new_reply:
            self._texts.clear()
            self._is_new_reply = False
        self._texts.append(text)

    def _say_last(self) -> None:
        text = plain("\n".join(self._texts)).strip("\n")
        if text:
            self._last_words.write(text + "\n")
            self._last_words.flush()
