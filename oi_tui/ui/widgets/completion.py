"""The list of completions above the prompt: what fits, and which one is chosen.

Owns the choice. Knows neither where candidates come from nor what they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widget import Widget

from oi_tui.text.sanitize import one_line

ROWS = 8  # more candidates scroll; a longer list would cover what is being talked about


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion: the whole text it puts in place, and a few words about it."""

    text: str
    hint: str = ""


class Completion(Widget):
    """Shows candidates, hidden while there are none. It never takes the focus."""

    DEFAULT_CSS = """
    Completion {
        display: none;
        height: auto;
        max-height: 8;
        background: $panel;
        color: $foreground;
        padding: 0 1;
        &.-open { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._candidates: tuple[Candidate, ...] = ()
        self._chosen = 0
        self._note = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose."""
        return bool(self._candidates)

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that accepting would take."""
        return self._candidates[self._chosen] if self._candidates else None

    def show(self, candidates: Sequence[Candidate], note: str = "") -> None:
        """Show these instead; none shows the `note`, and without one closes the list."""
        note = "" if candidates else note
        if (tuple(candidates), note) == (self._candidates, self._note):
            return
        self._candidates, self._chosen, self._note = tuple(candidates), 0, note
        # It floats above the prompt instead of pushing the conversation up.
        self.styles.offset = (0, -min(len(self._candidates) or 1, ROWS))
        self.set_class(bool(self._candidates or note), "-open")
        self.refresh(layout=True)

    def move(self, rows: int) -> None:
        """Choose the candidate this many rows further, around the ends."""
        if self._candidates:
            self._chosen = (self._chosen + rows) % len(self._candidates)
            self.refresh()

    def render(self) -> Content:
        """Draw the part of the list around the choice."""
        if self._note:
            return Content.styled(self._note, "$muted")
        first = max(0, min(self._chosen - ROWS // 2, len(self._candidates) - ROWS))
        shown = self._candidates[first : first + ROWS]
        most = 40 if any(candidate.hint for candidate in shown) else 68
        names = [one_line(candidate.text, most) for candidate in shown]
        width = max((len(name) for name in names), default=0) + 3
        room = max(1, self.content_size.width - width - 2)
        lines = []
        for row, (candidate, name) in enumerate(zip(shown, names, strict=True), first):
            hint = one_line(candidate.hint, room) if candidate.hint else ""
            line = Content.assemble(
                ("› " if row == self._chosen else "  "), name.ljust(width), (hint, "$muted")
            )
            if row == self._chosen:
                line = line.pad_right(max(0, room + width + 2 - line.cell_length)).stylize(
                    "bold on $block-cursor-blurred-background"
                )
            lines.append(line)
        return Content("\n").join(lines)
