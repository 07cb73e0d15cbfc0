"""One question that is answered with a line of text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.widgets.text_fields import OrderedInput


class AskLine(ModalScreen[str]):
    """Returns what was written, or an empty text for Esc."""

    DEFAULT_CSS = """
    AskLine {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 70; max-width: 90%; height: auto; padding: 1 2; background: $panel;
            border-left: outer $primary;
        }
        & .ask--title { text-style: bold; padding: 0 0 1 0; }
        & .ask--foot { color: $muted; padding: 1 0 0 0; }
        & Input, & Input:focus { height: 1; border: none; padding: 0 1; background: $boost; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss('')", show=False, priority=True)
    ]

    def __init__(
        self, question: str, value: str = "", about: str = "", *, is_secret: bool = False
    ) -> None:
        super().__init__()
        self._question, self._value, self._about = question, value, about
        self._is_secret = is_secret

    def compose(self) -> ComposeResult:
        """Lay out the question, the line and what is good to know."""
        keys = tr("Enter takes it · Esc gives up")
        with Vertical():
            yield SafeStatic(self._question, classes="ask--title")
            yield OrderedInput(value=self._value, compact=True, password=self._is_secret)
            yield SafeStatic(f"{self._about}\n{keys}".strip(), classes="ask--foot")

    def _on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        leave(self, message.value.strip())
