"""The head and the foot of the approval panel: what it is, where it would run, which keys count.

Only draws facts of the program. Knows no key's effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn
from oi_tui.ui.approval.keys import hints
from oi_tui.ui.approval.proposal import Proposal, heading, place
from oi_tui.ui.safe import SafeStatic

GAP = 3  # columns between two keys


class ProposalHead(Widget):
    """Language, place in the queue, interpreter and folder, lines on screen; notes below."""

    DEFAULT_CSS = """
    ProposalHead {
        height: auto;
        & > #proposal-facts { height: 1; padding: 0 1; background: $panel; }
        & #proposal-what { width: auto; text-style: bold; }
        & #proposal-where { width: 1fr; color: $foreground 80%; padding: 0 2; }
        & #proposal-lines { width: auto; color: $foreground 80%; }
        & > #proposal-notes { height: auto; max-height: 6; padding: 0 1; color: $warning; }
    }
    """

    def compose(self) -> ComposeResult:
        """One row of facts, and notes where there are any."""
        with Horizontal(id="proposal-facts"):
            yield SafeStatic(id="proposal-what")
            yield SafeStatic(id="proposal-where")
            yield SafeStatic(id="proposal-lines")
        yield SafeStatic(id="proposal-notes")

    def show(
        self, proposal: Proposal, position: tuple[int, int], lines: tuple[int, int, int], why: bool
    ) -> None:
        """Show a proposal; `lines` are the first and last on screen and how many there are."""
        self.query_one("#proposal-what", SafeStatic).update(heading(proposal, position))
        self.query_one("#proposal-where", SafeStatic).update(place(proposal))
        self.query_one("#proposal-lines", SafeStatic).update(_lines(*lines))
        notes = self.query_one("#proposal-notes", SafeStatic)
        text = _notes(proposal, why)
        notes.update(text)
        notes.display = bool(text)


def _lines(first: int, last: int, count: int) -> str:
    whole = trn("{count} line", "{count} lines", count)
    if last - first + 1 >= count:
        return whole
    return tr("{first}-{last} of {whole}", first=first, last=last, whole=whole)


def _notes(proposal: Proposal, why: bool) -> str:
    notes = [one_line(note, 300) for note in proposal.notes]
    if proposal.scans:
        notes.append(tr("semgrep is looking at it …"))
    if not why:
        return " · ".join(notes)
    notes.append(tr("Nothing runs without your key, unless you switched auto-run on."))
    notes.append(tr("What runs has the SHA-256 {digest}…", digest=proposal.digest[:16]))
    return "\n".join(notes)


class KeyLine(SafeStatic):
    """The keys of the panel, bright once they count; or a hint instead."""

    DEFAULT_CSS = """
    KeyLine { height: auto; max-height: 3; padding: 0 1; color: $muted; }
    """

    def say(self, text: str, style: str) -> None:
        """Show one sentence in place of the keys."""
        self.update(Content.styled(plain(text), style))

    def show_keys(
        self, keymap: Mapping[str, str], *, without: frozenset[str], armed: bool, warning: str
    ) -> None:
        """Show the keys but for some; `warning` says what a plain key will not run."""
        parts: list[Content | str | tuple[str, str]] = []
        room = used = max(20, self.size.width - 2)
        if warning:
            warning = tr("{warning}: Y runs it as it is", warning=warning)
            parts.append((plain(warning), "bold $warning"))
            used = room  # a row of its own
        for entry in hints(keymap, without):
            if warning and entry.action_id == "approval.run":
                continue
            size = cell_len(entry.key) + 1 + cell_len(entry.word)
            fits = used + GAP + size <= room
            parts.append(" " * GAP if fits else "\n" if parts else "")
            used = used + GAP + size if fits else size
            style = "bold $primary" if armed else "bold $muted"
            parts += [(entry.key, style), (f" {entry.word}", "$muted")]
        self.update(Content.assemble(*parts))
