"""One action that a key can trigger, and the places where keys count. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from oi_tui.text.translation import tr


class Where(StrEnum):
    """The part of the screen that must have the focus for a key to count."""

    ANYWHERE = "anywhere"
    PROMPT = "prompt"
    APPROVAL = "approval"
    OUTPUT = "output"
    SIDEBAR = "sidebar"
    CONVERSATION = "conversation"

    @property
    def heading(self) -> str:
        """Its heading in the help, in the person's language."""
        return tr(_HEADINGS[self])


_HEADINGS = {
    Where.ANYWHERE: "Anywhere",
    Where.PROMPT: "Prompt",
    Where.APPROVAL: "Approval",
    Where.OUTPUT: "Output",
    Where.SIDEBAR: "Sessions",
    Where.CONVERSATION: "Conversation",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `label` and `explanation` are English sources; people read `title`, `help`."""

    action_id: str
    label: str
    keys: tuple[str, ...]
    where: Where
    explanation: str

    @property
    def title(self) -> str:
        """A few words for menus and the footer, in the person's language."""
        return tr(self.label)

    @property
    def help(self) -> str:
        """One sentence for the help screen, in the person's language."""
        return tr(self.explanation)
