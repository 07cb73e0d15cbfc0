"""What stands where the conversation will be, until it begins."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Middle
from textual.content import Content

from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.status_bar import StatusFacts, short_folder


class Hello(Middle):
    """Says who listens and where it works, and what one could ask."""

    DEFAULT_CSS = """
    Hello {
        align: center middle;
        & > SafeStatic { width: 64; max-width: 100%; padding: 0 3; }
        & > #hello-name { color: $primary; text-style: bold; }
        & > #hello-facts { color: $muted; padding: 0 3 1 3; }
        & > #hello-ideas { color: $muted; }
    }
    .-low Hello > #hello-ideas { display: none; }
    """

    def __init__(self, facts: StatusFacts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sentence = _sentence(facts)

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield SafeStatic("oi-tui", id="hello-name")
        yield SafeStatic(self._sentence, id="hello-facts")
        ideas = (
            tr("Which files here take the most room?"),
            tr("Plot the numbers in a CSV file"),
            tr("Rename my photos by the day they were taken"),
        )
        lines = [Content.assemble(("·  ", "$faint"), idea) for idea in ideas]
        yield SafeStatic(Content("\n").join(lines), id="hello-ideas")

    def say(self, facts: StatusFacts) -> None:
        """Say what is known now; most facts are not in these words, and words cost a layout."""
        sentence = _sentence(facts)
        if sentence != self._sentence:
            self._sentence = sentence
            self.query_one("#hello-facts", SafeStatic).update(sentence)


def _sentence(facts: StatusFacts) -> str:
    model, folder = one_line(facts.model_name, 40), one_line(short_folder(facts.folder), 60)
    if model and folder:
        return tr("Talk to {model}. It works in {folder}.", model=model, folder=folder)
    return tr("Talk to {model}.", model=model) if model else tr("Work by talking.")
