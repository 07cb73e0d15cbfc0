"""What the conversation shows: which block is drawn by what, and when a change is painted.

Owns the views of the blocks and the colors they are drawn in. Knows the transcript's blocks, never
the engine and no key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import ClassVar

from textual.theme import Theme

from oi_tui.transcript import (
    Block,
    CodeBlock,
    NoticeBlock,
    NoticeKind,
    PromptBlock,
    ProseBlock,
    Transcript,
    blocks_to_rerun,
)
from oi_tui.ui.keymap import first_label
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.widgets.conversation_card import CardView
from oi_tui.ui.widgets.conversation_details import Detailed
from oi_tui.ui.widgets.conversation_flow import Flow, Place
from oi_tui.ui.widgets.conversation_scroll import FlowView
from oi_tui.ui.widgets.conversation_search import Finder
from oi_tui.ui.widgets.conversation_style import COMPONENTS, palette_of
from oi_tui.ui.widgets.conversation_summary import SummaryView
from oi_tui.ui.widgets.conversation_views import (
    GetPalette,
    NoticeView,
    PromptView,
    ProseView,
    RerunOffer,
    margins,
)

FRAME = 1 / 30  # seconds between two paintings of what streams
_REST = 3  # times as long as the last painting took: a slow one leaves room for the rest
_SOONEST = 0.001  # seconds; a timer cannot be due at once

BlockView = PromptView | ProseView | CardView | NoticeView | SummaryView


def _view_of(block: Block, palette: GetPalette) -> BlockView:
    match block:
        case PromptBlock():
            return PromptView(block, palette)
        case ProseBlock():
            return ProseView(block, palette)
        case CodeBlock():
            return CardView(block, palette)
        case NoticeBlock(kind=NoticeKind.COMPACTED):
            return SummaryView(block, palette)
        case NoticeBlock():
            return NoticeView(block, palette)


def _has_notice(blocks: Sequence[Block], kind: NoticeKind) -> bool:
    return any(isinstance(block, NoticeBlock) and block.kind is kind for block in blocks)


class ConversationContent(FlowView):
    """Shows a transcript. Tell it of every block that is new or changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    def __init__(
        self,
        *,
        keymap: Mapping[str, str] | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.views: list[BlockView] = []
        self.next_link = 0  # of the block under the cursor
        self.is_verbose = False
        self.finder = Finder(self, lambda: [view.searched for view in self.views])
        self._keymap = keymap or {}
        self._index: dict[str, int] = {}
        self._details: dict[str, str] = {}  # by block id: what its reply took
        self._changed: dict[str, Block] = {}
        self._goal: tuple[str, Sequence[str]] | None = None  # until there is room to go there
        self._palette: Palette | None = None
        self._painted = 0.0
        self._cost = 0.0

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    # -- content ----------------------------------------------------------------------------------
    def show(self, transcript: Transcript) -> None:
        """Show a whole transcript from its end; blocks are prepared as they are seen."""
        self.show_blocks(transcript.blocks)

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """Show these blocks from their end."""
        self.clear()
        for block in blocks:
            self._append(block)
        self.settle()

    def clear(self) -> None:
        """Show nothing."""
        self.views, self._index, self._changed, self._goal = [], {}, {}, None
        self._details = {}
        self.flow = Flow(max(1, self.page_size.width))
        self.place, self.following, self.selected, self.news_below = Place(), True, None, False
        self.pattern = None
        self.settle()
        self.refresh()

    def update_block(self, block: Block) -> None:
        """Take note that a block is new or has changed; it is painted with the next frame."""
        if not self._changed:
            due = max(self._painted + FRAME, self._painted + _REST * self._cost) - monotonic()
            self.set_timer(max(_SOONEST, due), self.flush)
        self._changed[block.block_id] = block

    def flush(self) -> None:
        """Paint what has changed now."""
        if not self._changed:
            return
        started = monotonic()
        changed, self._changed = [*self._changed.values()], {}
        for block in changed:
            index = self._index.get(block.block_id)
            if index is None:
                self._append(block)
            else:
                self.flow.changed(index, self.views[index].refresh())
        if _has_notice(changed, NoticeKind.REOPENED):
            self._offer_rerun()
        if self.text_selection:
            self.following = False  # what is being selected stays where it is
        if not self.following:
            self.news_below = True
        if _has_notice(changed, NoticeKind.HISTORY):
            self.lay_out()  # earlier blocks may have been taken back, or put back
        else:
            self.settle()
        self._painted = monotonic()
        self._cost = self._painted - started

    def _append(self, block: Block) -> None:
        self._index[block.block_id] = len(self.views)
        view = _view_of(block, self.palette)
        if isinstance(view, CardView):
            view.set_verbose(self.is_verbose)
        self.views.append(view)
        self.flow.append(Detailed(view, self.palette, lambda: self._detail(block.block_id)))

    def note_reply(self, block_id: str, detail: str) -> None:
        """Take note of what the reply took that ended with a block."""
        self._details[block_id] = detail
        if self.is_verbose and block_id in self._index:
            self.flow.changed(self._index[block_id])
            self.settle()

    def _detail(self, block_id: str) -> str:
        return self._details.get(block_id, "") if self.is_verbose else ""

    def set_verbose(self, on: bool) -> None:
        """Show what each reply took and what was recorded of each run, or no longer."""
        self.is_verbose = on
        for view in self.views:
            if isinstance(view, CardView):
                view.set_verbose(on)
        self.lay_out()

    # -- running again ----------------------------------------------------------------------------
    def _offer_rerun(self) -> None:
        """Offer at the last notice of fresh shells, and only there, to fill them again."""
        count = len(blocks_to_rerun([view.block for view in self.views]))
        keys = (
            first_label("block.previous", self._keymap),
            first_label("block.fold", self._keymap),
        )
        last = True
        for index in range(len(self.views) - 1, -1, -1):
            view = self.views[index]
            if isinstance(view, NoticeView) and view.block.kind is NoticeKind.REOPENED:
                view.offer = RerunOffer(count, *keys) if last and count else None
                last = False
                self.flow.changed(index)

    # -- the cursor -------------------------------------------------------------------------------
    def select(self, index: int | None) -> None:
        """Put the cursor on a block, or take it away."""
        self.selected = index
        self.next_link = 0
        if index is not None:
            self.show_block(index)
        self.refresh()

    # -- going to a block -------------------------------------------------------------------------
    def go_to(self, block_id: str, words: Sequence[str] = ()) -> None:
        """Put the cursor on a block, whole and in sight, with the words in it marked."""
        self.flush()
        index = self._index.get(block_id)
        if index is None:
            return
        if not self.page_size.width:
            self._goal = block_id, words
            return
        self.following = False
        view = self.views[index]
        if isinstance(view, CardView | SummaryView) and view.can_fold and not view.expanded:
            view.toggle()
            self.flow.changed(index)
        self.finder.stand_at(index, words)

    # -- colors -----------------------------------------------------------------------------------
    def palette(self) -> Palette:
        """Return the styles of the present theme."""
        if self._palette is None:
            self._palette = palette_of(self)
        return self._palette

    def _restyle(self, theme: Theme) -> None:
        self._palette = None
        self.lay_out()

    def lay_out(self) -> None:
        """Lay everything out for the present width, the place kept."""
        self.margin_width = margins(self.page_size.width)[0]
        super().lay_out()
        if self._goal is not None and self.page_size.width:
            goal, self._goal = self._goal, None
            self.go_to(*goal)
