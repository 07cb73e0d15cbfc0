"""A download: what would be fetched, then how far it is. Esc stops it; what is here is kept.

Owns the dialog and its words. Knows no hub and no disk.
"""

from __future__ import annotations

from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from oi_tui.engine.model_shelf import ModelShelf
from oi_tui.models.choices import DownloadChoice, Fetching, FileChoice, Fit
from oi_tui.models.local.sizes import size_in_words, time_in_words
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.screens.model_finding import words_of

_BAR = 40  # columns


class FetchScreen(ModalScreen[FileChoice | None]):
    """Returns the file once it is here, or None if the person left before."""

    DEFAULT_CSS = """
    FetchScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 70; max-width: 94%; height: auto; padding: 1 2; background: $panel;
            border-left: outer $primary;
        }
        & .fetch--title { text-style: bold; padding: 0 0 1 0; }
        & .fetch--facts { color: $muted; }
        & .fetch--progress { height: 2; margin: 1 0 0 0; }
        & .fetch--said { height: auto; }
        & .fetch--said.-problem { color: $error; }
        & .fetch--foot { color: $muted; padding: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "fetch", show=False, priority=True),
        Binding("escape,ctrl+c", "stop", show=False, priority=True),
    ]

    def __init__(self, shelf: ModelShelf, choice: DownloadChoice) -> None:
        super().__init__()
        self._shelf, self._choice = shelf, choice
        self._stop = Event()
        self._is_running = False

    def compose(self) -> ComposeResult:
        """Lay out what it is, how far it is, and the keys."""
        with Vertical():
            yield SafeStatic(self._title(), classes="fetch--title")
            yield SafeStatic(_facts(self._choice), classes="fetch--facts")
            yield SafeStatic("", classes="fetch--progress")
            yield SafeStatic(_warning(self._choice), classes="fetch--said")
            yield SafeStatic(tr("Enter downloads it · Esc goes back"), classes="fetch--foot")

    def action_fetch(self) -> None:
        """Begin, or try again."""
        if self._is_running:
            return
        self._is_running = True
        self._stop.clear()
        self.query_one(".fetch--title", SafeStatic).update(self._title())
        self._say("")
        self._foot(tr("Esc stops it; what is here is kept"))
        self._show(Fetching(0, self._choice.size))
        in_background(
            self.call_later,
            lambda: self._shelf.fetch(self._choice, self._tell, self._stop),
            self._done,
            self._failed,
        )

    def action_stop(self) -> None:
        """Stop what runs, or go back."""
        if self._is_running:
            self._stop.set()
            self._foot(tr("Stopping …"))
        else:
            leave(self, None)

    def on_unmount(self) -> None:
        """Nothing goes on behind a dialog that is gone."""
        self._stop.set()

    def _title(self) -> str:
        label = one_line(self._choice.label, 80)
        if self._is_running:
            return tr("Downloading {label}", label=label)
        return tr("Download {label}?", label=label)

    # -- what comes back, on the loop -------------------------------------------------------------
    def _tell(self, far: Fetching) -> None:
        if not self._stop.is_set():
            self.call_later(self._show, far)

    def _done(self, file: FileChoice) -> None:
        self._is_running = False
        leave(self, file)

    def _failed(self, error: Exception) -> None:
        self._is_running = False
        self.query_one(".fetch--title", SafeStatic).update(self._title())
        if self._stop.is_set():
            self._say(tr("Stopped. What came is kept: the download goes on from there."))
        else:
            self._say(words_of(error), is_problem=True)
            self.query_one(".fetch--progress", SafeStatic).update("")
        again = tr("Enter goes on") if self._stop.is_set() else tr("Enter tries again")
        self._foot(tr("{again} · Esc goes back", again=again))

    def _show(self, far: Fetching) -> None:
        if self.is_attached and self._is_running:
            self.query_one(".fetch--progress", SafeStatic).update(_progress(far))

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        said = self.query_one(".fetch--said", SafeStatic)
        said.set_class(is_problem, "-problem")
        said.update(text)

    def _foot(self, text: str) -> None:
        self.query_one(".fetch--foot", SafeStatic).update(text)


def _facts(choice: DownloadChoice) -> str:
    terms = tr("license {name}", name=choice.license) if choice.license else tr("license not told")
    lines = (
        choice.about,
        choice.model.removeprefix("local/"),
        choice.file,
        f"{size_in_words(choice.size)} · {terms} · {choice.speed}".strip(" ·"),
    )
    return "\n".join(one_line(line, 200) for line in lines if line)


def _warning(choice: DownloadChoice) -> str:
    if choice.fit is Fit.NO:
        return tr("This machine has too little memory for it.")
    if choice.fit is Fit.TIGHT:
        return tr("It takes nearly all memory of this machine.")
    return ""


def _progress(far: Fetching) -> Content:
    """Return a bar, and below it the numbers."""
    part = min(1.0, far.fetched / far.size) if far.size else 0.0
    full = round(part * _BAR)
    words = [f"{size_in_words(far.fetched)} / {size_in_words(far.size)}"]
    if far.step:
        words.append(far.step)
    elif far.speed > 0:
        words.append(tr("{speed} a second", speed=size_in_words(int(far.speed))))
        left = int((far.size - far.fetched) / far.speed)
        words.append(tr("{time} left", time=time_in_words(left)))
    return Content.assemble(
        ("━" * full, "$primary"),
        ("─" * (_BAR - full), "$muted"),
        f" {int(part * 100)} %\n",
        (" · ".join(words), "$muted"),
    )
