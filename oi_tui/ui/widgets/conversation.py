"""The conversation: one widget for all blocks, drawn when seen.

Owns which block is drawn by what, when a change is painted, the block cursor, and what a key or a
click asks for. Knows the transcript's blocks, never the engine; requests leave as messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.theme import Theme
from textual.widget import Widget

from oi_tui.transcript import Block, CodeBlock, NoticeBlock, PromptBlock, ProseBlock, Transcript
from oi_tui.ui.keymap import bindings
from oi_tui.ui.markdown.inline import LINK_META
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.widgets.conversation_card import FOLD_META, CardView
from oi_tui.ui.widgets.conversation_flow import Flow, Place
from oi_tui.ui.widgets.conversation_scroll import FlowView
from oi_tui.ui.widgets.conversation_search import Finder, SearchLine
from oi_tui.ui.widgets.conversation_style import COMPONENTS, CSS, palette_of
from oi_tui.ui.widgets.conversation_views import (
    GetPalette,
    NoticeView,
    PromptView,
    ProseView,
    margins,
)

FRAME = 1 / 30  # seconds between two paintings of what streams
_REST = 3  # times as long as the last painting took: a slow one leaves room for the rest
_SOONEST = 0.001  # seconds; a timer cannot be due at once

BlockView = PromptView | ProseView | CardView | NoticeView


def _view_of(block: Block, palette: GetPalette) -> BlockView:
    match block:
        case PromptBlock():
            return PromptView(block, palette)
        case ProseBlock():
            return ProseView(block, palette)
        case CodeBlock():
            return CardView(block, palette)
        case NoticeBlock():
            return NoticeView(block, palette)


class Conversation(FlowView):
    """Shows a transcript. Tell it of every block that is new or changed."""

    DEFAULT_CSS = CSS
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "block.previous": "step(-1)",
            "block.next": "step(1)",
            "block.up": "step(-1)",
            "block.down": "step(1)",
            "block.copy": "copy",
            "block.rerun": "rerun",
            "block.edit": "edit",
            "block.to_prompt": "to_prompt",
            "block.fold": "fold",
            "block.link": "link",
            "block.first": "first",
            "block.last": "follow",
            "block.page_up": "page(-1)",
            "block.page_down": "page(1)",
            "block.search": "search",
            "block.search_next": "search_step(-1)",
            "block.search_previous": "search_step(1)",
        }
    )

    @dataclass
    class CopyRequested(Message):
        """The person wants this text on the clipboard."""

        text: str

    @dataclass
    class PromptRequested(Message):
        """The person wants this text in the prompt."""

        text: str

    @dataclass
    class RerunRequested(Message):
        """The person wants this code proposed once more."""

        block_id: str

    @dataclass
    class EditRequested(Message):
        """The person wants to change this code and propose it."""

        block_id: str

    @dataclass
    class LinkRequested(Message):
        """The person wants to open this address, which a model wrote: confirm it first."""

        url: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._views: list[BlockView] = []
        self._index: dict[str, int] = {}
        self._changed: dict[str, Block] = {}
        self._palette: Palette | None = None
        self._painted = 0.0
        self._cost = 0.0
        self._next_link = 0
        self._finder = Finder(self, lambda: [view.searched for view in self._views])

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    # -- content ----------------------------------------------------------------------------------
    def show(self, transcript: Transcript) -> None:
        """Show a whole transcript from its end; blocks are prepared as they are seen."""
        self.clear()
        for block in transcript.blocks:
            self._append(block)
        self.settle()

    def clear(self) -> None:
        """Show nothing."""
        self._views, self._index, self._changed = [], {}, {}
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
        changed, self._changed = self._changed, {}
        for block in changed.values():
            index = self._index.get(block.block_id)
            if index is None:
                self._append(block)
            else:
                self.flow.changed(index, self._views[index].refresh())
        if self.text_selection:
            self.following = False  # what is being selected stays where it is
        if not self.following:
            self.news_below = True
        self.settle()
        self._painted = monotonic()
        self._cost = self._painted - started

    def _append(self, block: Block) -> None:
        self._index[block.block_id] = len(self._views)
        view = _view_of(block, self.palette)
        self._views.append(view)
        self.flow.append(view)

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

    # -- the block cursor -------------------------------------------------------------------------
    @property
    def current(self) -> Block | None:
        """The block under the cursor."""
        return self._views[self.selected].block if self.selected is not None else None

    def select(self, index: int | None) -> None:
        """Put the cursor on a block, or take it away."""
        self.selected = index
        self._next_link = 0
        if index is not None:
            self.show_block(index)
        self.refresh()

    def action_step(self, way: int) -> None:
        """Move the cursor up or down; it starts at the last block on screen."""
        if not self._views:
            return
        if self.selected is None:
            last = self.place_at(min(len(self._page), self.page_size.height) - 1)
            self.select(last.block if last else len(self._views) - 1)
        else:
            self.select(max(0, min(self.selected + way, len(self._views) - 1)))

    def action_copy(self) -> None:
        """Ask for the block's text on the clipboard."""
        if self.selected is not None:
            self.post_message(self.CopyRequested(self._views[self.selected].text()))

    def action_to_prompt(self) -> None:
        """Ask for the block's text in the prompt."""
        if self.selected is not None:
            self.post_message(self.PromptRequested(self._views[self.selected].text()))

    def action_rerun(self) -> None:
        """Ask for the block's code to be proposed again."""
        if isinstance(self.current, CodeBlock):
            self.post_message(self.RerunRequested(self.current.block_id))

    def action_edit(self) -> None:
        """Ask for the block's code to be edited and proposed."""
        if isinstance(self.current, CodeBlock):
            self.post_message(self.EditRequested(self.current.block_id))

    def action_fold(self) -> None:
        """Show the block whole, or fold it."""
        if self.selected is None:
            return
        view = self._views[self.selected]
        if isinstance(view, CardView) and (view.can_fold or view.expanded):
            self.following = False
            view.toggle()
            self.flow.changed(self.selected)
            self.show_block(self.selected)
            self.settle()

    def fold_all(self) -> None:
        """Fold every card, or show all of them whole if none is open."""
        cards = [view for view in self._views if isinstance(view, CardView)]
        opening = not any(card.expanded for card in cards)
        for card in cards:
            if card.expanded != (opening and card.can_fold):
                card.toggle()
        self.lay_out()

    def action_link(self) -> None:
        """Ask for the next link of the block to be opened."""
        view = self._views[self.selected] if self.selected is not None else None
        links = view.links() if isinstance(view, ProseView) else []
        if links:
            self.post_message(self.LinkRequested(links[self._next_link % len(links)]))
            self._next_link += 1

    # -- searching --------------------------------------------------------------------------------
    def action_search(self) -> None:
        """Ask what to look for."""
        line = SearchLine(self._finder, self.focus)
        if isinstance(self.parent, Widget):
            self.parent.mount(line, after=self)

    def action_search_step(self, way: int) -> None:
        """Go to the next hit upwards or downwards."""
        if self._finder.pattern is None:
            self.action_search()
        else:
            self._finder.go(way)

    # -- scrolling --------------------------------------------------------------------------------
    def action_first(self) -> None:
        """Go to the beginning."""
        self.show_place(Place())

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self.selected = self.pattern = None
        self.follow()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a block, unfold it at its ellipsis; ask for a link."""
        address = event.style.meta.get(LINK_META)
        place = self.place_at(event.y - self.gutter.top)
        if isinstance(address, str):
            self.post_message(self.LinkRequested(address))
        elif place is not None and not self.text_selection:
            self.selected = place.block
            if event.style.meta.get(FOLD_META):
                self.action_fold()
            self.refresh()
