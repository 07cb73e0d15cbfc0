"""A scroll view over a `Flow`: keeps the place, follows the end, paints the page.

Owns the scroll position as a place, not as a row: heights that turn out different move nothing
that is seen. Knows no block of the conversation.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from oi_tui.text.translation import tr
from oi_tui.ui.widgets.conversation_flow import Flow, Place
from oi_tui.ui.widgets.conversation_search import marked

WHEEL_ROWS = 3
_JUMP_PAGES = 3  # a longer way is not drawn but estimated
_MOST_COPIED = 20_000  # rows of a selection


class FlowView(ScrollView, can_focus=True):
    """Shows the page of a flow that begins at `place`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.flow = Flow(1)
        self.following = True
        self.place = Place()
        self.selected: int | None = None  # the block under the cursor
        self.margin_width = 0  # cells at the left that are no text
        self.pattern: re.Pattern[str] | None = None  # what is searched, and marked
        self.news_below = False  # something came while not following
        self._page: list[tuple[Place, Strip]] = []
        self._page_top = 0  # the row of the page's first line
        self._share = 0.0  # how far into its section the place is
        self._base: Style | None = None  # the widget's style, while many rows are painted

    @property
    def page_size(self) -> Size:
        """The cells that rows are painted in."""
        return self.scrollable_content_region.size

    # -- placing ----------------------------------------------------------------------------------
    def settle(self) -> None:
        """Find out what the page shows now, and repaint what of it is new."""
        width, height = self.page_size
        if not width or not height:
            return
        if width != self.flow.width:  # made while there was no room; no resize need follow
            self.lay_out()
            return
        self.place = self.flow.valid(self.place)
        last = self.flow.last_page(height)
        if self.following or last <= self.place:
            self.place = last
            self.following = True
        if self.following:
            self.news_below = False
        page = []
        for placed in self.flow.rows(self.place):
            page.append(placed)
            if len(page) == height:
                break
        before, self._page = self._page, page
        self._remember_share()
        self._move_scrollbar(height)
        self._repaint(before, width, height)

    def _move_scrollbar(self, height: int) -> None:
        """Set scroll position and size past their watchers: those lay out the whole screen."""
        total = self.flow.total()
        top = self.flow.top(self.place)
        self._page_top = top
        if self.following:
            total = max(height, top + height)
        self.set_reactive(FlowView.virtual_size, Size(self.page_size.width, total))
        self.set_reactive(FlowView.scroll_y, float(top))
        self.set_reactive(FlowView.scroll_target_y, float(top))
        bar = self.vertical_scrollbar
        bar.window_virtual_size = total
        bar.window_size = height
        bar.position = top

    def _repaint(self, before: list[tuple[Place, Strip]], width: int, height: int) -> None:
        """Refresh from the first row that differs to the last."""
        now = self._page
        most = max(len(before), len(now))
        rows = [
            y
            for y in range(most)
            if y >= len(before) or y >= len(now) or before[y][1] is not now[y][1]
        ]
        if self.news_below:
            rows.append(height - 1)
        if rows:
            self.refresh(Region(0, rows[0], width, rows[-1] - rows[0] + 1))

    def _remember_share(self) -> None:
        height = 1
        if self._page:
            height = max(1, len(self.flow.strips(self.place.block, self.place.section)))
        self._share = self.place.line / height

    def lay_out(self) -> None:
        """Lay everything out for the present width, the place kept."""
        width = self.page_size.width
        if not width:
            return
        share = self._share
        self.flow.resize(width)
        if not self.following:
            self.place = self.flow.kept(self.place, share)
        self._page = []
        self.settle()
        self._share = self._share if self.following else share
        self.refresh()

    def _on_resize(self, event: events.Resize) -> None:
        self.lay_out()

    # -- scrolling --------------------------------------------------------------------------------
    def scroll_rows(self, rows: int) -> None:
        """Scroll by rows; at the end, follow it from then on."""
        if not len(self.flow):
            return
        if self.following and rows > 0:
            return
        target = self.flow.moved(self.place, rows)
        self.show_place(target)

    def action_page(self, way: int) -> None:
        """Scroll by a page."""
        self.scroll_rows(way * max(1, self.page_size.height - 1))

    def show_place(self, place: Place) -> None:
        """Make a place the first row of the page, or follow if nothing is left below it."""
        last = self.flow.last_page(self.page_size.height)
        self.following = place >= last
        self.place = min(place, last)
        self.settle()

    def show_block(self, block: int) -> None:
        """Scroll as little as needed to see a block, its beginning before all."""
        height = self.page_size.height
        size = 0
        for section in range(self.flow.count(block)):
            size = min(size + len(self.flow.strips(block, section)), height)
            if size == height:
                break
        top = self.flow.top(Place(block))
        first = self.flow.top(self.place)
        if top < first:
            self.show_place(Place(block))
        elif top + size > first + height:
            end = self.flow.moved(Place(block), size)
            self.show_place(self.flow.moved(end, -height))

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following = True
        self.settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll where the scroll bar, or Textual, was told to."""
        rows = round(new_value) - self.flow.top(self.place)
        if not rows or not len(self.flow):
            return
        if abs(rows) <= _JUMP_PAGES * self.page_size.height:
            target = self.flow.moved(self.place, rows)
        else:
            target = self.flow.locate(round(new_value))
        at_end = new_value >= self.max_scroll_y
        if at_end:
            self.follow()
        else:
            self.show_place(target)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()  # Textual would scroll once more
        self.scroll_rows(WHEEL_ROWS)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_rows(-WHEEL_ROWS)

    def place_at(self, y: int) -> Place | None:
        """Return the place painted in a row of the page."""
        return self._page[y][0] if 0 <= y < len(self._page) else None

    # -- painting ---------------------------------------------------------------------------------
    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; offsets for the mouse are only worked out when asked for single rows."""
        self._base = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._base = None

    def render_line(self, y: int) -> Strip:
        """Paint one row of the page."""
        width, height = self.page_size
        base = self._base or self.rich_style
        if self.news_below and y == height - 1:
            return _below_hint(width, self.get_component_rich_style("conversation--below"))
        if y >= len(self._page):
            return Strip.blank(width, base)
        place, strip = self._page[y]
        if place.block == self.selected and not self._ends_block(y):
            strip = self._with_cursor(strip)
        if self.pattern is not None:
            hit = self.get_component_rich_style("conversation--hit", partial=True)
            strip = marked(strip, self.pattern, hit)
        row = self._page_top + y
        strip = self._with_selection(strip.crop_extend(0, width, base).apply_style(base), row)
        return strip if self._base else strip.apply_offsets(0, row)

    def _ends_block(self, y: int) -> bool:
        """Whether a row is the blank one between a block and the next."""
        following = self.place_at(y + 1)
        ends = following is None or following.block != self._page[y][0].block
        return ends and not self._page[y][1].text.strip()

    def _with_cursor(self, strip: Strip) -> Strip:
        mark = Segment("▎", self.get_component_rich_style("conversation--cursor", partial=True))
        return Strip([mark, *strip.crop(1, max(1, strip.cell_length))])

    # -- selection --------------------------------------------------------------------------------
    def _with_selection(self, strip: Strip, row: int) -> Strip:
        selection = self.text_selection
        span = selection.get_span(row) if selection else None
        if span is None:
            return strip
        start, end = _cells_of(strip, span)
        style = self.screen.get_component_rich_style("screen--selection")
        chosen = strip.crop(start, end)
        over = Strip([Segment(s.text, (s.style or Style.null()) + style) for s in chosen])
        return Strip.join([strip.crop(0, start), over, strip.crop(end, strip.cell_length)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, margins left out."""
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else self.flow.total()
        lines = []
        row = first
        for _, strip in self.flow.rows(self._start_of_selection(first)):
            if row > min(last, first + _MOST_COPIED):
                break
            start, end = selection.get_span(row) or (0, 0)
            start = max(start, self.margin_width)
            lines.append(strip.text[start : None if end == -1 else end].rstrip())
            row += 1
        return "\n".join(lines), "\n"

    def _start_of_selection(self, row: int) -> Place:
        """Return the place of a row: exact if it is on or near the page."""
        rows = row - self._page_top
        if abs(rows) <= _MOST_COPIED and self._page:
            return self.flow.moved(self.place, rows)
        return self.flow.locate(row)

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint what is selected."""
        self.refresh()


def _cells_of(strip: Strip, span: tuple[int, int]) -> tuple[int, int]:
    """Return a span of characters as cells."""
    start, end = span
    text = strip.text
    last = strip.cell_length if end == -1 else cell_len(text[:end])
    return cell_len(text[:start]), last


def _below_hint(width: int, style: Style) -> Strip:
    text = tr("↓ more below · End")
    if cell_len(text) + 2 > width:
        text = "↓"
    left = (width - cell_len(text)) // 2
    return Strip([Segment(" " * left + text, style)]).crop_extend(0, width, style)
