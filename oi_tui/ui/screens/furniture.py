"""Everything of the main screen that its first frame does without.

Owns which panes and helpers a main screen gets and who is introduced to whom. Imported in a
thread behind the first frame, so anything may be imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.ui.desk import Desk, DeskEvents
from oi_tui.ui.dispatch import Panes
from oi_tui.ui.screens.block_errands import BlockErrands
from oi_tui.ui.screens.controls import Controls
from oi_tui.ui.screens.errands import Errands
from oi_tui.ui.screens.line_completion import LineCompletion
from oi_tui.ui.screens.lines import Lines
from oi_tui.ui.screens.output_errands import OutputErrands
from oi_tui.ui.screens.saving import Saving
from oi_tui.ui.screens.session_browser import SessionBrowser
from oi_tui.ui.screens.session_errands import SessionErrands
from oi_tui.ui.widgets.approval_panel import ApprovalPanel
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.output_view import OutputView
from oi_tui.ui.widgets.session_preview import SessionPreview
from oi_tui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from oi_tui.engine.live import SessionOpener
    from oi_tui.ui.screens.main import MainScreen


def provide(screen: MainScreen, opener: SessionOpener) -> None:
    """Give a main screen its panes, not mounted yet, and what brings sessions to them."""
    screen.conversation = Conversation(keymap=screen.keymap)
    screen.approval = ApprovalPanel(keymap=screen.keymap)
    screen.output = OutputView()
    screen.sidebar = Sidebar(screen.keymap)
    screen.preview = SessionPreview()

    def cleared() -> None:
        screen.facts.forget(opener.settings.max_budget)
        screen.reset()

    panes = Panes(
        screen.conversation, screen.approval, screen.output, screen.prompt, screen, screen.facts
    )
    tell = DeskEvents(cleared, screen.session_opened, screen.session_failed)
    screen.desk = Desk(opener, screen.output.tap, panes, tell, screen.call_later)
    screen.errands = Errands(screen, opener)
    screen.session_errands = SessionErrands(screen, opener)
    screen.session_browser = SessionBrowser(screen, opener, screen.session_errands)
    screen.block_errands = BlockErrands(screen)
    screen.saving = Saving(screen)
    screen.line_completion = LineCompletion(screen, opener)
    screen.lines = Lines(screen, opener)
    screen.controls = Controls(screen)
    screen.output_errands = OutputErrands(screen)
