"""What is shown in a window too small to work in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Middle

from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic

MIN_COLUMNS = 60
MIN_ROWS = 15


def is_too_small(columns: int, rows: int) -> bool:
    """Tell whether the panes would no longer be of use."""
    return columns < MIN_COLUMNS or rows < MIN_ROWS


class TooSmall(Middle):
    """Covers the whole screen while the window is too small; keys still work."""

    DEFAULT_CSS = """
    TooSmall {
        display: none;
        layer: cover;
        dock: top;
        width: 100%;
        height: 100%;
        background: $background;
        & > SafeStatic { width: 100%; text-align: center; padding: 0 1; }
        & > #too-small-stop { color: $muted; padding: 1 1 0 1; }
    }
    """

    def __init__(self, stop_key: str, quit_key: str) -> None:
        super().__init__()
        self._stop_key, self._quit_key = stop_key, quit_key

    def compose(self) -> ComposeResult:
        """Say what is wrong, what is needed, and which keys still work."""
        yield SafeStatic(
            tr(
                "This window is too small. oi-tui needs {columns} × {rows}.",
                columns=MIN_COLUMNS,
                rows=MIN_ROWS,
            )
        )
        keys = tr("{stop} stops what runs · {quit} quits", stop=self._stop_key, quit=self._quit_key)
        yield SafeStatic(keys, id="too-small-stop")
