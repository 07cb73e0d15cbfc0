"""The prompts that were sent before, and where somebody stands who looks through them. Pure."""

from __future__ import annotations

from collections.abc import Sequence


class PromptHistory:
    """Each prompt once, the newest last; behind them the draft."""

    def __init__(self) -> None:
        self._entries: list[str] = []
        self._place = 0  # among the entries; their number: the draft
        self._draft = ""

    def add_newer(self, prompts: Sequence[str]) -> None:
        """Know these, oldest first, as the newest."""
        self._entries = _newest_last([*self._entries, *prompts])
        self._place = len(self._entries)

    def add_older(self, prompts: Sequence[str]) -> None:
        """Know these too, oldest first, before all others."""
        known = len(self._entries)
        self._entries = _newest_last([*prompts, *self._entries])
        self._place += len(self._entries) - known  # who is looking through them stays there

    def remember(self, text: str) -> None:
        """Make a text the newest, and stand at an empty draft."""
        text = text.strip("\n")
        if text.strip():
            self._entries = [entry for entry in self._entries if entry != text] + [text]
        self._place, self._draft = len(self._entries), ""

    def step(self, rows: int, written: str) -> str | None:
        """Return the prompt so many further on, or the draft; None: there is none."""
        place = self._place + rows
        if not 0 <= place <= len(self._entries):
            return None
        if self._place == len(self._entries):
            self._draft = written
        self._place = place
        return self._draft if place == len(self._entries) else self._entries[place]

    def holding(self, text: str) -> list[str]:
        """Return the prompts with a text, capitals aside, the newest first."""
        wanted = text.strip().lower()
        return [entry for entry in reversed(self._entries) if wanted in entry.lower()]


def _newest_last(prompts: Sequence[str]) -> list[str]:
    """Return each prompt once, where it was sent last."""
    return list(dict.fromkeys(reversed(prompts)))[::-1]
