"""A question with a few answers, each on a key of its own. The harmless one is chosen first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from oi_tui.text.sanitize import one_line
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.leaving import leave


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what it returns, its key and its words."""

    value: str
    key: str
    text: str


class Confirm(ModalScreen[str]):
    """Returns the value of the chosen answer, or an empty text for Esc."""

    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 60; max-width: 90%; height: auto; padding: 1 2; background: $panel;
            border-left: outer $primary;
        }
        & .confirm--title { text-style: bold; padding: 0 0 1 0; }
        & .confirm--text { color: $muted; padding: 0 0 1 0; }
        & OptionList { height: auto; border: none; background: transparent; padding: 0; }
        & OptionList:focus { border: none; background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss('')", show=False, priority=True)
    ]

    def __init__(self, title: str, text: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._heading, self._text, self._answers = title, text, answers
        self._asked_at = float("inf")

    def compose(self) -> ComposeResult:
        """Lay out question and answers."""
        with Vertical():
            yield SafeStatic(self._heading, classes="confirm--title")
            if self._text:
                yield SafeStatic(self._text, classes="confirm--text")
            yield OptionList(*map(_option, self._answers), markup=False, compact=True)

    def on_mount(self, event: events.Mount) -> None:
        """Note when the question was there."""
        self._asked_at = event.time

    def on_key(self, event: events.Key) -> None:
        """Take an answer by its key; what was typed before the question is none."""
        for answer in self._answers:
            if event.key == answer.key and event.time > self._asked_at:
                event.stop()
                leave(self, answer.value)

    def _on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        leave(self, message.option.id or "")


def _option(answer: Answer) -> Option:
    words = Content.assemble((f" {answer.key} ", "bold $primary"), " ", one_line(answer.text, 60))
    return Option(words, id=answer.value)
