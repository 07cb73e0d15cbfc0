"""How a prompt, the model's prose and a notice look in the conversation.

Owns the words of notices and the margins that foreign text cannot reach. Knows no scrolling and
no engine; proposals are drawn by `conversation_card`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from oi_tui.protocol.items import ErrorInfo, Limit
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import Block, NoticeBlock, NoticeKind, PromptBlock, ProseBlock
from oi_tui.ui.markdown.elements import piece_rows
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.splitter import Splitter
from oi_tui.ui.markdown.wrap import Row, pad, wrap

WIDEST = 100  # cells of text in a row; longer ones are hard to read
_ROOMY = 48  # cells from which on the margins are wide
GetPalette = Callable[[], Palette]


def margins(width: int) -> tuple[int, int]:
    """Return the cells left of the text and those that the text may take."""
    left, right = (4, 2) if width >= _ROOMY else (3, 1)
    return left, max(4, min(width - left - right, WIDEST))


def behind_margin(rows: Sequence[Row], left: int, mark: Segment | None = None) -> list[Strip]:
    """Return rows as strips behind the margin, with a mark in it where there is one."""
    if mark is None:
        return [Strip([Segment(" " * left), *row] if row else []) for row in rows]
    return [Strip([Segment(" " * (left - 2)), mark, Segment(" "), *row]) for row in rows]


def shaded(strips: list[Strip], block: Block, palette: Palette) -> list[Strip]:
    """Return rows as they are, or dim and behind a dotted line if their block was taken back."""
    if not block.undone:
        return strips
    line = Segment(" ┊", palette["rule"])
    plain_style = palette["muted"] + Style(bold=False, italic=False, underline=False)
    dim = []
    for strip in strips:
        rest = strip.crop(2, max(2, strip.cell_length))
        dim.append(Strip([line, *(Segment(s.text, _over(s.style, plain_style)) for s in rest)]))
    return dim


def _over(style: Style | None, above: Style) -> Style:
    return style + above if style else above


@dataclass(frozen=True, slots=True)
class RerunOffer:
    """How many blocks can be run again, and the keys that go there and take the offer."""

    count: int
    go_key: str
    take_key: str

    def words(self) -> str:
        """Return the offer in words."""
        return trn(
            "{go}, then {take}: run {count} block again; you are asked about it first.",
            "{go}, then {take}: run {count} blocks again; you are asked about each.",
            self.count,
            go=self.go_key,
            take=self.take_key,
        )


class WholeView(ABC):
    """A view that is drawn in one go."""

    @abstractmethod
    def estimate(self, width: int) -> int:
        """Guess the rows."""

    def sections(self) -> int:
        """Return 1: there are no parts."""
        return 1

    def estimate_section(self, index: int, width: int) -> int:
        """Guess the rows."""
        return self.estimate(width)

    def refresh(self) -> int:
        """Take note of a change; return the first section that changed."""
        return 0


class PromptView(WholeView):
    """What the person wrote, behind an accent bar."""

    def __init__(self, block: PromptBlock, palette: GetPalette) -> None:
        self.block = block
        self._palette = palette

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        return _guess(self.block.text, margins(width)[1]) + 1

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw the prompt."""
        left, measure = margins(width)
        palette = self._palette()
        rows = wrap([Segment(plain(self.block.text).strip("\n"), palette["prompt"])], measure)
        strips = behind_margin(rows, left, Segment("▌", palette["prompt_bar"]))
        return shaded([*strips, Strip([])], self.block, palette)

    def text(self) -> str:
        """Return what copying the block gives."""
        return self.block.text

    searched = text


class ProseView:
    """What the model wrote. Only pieces that are seen are drawn, only the last is drawn again."""

    def __init__(self, block: ProseBlock, palette: GetPalette) -> None:
        self.block = block
        self._palette = palette
        self._splitter = Splitter()
        self._taken = ""

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        return _guess(self.block.text, margins(width)[1]) + 1

    def sections(self) -> int:
        """Return the pieces of the text, and one for what is said about it."""
        if not self._taken and self.block.pieces:
            self.refresh()
        return len(self._splitter.pieces) + 1

    def estimate_section(self, index: int, width: int) -> int:
        """Guess the rows of a piece."""
        if index == len(self._splitter.pieces):
            return 0
        piece = self._splitter.pieces[index]
        return _guess(piece.source.strip("\n"), margins(width)[1]) + piece.gap

    def refresh(self) -> int:
        """Take the text that is new; return the first section that changed."""
        text = self.block.text
        if not text.startswith(self._taken):
            self._splitter, self._taken = Splitter(), ""
        new = text[len(self._taken) :]
        self._taken = text
        # A last carriage return is held back until what follows it is known.
        return self._splitter.feed(
            new + "\n" if new.endswith("\r") and self.block.finished else new
        )

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw a piece."""
        left, measure = margins(width)
        palette = self._palette()
        if index < len(self._splitter.pieces):
            piece = self._splitter.pieces[index]
            rows = piece_rows(piece, self._splitter.references, palette, measure)
        elif self.block.finished and not self.block.complete:
            rows = [*wrap([Segment(tr("… cut off here"), palette["muted"])], measure), []]
        else:
            rows = []
        return shaded(behind_margin(rows, left), self.block, palette)

    def text(self) -> str:
        """Return what copying the block gives: the Markdown as it was written."""
        return self.block.text

    searched = text

    def links(self) -> list[str]:
        """Return the addresses that the text links to, in order."""
        from oi_tui.ui.markdown.inline import links_in

        palette = Palette()
        found: list[str] = []
        for piece in self._splitter.pieces:
            for row in piece_rows(piece, self._splitter.references, palette, WIDEST):
                found += [address for address in links_in(row) if address not in found]
        return found


class NoticeView(WholeView):
    """Something the program says: one quiet line, or a card for an error."""

    def __init__(self, block: NoticeBlock, palette: GetPalette) -> None:
        self.block = block
        self.offer: RerunOffer | None = None
        self._palette = palette

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        return _guess(self.text(), margins(width)[1]) + 1

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw the notice."""
        left, measure = margins(width)
        palette = self._palette()
        if self.block.error:
            card = _error_card(self.block.error, palette, width)
            return shaded([*card, Strip([])], self.block, palette)
        mark, name = _MARKS.get(self.block.kind, ("·", "notice"))
        rows = wrap([Segment(self.text(), palette["notice"])], measure)
        strips = behind_margin(rows[:1], left, Segment(mark, palette[name]))
        strips = [*strips, *behind_margin(rows[1:], left), Strip([])]
        return shaded(strips, self.block, palette)

    def text(self) -> str:
        """Return what copying the block gives."""
        if self.block.error:
            return "\n".join(text for _, text in _error_lines(self.block.error))
        words = plain(notice_text(self.block))
        return f"{words}\n{self.offer.words()}" if self.offer else words

    searched = text


_MARKS = {
    NoticeKind.LIMIT: ("!", "warning"),
    NoticeKind.WARNING: ("!", "warning"),
    NoticeKind.ERROR: ("✗", "error"),
    NoticeKind.INTERRUPTED: ("■", "warning"),
    NoticeKind.REOPENED: ("↻", "notice"),
    NoticeKind.IMPORTED: ("↧", "notice"),
    NoticeKind.BRANCHED: ("↳", "notice"),
    NoticeKind.AUTO_RUN: ("!", "error"),
    NoticeKind.CONTEXT: ("◔", "warning"),
}


def notice_text(block: NoticeBlock) -> str:
    """Return the words of a notice that is no error."""
    match block.kind:
        case NoticeKind.LIMIT:
            return _limit_text(block.limit)
        case NoticeKind.INTERRUPTED:
            return tr("Interrupted")
        case NoticeKind.TRIMMED:
            return trn(
                "{count} older message no longer fits and is left out of what the model sees",
                "{count} older messages no longer fit and are left out of what the model sees",
                block.count,
            )
        case NoticeKind.REOPENED:
            return tr("Session opened again. Its shells are empty: what ran before is not in them.")
        case NoticeKind.IMPORTED:
            return tr(
                "Imported from {source}. Nothing of it ran or was approved here.",
                source=one_line(block.text, 80),
            )
        case NoticeKind.BRANCHED:
            return tr("A branch begins here. What it was made from stays as it was.")
        case NoticeKind.MODEL:
            return tr("The model is now {model}", model=block.text)
        case NoticeKind.AUTO_RUN if block.count:
            return tr("Auto-run is on: code runs without asking")
        case NoticeKind.AUTO_RUN:
            return tr("Auto-run is off: code waits for you")
        case _:
            return block.text


def _limit_text(limit: Limit | None) -> str:
    match limit:
        case Limit.STEPS:
            return tr("Paused after many steps in a row. Continue if it is on the right way.")
        case Limit.REPETITION:
            return tr("Paused: the model repeats itself. Continue, or tell it what to change.")
        case Limit.BUDGET:
            return tr("Paused before the budget is passed. Raise max_budget to continue.")
        case Limit.TOKENS:
            return tr("Paused: the tokens of this session are used up. Raise max_total_tokens.")
        case Limit.TIME:
            return tr("Paused: the time for one prompt is over. Continue to go on.")
        case Limit.OUTPUT_SIZE:
            return tr("Paused: the reply is very long. Continue to get the rest.")
        case _:
            return tr("Paused at a limit. Continue to go on.")


def _error_lines(error: ErrorInfo) -> list[tuple[str, str]]:
    """Return the lines of an error card, each with the name of its style."""
    lines = [("error", plain(error.title))]
    if error.detail:
        lines.append(("card_text", plain(error.detail)))
    if error.kept:
        lines.append(("card_muted", plain(error.kept)))
    if error.hint:
        lines.append(("card_text", "→ " + plain(error.hint)))
    return lines


def _error_card(error: ErrorInfo, palette: Palette, width: int) -> list[Strip]:
    left, measure = margins(width)
    ground = palette["error_card"]
    strips = []
    for index, (name, text) in enumerate(_error_lines(error)):
        mark = Segment("✗ " if index == 0 else "  ", ground + palette["error"])
        indent = [Segment("  ", ground)]
        body = [Segment(text, ground + palette[name])]
        for at, row in enumerate(wrap(body, max(4, measure - 4))):
            lead = [Segment(" ", ground), mark] if at == 0 else [Segment(" ", ground), *indent]
            strips.append(_card_strip([*lead, *row], left, measure, ground))
    return strips


def _card_strip(row: Row, left: int, measure: int, ground: Style) -> Strip:
    return Strip([Segment(" " * (left - 1)), *pad(row, measure + 1, ground)])


def _guess(text: str, width: int) -> int:
    """Guess the rows of a text: ASCII takes a cell a character, most else two."""
    cells = len(text) if text.isascii() else len(text.encode("utf-8", "replace")) * 2 // 3
    return cells // width + text.count("\n") + 1
