"""What a person asks for at a block of the conversation. Knows the panes, no event and no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.text.translation import tr
from oi_tui.ui.widgets import conversation_messages as conversation
from oi_tui.ui.widgets.conversation_messages import FromConversation

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen


class BlockErrands:
    """Serves the conversation of one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def serve(self, message: FromConversation) -> None:
        """Do what the person asked for."""
        screen = self._screen
        match message:
            case conversation.CopyRequested(text=text):
                screen.errands.copy_text(text)
            case conversation.PromptRequested(text=text):
                screen.prompt.put(text)
                screen.prompt.focus()
            case conversation.RerunRequested(block_id=block_id):
                self.propose_again(block_id)
            case conversation.EditRequested(block_id=block_id):
                self.propose_again(block_id, edits=True)
            case conversation.BranchRequested(block_id=block_id):
                screen.session_errands.branch(block_id=block_id)
            case conversation.ReplayRequested():
                screen.session_errands.replay()
            case conversation.LinkRequested(url=url):
                self.open_link(url)

    def propose_again(self, block_id: str, *, edits: bool = False) -> None:
        """Put the code of a block up for approval once more; `edits`: in the editor at once."""
        code = self._screen.desk.propose_again(block_id)
        if not code:
            self._screen.hint(tr("Nothing can run in this session"))
        elif edits:
            self._screen.approval.edits_next = code

    def open_link(self, url: str) -> None:
        """Open an address that a model wrote, once the person has seen all of it."""

        def answered(answer: str | None) -> None:
            if answer == "open":
                self._screen.app.open_url(url)
            elif answer == "copy":
                self._screen.errands.copy_text(url)

        self._screen.errands.ask(
            tr("Open this address in your browser?"),
            url,
            (("open", "o", tr("Open")), ("copy", "c", tr("Copy it")), ("", "n", tr("Leave it"))),
            answered,
        )
