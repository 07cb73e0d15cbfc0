"""What stands on the main screen at the first frame: a prompt that takes text, and calm around it.

Owns the parts that need no session. Everything else is furniture: it is loaded and mounted behind
this frame, so whatever is imported here delays the moment at which a person can write (a test
keeps the list of what may be).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen

from oi_tui.commands.actions import Where
from oi_tui.text.translation import tr
from oi_tui.ui.activity import Activity
from oi_tui.ui.clock import clock_of
from oi_tui.ui.keymap import first_label, keys_to_actions
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.completion import Completion
from oi_tui.ui.widgets.hello import Hello
from oi_tui.ui.widgets.hint_line import HINT_SECONDS, HintLine
from oi_tui.ui.widgets.prompt import Prompt
from oi_tui.ui.widgets.status_bar import StatusBar, StatusFacts
from oi_tui.ui.widgets.too_small import TooSmall, is_too_small

if TYPE_CHECKING:
    from oi_tui.config.schema import Settings


WIDTHS = ((0, "-narrow"), (100, "-medium"), (140, "-wide"))
HEIGHTS = ((0, "-low"), (30, "-high"))


def shape(size: Size) -> tuple[str, str]:
    """Return the classes of a screen of this size; each goes from its cells on."""
    width = [name for cells, name in WIDTHS if size.width >= cells]
    height = [name for cells, name in HEIGHTS if size.height >= cells]
    return width[-1], height[-1]


class FirstFrame(Screen[None]):
    """Prompt, words around it, and empty places for the panes."""

    AUTO_FOCUS = "Prompt"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.keymap = settings.keymap
        self.activity = Activity()
        self.facts = StatusFacts(
            model=settings.model,
            model_name=settings.model,
            auto_run=settings.auto_run,
            max_budget=settings.max_budget,
            api_base=settings.api_base,
        )
        self.completion = Completion()
        keys = keys_to_actions(Where.PROMPT, self.keymap)
        self.prompt = Prompt(keys, self.completion, placeholder=tr("What should be done?"))
        self.hints = HintLine()
        self.status = StatusBar(self.facts)

    def compose(self) -> ComposeResult:
        """Lay out the places; `main.tcss` says where each lies at which width."""
        self.add_class(*shape(self.app.size), update=False)  # once, not again at the first resize
        yield Container(id="sessions")
        with Container(id="body"):
            with Container(id="talk"):
                yield Hello(self.facts, id="hello")
            yield Vertical(id="work")
            with Vertical(id="prompt-box"):
                with Horizontal(id="prompt-row"):
                    yield SafeStatic("›", id="prompt-mark")
                    yield self.prompt
                yield self.hints
        yield self.status

    def on_mount(self) -> None:
        """Say that there is more to come."""
        self.show_activity()

    def on_resize(self, event: events.Resize) -> None:
        """Cover everything while the window is too small."""
        too_small = is_too_small(*event.size)
        if too_small and not self.query(TooSmall):
            stop, leave = first_label("interrupt", self.keymap), first_label("quit", self.keymap)
            self.mount(TooSmall(stop, leave))
        self.set_class(too_small, "-too-small")

    def hold_prompt(self, text: str) -> None:
        """Take a prompt of the command line; it is sent once a session is open."""
        if text:
            self.prompt.put(text)
            self.prompt.hold(text)

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.app.refresh(layout=True)

    @on(Prompt.PasteCut)
    def _tell_of_cut(self, message: Prompt.PasteCut) -> None:
        self.hint(tr("{count} characters of the paste did not fit", count=message.dropped))

    # -- words ----------------------------------------------------------------------------------
    def hint(self, text: str, seconds: float = HINT_SECONDS) -> None:
        """Say something in passing."""
        self.hints.hint(text, seconds)

    def show_activity(self) -> None:
        """Say what goes on now."""
        self.hints.set_activity(self.activity.words(self.keymap, clock_of(self).monotonic()))
        self.hints.set_keys(self.activity.keys(self.keymap) if self.prompt.has_focus else "")
