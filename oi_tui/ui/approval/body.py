"""The middle of the approval panel: the code to read, its editor, and the line for a reason.

Owns which of the three is open and what of the code was seen. Knows no key gate and no decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from oi_tui.text.translation import tr
from oi_tui.ui.approval.code_editor import CodeEditor, editable
from oi_tui.ui.approval.code_view import CodeView
from oi_tui.ui.approval.proposal import Proposal
from oi_tui.ui.widgets.text_fields import OrderedInput


class Mode(StrEnum):
    """What the keys are for."""

    READING = "reading"
    EDITING = "editing"
    REASONING = "reasoning"


class ProposalBody(Widget):
    """Shows one proposal at a time; leaves a mode by Esc, and says what came of it."""

    DEFAULT_CSS = """
    ProposalBody {
        layout: vertical;
        height: 1fr;
        padding: 1 0;
        & CodeView, & CodeEditor { height: 1fr; margin: 0 1; }
        & CodeEditor, & Input { display: none; }
        &.-editing CodeEditor { display: block; }
        &.-editing CodeView { display: none; }
        &.-reasoning Input { display: block; }
        & Input, & Input:focus { height: 1; border: none; padding: 0 1; background: $boost; }
    }
    """

    @dataclass
    class ModeLeft(Message):
        """The editor or the reason was closed; `edit` and `reason` hold what was written."""

        edit: str | None = None
        reason: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self.mode = Mode.READING
        self._code = ""
        self._differs = False  # the difference is shown in place of the code
        self._unseen_code = 0  # meanwhile
        self._on_screen = ("", "")  # call id and, once it is asked for, digest

    def compose(self) -> ComposeResult:
        """The view, and what is hidden until it is asked for."""
        yield CodeView()
        yield CodeEditor()
        yield OrderedInput(placeholder=tr("Why not? The model will read it."))

    @on(CodeView.RowsChanged)
    def fit(self) -> None:
        """Be as tall as what is read: the keys stand right below it. An editor gets all rows."""
        rows = self.view.shown.row_count + self.gutter.height + (self.mode is Mode.REASONING)
        self.styles.max_height = None if self.mode is Mode.EDITING else max(1, rows)

    @property
    def view(self) -> CodeView:
        """The code as it is read."""
        return self.query_one(CodeView)

    def show(self, proposal: Proposal) -> bool:
        """Show a proposal as it is now; return whether other bytes came up for a decision."""
        view, self._code = self.view, proposal.code
        before, now = self._on_screen, (proposal.call_id, proposal.digest * proposal.asked)
        self._on_screen = now
        if before[0] != now[0] or (before[1] and before != now):
            self.set_mode(Mode.READING)
            self._differs = view.counts_seen = False
            view.show(proposal.code, proposal.language)
        elif before != now or not proposal.asked:
            view.language = proposal.language
            view.extend_to(proposal.code)
        if now[1] and before != now:
            view.count_seen()
            return True
        return False

    @property
    def unseen(self) -> int:
        """How many lines of the code were never on screen; the difference counts for nothing."""
        return self._unseen_code if self._differs else self.view.shown.unseen

    def forget(self) -> None:
        """Nothing is proposed any more."""
        self._on_screen = ("", "")
        self.set_mode(Mode.READING)

    @property
    def digest(self) -> str:
        """The digest of the code on screen; empty while it is not asked for."""
        return self._on_screen[1]

    def set_mode(self, mode: Mode) -> None:
        """Read, edit or give a reason."""
        self.mode = mode
        self.set_class(mode is Mode.EDITING, "-editing")
        self.set_class(mode is Mode.REASONING, "-reasoning")
        self.fit()

    def edit(self, code: str, language: str) -> None:
        """Open the editor with this code."""
        self.set_mode(Mode.EDITING)
        editor = self.query_one(CodeEditor)
        editor.open(code, language)
        editor.focus()

    def ask_reason(self) -> None:
        """Open the line for a reason."""
        self.set_mode(Mode.REASONING)
        self.query_one(Input).focus()

    def toggle_difference(self, proposal: Proposal) -> None:
        """Show what the person changed, or the code again."""
        view = self.view
        self._unseen_code = self.unseen
        self._differs = not self._differs
        view.counts_seen = not self._differs
        if self._differs:
            view.show(proposal.difference(), "diff")
        else:
            view.show(proposal.code, proposal.language)

    def on_key(self, event: events.Key) -> None:
        """Esc keeps an edit, and gives up a reason."""
        if event.key != "escape" or self.mode is Mode.READING:
            return
        event.stop()
        event.prevent_default()
        text = self.query_one(CodeEditor).text if self.mode is Mode.EDITING else None
        self.set_mode(Mode.READING)
        unchanged = text is None or text == editable(self._code)
        self.post_message(self.ModeLeft(edit=None if unchanged else text))

    @on(Input.Submitted)
    def _give_reason(self, event: Input.Submitted) -> None:
        event.stop()
        reason = event.value.strip()
        event.input.clear()
        self.set_mode(Mode.READING)
        self.post_message(self.ModeLeft(reason=reason))
