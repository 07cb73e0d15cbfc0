"""A session at a glance: how it stands, where and when it was, its first prompts, its last reply.

Owns what of a session is worth a glance. Knows no file: it is handed a listing and blocks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from oi_tui.protocol.sessions import SessionListing, SessionStatus
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import Block, PromptBlock, ProseBlock
from oi_tui.ui.clock import clock_of
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.sidebar_marks import mark_of, meanings
from oi_tui.ui.widgets.status_bar import short_folder

FIRST_PROMPTS = 3
LABEL_WIDTH = 10
_INDENT = "  "  # the cells of a mark
LONGEST = 200  # characters of a prompt


@dataclass(frozen=True, slots=True)
class Summary:
    """What is shown of a session's blocks."""

    prompts: Sequence[str]  # the first ones
    more: int  # how many prompts follow
    reply: ProseBlock | None  # the last one


def summary_of(blocks: Sequence[Block]) -> Summary:
    """Return what is worth a glance; what was taken back is not."""
    prompts = [b.text for b in blocks if isinstance(b, PromptBlock) and not b.undone]
    replies = [b for b in blocks if isinstance(b, ProseBlock) and not b.undone and b.text.strip()]
    more = max(0, len(prompts) - FIRST_PROMPTS)
    return Summary(prompts[:FIRST_PROMPTS], more, replies[-1] if replies else None)


class SessionPreview(Vertical):
    """Shows one session without opening it."""

    DEFAULT_CSS = """
    SessionPreview {
        background: $background;
        & > .preview--head { height: auto; max-height: 60%; padding: 1 2 0 4; }
        & > Conversation { height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._session_id = ""
        self._facts = Content("")

    def compose(self) -> ComposeResult:
        """Lay out what is known, and the last reply."""
        yield SafeStatic("", classes="preview--head")
        reply = Conversation()
        reply.can_focus = False  # keys stay in the list
        yield reply

    def show(self, session: SessionListing, live: SessionStatus | None) -> None:
        """Show what the list knows; the texts follow."""
        is_other = session.session_id != self._session_id
        self._session_id = session.session_id
        self._facts = self._words(session, live)
        if is_other:
            self._head.update(self._facts)
            self._reply.clear()

    def show_summary(self, session_id: str, summary: Summary) -> None:
        """Show the texts of a session, if it is still the one that is looked at."""
        if session_id != self._session_id:
            return
        lines = [self._facts, Content("")]
        lines += [
            Content.assemble(("▌ ", "$accent"), (one_line(prompt, LONGEST), "bold"))
            for prompt in summary.prompts
        ]
        if summary.more:
            more = trn("… {count} more prompt", "… {count} more prompts", summary.more)
            lines.append(Content.styled(_INDENT + more, "$muted"))
        if not summary.prompts:
            lines.append(Content.styled(_INDENT + tr("Nothing was asked yet"), "$muted"))
        self._head.update(Content("\n").join(lines))
        self._reply.show_blocks([summary.reply] if summary.reply is not None else [])
        self._reply.action_first()

    def show_problem(self, session_id: str, problem: str) -> None:
        """Say why the texts cannot be shown."""
        if session_id == self._session_id:
            words = Content.styled(_INDENT + one_line(problem, LONGEST), "$warning")
            self._head.update(Content("\n").join([self._facts, Content(""), words]))

    @property
    def _head(self) -> SafeStatic:
        return self.query_one(".preview--head", SafeStatic)

    @property
    def _reply(self) -> Conversation:
        return self.query_one(Conversation)

    def _words(self, session: SessionListing, live: SessionStatus | None) -> Content:
        title = one_line(session.title, LONGEST) or tr("New session")
        said = " · ".join(meanings(session, live))
        lines = [Content.assemble(_INDENT, (title, "bold"))]
        if said:
            mark = mark_of(session, live).cell.strip()
            lines.append(Content.styled(f"{mark or ' '} {said}", "$muted"))
        lines.append(Content(""))
        lines += [
            Content.assemble((_INDENT + label.ljust(LABEL_WIDTH), "$muted"), value)
            for label, value in self._facts_of(session)
            if value
        ]
        return Content("\n").join(lines)

    def _facts_of(self, session: SessionListing) -> Sequence[tuple[str, str]]:
        asked = trn("{count} prompt", "{count} prompts", session.turns)
        if session.cost is not None:
            asked += f" · ${session.cost:.4f}" if session.cost < 0.1 else f" · ${session.cost:.2f}"
        return (
            (tr("Folder"), one_line(short_folder(session.folder), 120)),
            (tr("Model"), one_line(session.model, 80)),
            (tr("Asked"), asked),
            (tr("Begun"), self._moment(session.started)),
            (tr("Last"), self._moment(session.changed)),
        )

    def _moment(self, at: float) -> str:
        if not at:
            return ""
        zone = clock_of(self).now().tzinfo
        return dt.datetime.fromtimestamp(at, zone).strftime("%-d %B %Y, %H:%M")
