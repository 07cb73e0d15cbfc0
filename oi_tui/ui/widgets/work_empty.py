"""What the work column shows before there is any work: where things will be, in a calm voice."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Middle
from textual.content import Content

from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic


class WorkEmpty(Middle):
    """A quiet page with the keys of an approval."""

    DEFAULT_CSS = """
    WorkEmpty {
        align: center middle;
        padding: 0 0 5 0;
        & > SafeStatic { width: auto; max-width: 100%; color: $muted; padding: 0 2; }
        & > .work-empty--title { padding: 0 2 1 2; color: $foreground; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield SafeStatic(tr("Nothing runs without you"), classes="work-empty--title")
        rows = (
            ("y", tr("run the code the model proposes")),
            ("e", tr("change it first")),
            ("n", tr("reject it, and let the model go on")),
            ("Esc", tr("reject it, and stop")),
        )
        lines = [Content.assemble((f"{key:>3}", "bold $primary"), "  ", text) for key, text in rows]
        yield SafeStatic(Content("\n").join(lines))
