"""The conversation: one widget for all blocks, drawn when seen.

Owns the block cursor and what a key or a click asks for; requests leave as messages. What is drawn
is its content's. Knows no engine.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from oi_tui.transcript import Block, CodeBlock, NoticeBlock
from oi_tui.ui.keymap import bindings
from oi_tui.ui.markdown.inline import LINK_META
from oi_tui.ui.widgets import conversation_messages as messages
from oi_tui.ui.widgets.conversation_card import FOLD_META, CardView
from oi_tui.ui.widgets.conversation_content import ConversationContent
from oi_tui.ui.widgets.conversation_flow import Place
from oi_tui.ui.widgets.conversation_search import SearchLine
from oi_tui.ui.widgets.conversation_style import CSS
from oi_tui.ui.widgets.conversation_summary import SummaryView
from oi_tui.ui.widgets.conversation_views import NoticeView, ProseView


class Conversation(ConversationContent):
    """Shows a transcript and moves among its blocks."""

    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "block.previous": "step(-1)",
            "block.next": "step(1)",
            "block.up": "step(-1)",
            "block.down": "step(1)",
            "block.copy": "copy",
            "block.rerun": "rerun",
            "block.edit": "edit",
            "block.branch": "branch",
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

    CopyRequested: TypeAlias = messages.CopyRequested
    PromptRequested: TypeAlias = messages.PromptRequested
    RerunRequested: TypeAlias = messages.RerunRequested
    EditRequested: TypeAlias = messages.EditRequested
    BranchRequested: TypeAlias = messages.BranchRequested
    ReplayRequested: TypeAlias = messages.ReplayRequested
    LinkRequested: TypeAlias = messages.LinkRequested

    # -- the block cursor -------------------------------------------------------------------------
    @property
    def current(self) -> Block | None:
        """The block under the cursor."""
        return self.views[self.selected].block if self.selected is not None else None

    def action_step(self, way: int) -> None:
        """Move the cursor up or down; it starts at the last block on screen."""
        if not self.views:
            return
        if self.selected is None:
            last = self.place_at(min(len(self._page), self.page_size.height) - 1)
            self.select(last.block if last else len(self.views) - 1)
        else:
            self.select(max(0, min(self.selected + way, len(self.views) - 1)))

    def action_copy(self) -> None:
        """Ask for the block's text on the clipboard."""
        if self.selected is not None:
            self.post_message(self.CopyRequested(self.views[self.selected].text()))

    def action_to_prompt(self) -> None:
        """Ask for the block's text in the prompt."""
        if self.selected is not None:
            self.post_message(self.PromptRequested(self.views[self.selected].text()))

    def action_branch(self) -> None:
        """Ask for a new session that goes on from the block, or from the one above a notice."""
        if self.selected is None:
            return
        for view in reversed(self.views[: self.selected + 1]):
            if not isinstance(view.block, NoticeBlock):
                self.post_message(self.BranchRequested(view.block.block_id))
                return

    def action_rerun(self) -> None:
        """Ask for the block's code to be proposed again, or for all code where that is offered."""
        if self._offers_rerun():
            self.post_message(self.ReplayRequested())
        elif isinstance(self.current, CodeBlock):
            self.post_message(self.RerunRequested(self.current.block_id))

    def action_edit(self) -> None:
        """Ask for the block's code to be edited and proposed."""
        if isinstance(self.current, CodeBlock):
            self.post_message(self.EditRequested(self.current.block_id))

    def _offers_rerun(self) -> bool:
        view = self.views[self.selected] if self.selected is not None else None
        return isinstance(view, NoticeView) and view.offer is not None

    def action_fold(self) -> None:
        """Show the block whole, or fold it; take the offer of a notice."""
        if self._offers_rerun():
            self.action_rerun()
        if self.selected is None:
            return
        view = self.views[self.selected]
        if isinstance(view, CardView | SummaryView) and (view.can_fold or view.expanded):
            self.following = False
            view.toggle()
            self.flow.changed(self.selected)
            self.show_block(self.selected)
            self.settle()

    def fold_all(self) -> None:
        """Fold every card, or show all of them whole if none is open."""
        cards = [view for view in self.views if isinstance(view, CardView | SummaryView)]
        opening = not any(card.expanded for card in cards)
        for card in cards:
            if card.expanded != (opening and card.can_fold):
                card.toggle()
        self.lay_out()

    def action_link(self) -> None:
        """Ask for the next link of the block to be opened."""
        view = self.views[self.selected] if self.selected is not None else None
        links = view.links() if isinstance(view, ProseView) else []
        if links:
            self.post_message(self.LinkRequested(links[self.next_link % len(links)]))
            self.next_link += 1

    # -- searching --------------------------------------------------------------------------------
    def action_search(self) -> None:
        """Ask what to look for."""
        line = SearchLine(self.finder, self.focus)
        if isinstance(self.parent, Widget):
            self.parent.mount(line, after=self)

    def action_search_step(self, way: int) -> None:
        """Go to the next hit upwards or downwards."""
        if self.finder.pattern is None:
            self.action_search()
        else:
            self.finder.go(way)

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
