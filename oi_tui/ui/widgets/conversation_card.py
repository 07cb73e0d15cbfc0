"""A proposal and its run as a card: state, code, the end of the output; folded unless opened.

Owns the words for each state and what is folded. Knows no scrolling and no engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from oi_tui.protocol.items import Decider, RunStatus
from oi_tui.text.ansi import plain_output
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import CodeBlock, CodeState
from oi_tui.ui.markdown.highlight import highlight
from oi_tui.ui.markdown.palette import Palette
from oi_tui.ui.markdown.wrap import Row, chop, expand_tabs, pad, truncate, width_of
from oi_tui.ui.widgets.conversation_views import GetPalette, margins, shaded

FOLDED_LINES = 12  # of code, while folded
UNDECIDED_LINES = 3  # the same, while the approval panel beside it shows the code whole
PREVIEW_LINES = 6  # of output, while folded
CHUNK = 60  # lines drawn in one go when unfolded
FOLD_META = "conversation_fold"  # on the rows that a click unfolds
_SLACK = 2  # folding away so few lines would help no one
_PREVIEW_BYTES = 8192


@dataclass(frozen=True, slots=True)
class _Part:
    """What one section of the card shows."""

    draw: Callable[[int], list[Row]]  # rows of at most so many cells, the card's ground included
    height: int


class CardView:
    """One proposal."""

    def __init__(self, block: CodeBlock, palette: GetPalette) -> None:
        self.block = block
        self.expanded = False
        self._verbose = False
        self._get_palette = palette
        self._parts: list[_Part] | None = None

    @property
    def can_fold(self) -> bool:
        """Whether there is more to see than the folded card shows."""
        many = _code_of(self.block).count("\n") + 1 > _folded_lines(self.block) + _SLACK
        return many or self._output_lines() > PREVIEW_LINES

    def toggle(self) -> None:
        """Unfold or fold the card."""
        self.expanded = not self.expanded
        self._parts = None

    def set_verbose(self, on: bool) -> None:
        """Show the details of a run as well, or no longer."""
        self._verbose = on
        self._parts = None

    def refresh(self) -> int:
        """Take note of a change; return the first section that changed."""
        self._parts = None
        return 0

    def estimate(self, width: int) -> int:
        """Guess the rows."""
        lines = _code_of(self.block).count("\n") + 1
        output = min(self._output_lines(), PREVIEW_LINES + 1)
        return 3 + output + (lines if self.expanded else min(lines, _folded_lines(self.block) + 1))

    def sections(self) -> int:
        """Return the sections of the card."""
        return len(self._cut())

    def estimate_section(self, index: int, width: int) -> int:
        """Guess the rows of a section."""
        return self._cut()[index].height

    def draw(self, index: int, width: int) -> list[Strip]:
        """Draw a section."""
        left, measure = margins(width)
        lead = Segment(" " * (left - 1))
        rows = self._cut()[index].draw(measure + 1)
        strips = [Strip([lead, *row] if row else []) for row in rows]
        return shaded(strips, self.block, self._get_palette())

    def text(self) -> str:
        """Return what copying the block gives: the code."""
        return self.block.code

    def searched(self) -> str:
        """Return what a search looks at: the code and what it printed."""
        output = self.block.output
        printed = b"\n".join((output.head, output.tail))
        return f"{self.block.code}\n{printed.decode(errors='replace')}"

    # -- sections ---------------------------------------------------------------------------------
    def _cut(self) -> list[_Part]:
        if self._parts is None:
            self._parts = self._unfolded() if self.expanded else [_Part(self._folded, 8)]
        return self._parts

    def _folded(self, width: int) -> list[Row]:
        block, card = self.block, _Card(self._get_palette(), width)
        code = _code_of(block)
        total = code.count("\n") + 1
        limit = _folded_lines(block)
        shown = total if total <= limit + _SLACK else limit
        lines = "\n".join(code.split("\n", shown)[:shown])
        colored = highlight(lines, block.language, card.palette) if code else []
        digits = len(str(shown))
        rows = [_header(block, card)]
        for number, line in enumerate(colored, 1):
            rows += card.line(line, number, digits, active=number == block.line, whole=False)
        if total > shown:
            more = trn("… {count} more line", "… {count} more lines", total - shown)
            rows.append(card.hint(more, digits, folds=True))
        rows += self._preview(card, digits)
        rows += _remarks(block, card, digits, verbose=self._verbose)
        return [*rows, []]

    def _unfolded(self) -> list[_Part]:
        block = self.block
        parts = [_Part(lambda width: [_header(block, _Card(self._get_palette(), width))], 1)]
        lines = _code_of(block).split("\n")
        digits = len(str(len(lines)))
        for start in range(0, len(lines), CHUNK):
            chunk = lines[start : start + CHUNK]
            parts.append(self._code_part(chunk, start, digits))
        output = ["", *_all_output(block).split("\n")] if _output_size(block) else []
        parts += [
            self._output_part(output[start : start + CHUNK], digits)
            for start in range(0, len(output), CHUNK)
        ]

        def end(width: int) -> list[Row]:
            card = _Card(self._get_palette(), width)
            return [*_remarks(block, card, digits, verbose=self._verbose), []]

        return [*parts, _Part(end, 1)]

    def _code_part(self, lines: list[str], start: int, digits: int) -> _Part:
        def draw(width: int) -> list[Row]:
            card = _Card(self._get_palette(), width)
            rows: list[Row] = []
            colored = highlight("\n".join(lines), self.block.language, card.palette)
            for number, line in enumerate(colored, start + 1):
                active = number == self.block.line
                rows += card.line(line, number, digits, active=active, whole=True)
            return rows

        return _Part(draw, len(lines))

    def _output_part(self, lines: list[str], digits: int) -> _Part:
        def draw(width: int) -> list[Row]:
            card = _Card(self._get_palette(), width)
            return [row for line in lines for row in card.output(line, digits, whole=True)]

        return _Part(draw, len(lines))

    # -- output -----------------------------------------------------------------------------------
    def _output_lines(self) -> int:
        output = self.block.output
        return output.head.count(b"\n") + output.tail.count(b"\n")

    def _preview(self, card: _Card, digits: int) -> list[Row]:
        if not _output_size(self.block):
            return []
        output = self.block.output
        latest = bytes((output.tail or output.head)[-_PREVIEW_BYTES:])
        lines = plain_output(latest).rstrip("\n").split("\n")
        rows = [card.hint("", digits)]
        if output.omitted:
            total = tr("… {size} of output in all", size=_size(_output_size(self.block)))
            rows.append(card.note(total, digits))
        elif self._output_lines() > PREVIEW_LINES + 1:
            number = f"{self._output_lines():,}"
            rows.append(card.note(tr("… {number} lines of output in all", number=number), digits))
        for line in lines[-PREVIEW_LINES:]:
            rows += card.output(line, digits, whole=False)
        return rows


FOLDS = Style.from_meta({FOLD_META: True})


class _Card:
    """Draws rows on the card's ground."""

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.ground = palette["card"]

    def line(self, line: Row, number: int, digits: int, *, active: bool, whole: bool) -> list[Row]:
        """Draw a line of code behind its number."""
        ground = self.ground + self.palette["card_active"] if active else self.ground
        name = "card_mark" if active else "card_number"
        mark = "▸" if active else " "
        lead = Segment(f"{mark}{number:>{digits}} ", ground + self.palette[name])
        return self._rows(line, lead, ground, whole=whole)

    def output(self, line: str, digits: int, *, whole: bool) -> list[Row]:
        """Draw a line of output behind a bar."""
        lead = Segment(f" {'│':>{digits}} ", self.ground + self.palette["card_number"])
        text = Segment(plain(line), self.palette["card_output"])
        return self._rows([text], lead, self.ground, whole=whole)

    def note(self, text: str, digits: int) -> Row:
        """Draw a line of our own among the output, behind the same bar."""
        lead = Segment(f" {'│':>{digits}} ", self.ground + self.palette["card_number"])
        style = self.palette["card_muted"] + FOLDS
        return self._rows([Segment(text, style)], lead, self.ground)[0]

    def hint(
        self, text: str, digits: int, style: str = "card_muted", *, folds: bool = False
    ) -> Row:
        """Draw a line of our own."""
        row = [Segment(" " * (digits + 2), self.ground)]
        room = max(1, self.width - digits - 3)
        drawn = self.ground + self.palette[style] + (FOLDS if folds else Style.null())
        row += truncate([Segment(text, drawn)], room)
        return pad(row, self.width, self.ground)

    def _rows(self, line: Row, lead: Segment, ground: Style, *, whole: bool = False) -> list[Row]:
        room = max(1, self.width - len(lead.text) - 1)
        text = [
            Segment(expand_tabs(part.text), ground + (part.style or Style.null())) for part in line
        ]
        parts = chop(text, room) if whole else [truncate(text, room)]
        later = Segment(" " * len(lead.text), ground)
        return [
            pad([later if index else lead, *part], self.width, ground)
            for index, part in enumerate(parts)
        ]


def _folded_lines(block: CodeBlock) -> int:
    undecided = block.state in (CodeState.STREAMING, CodeState.WAITING)
    return UNDECIDED_LINES if undecided else FOLDED_LINES


def _code_of(block: CodeBlock) -> str:
    """Return the code as it is shown: the line feed at its end begins no line."""
    return block.code.removesuffix("\n")


def _header(block: CodeBlock, card: _Card) -> Row:
    palette, ground = card.palette, card.palette["card_header"]
    name = Segment(" " + one_line(block.language or tr("code"), 24), ground + palette["card_name"])
    mark, words, style = state_of(block)
    notes = [words]
    if block.by is Decider.AUTO_RUN:
        notes.append(tr("auto-run"))
    if block.edited:
        notes.append(tr("edited"))
    if block.state is CodeState.FINISHED and block.seconds:
        notes.append(_duration(block.seconds))
    state = Segment(f"{mark} {' · '.join(notes)} ", ground + palette[style])
    left = truncate([name], max(1, card.width - 2))
    gap = card.width - width_of(left) - width_of([state])
    if gap < 1:
        return pad(truncate([*left, Segment(" ", ground), state], card.width), card.width, ground)
    return [*left, Segment(" " * gap, ground), state]


def state_of(block: CodeBlock) -> tuple[str, str, str]:
    """Return the mark, the words and the style that say where a proposal stands."""
    match block.state:
        case CodeState.STREAMING:
            return "…", tr("writing"), "card_muted"
        case CodeState.UNRUNNABLE:
            return "✗", tr("cannot run"), "error"
        case CodeState.WAITING:
            return "▸", tr("waiting for you"), "warning"
        case CodeState.APPROVED:
            return "▸", tr("approved"), "card_muted"
        case CodeState.REJECTED if block.by is Decider.USER:
            return "−", tr("rejected"), "card_muted"
        case CodeState.REJECTED:
            return "−", tr("not run"), "card_muted"
        case CodeState.RUNNING if block.waiting:
            return "▸", tr("waiting for input"), "warning"
        case CodeState.RUNNING if block.line:
            return "●", tr("running line {line}", line=block.line), "running"
        case CodeState.RUNNING:
            return "●", tr("running"), "running"
        case _:
            return _ending(block)


def _ending(block: CodeBlock) -> tuple[str, str, str]:
    match block.status:
        case None if block.exit_code is None:
            return "·", tr("not run here"), "card_muted"
        case RunStatus.OK if not block.exit_code:
            return "✓", tr("done"), "success"
        case RunStatus.INTERRUPTED:
            return "■", tr("interrupted"), "warning"
        case RunStatus.DIED:
            return "✗", tr("the shell ended"), "error"
        case RunStatus.REFUSED:
            return "✗", tr("not run"), "error"
        case _ if block.exit_code is not None:
            return "✗", tr("exit {code}", code=block.exit_code), "error"
        case _:
            return "✗", tr("error"), "error"


def _remarks(block: CodeBlock, card: _Card, digits: int, *, verbose: bool) -> list[Row]:
    """Return what is said below: why it cannot run, why it was rejected, what it showed."""
    rows = []
    for display in block.displays:
        kind = one_line(display.mime, 40)
        text = tr("▦ {kind}, {size}", kind=kind, size=_size(len(display.data)))
        rows.append(card.hint(text, digits))
    if block.problem:
        rows.append(card.hint(one_line(block.problem, 400), digits, "error"))
    if block.reason:
        reason = one_line(block.reason, 400)
        rows.append(card.hint(tr("You said: {reason}", reason=reason), digits))
    if block.detail:
        rows.append(card.hint(one_line(block.detail, 400), digits))
    if verbose:
        rows += [card.hint(line, digits) for line in _details(block)]
    return rows


def _details(block: CodeBlock) -> list[str]:
    """Return what is recorded of a run beside its output."""
    lines = [_decided(block)] if block.by is not None else []
    if block.digest:
        lines.append(tr("SHA-256 {digest}", digest=block.digest))
    if block.folder:
        lines.append(tr("In {folder}", folder=one_line(block.folder, 200)))
    if block.output_bytes:
        lines.append(tr("Printed {size}", size=_size(block.output_bytes)))
    return lines


def _decided(block: CodeBlock) -> str:
    """Return who decided, and how the run ended."""
    who = {
        Decider.USER: tr("Decided by you"),
        Decider.AUTO_RUN: tr("Decided by auto-run"),
        Decider.SESSION_GRANT: tr("Allowed by you for this session"),
        Decider.INTERRUPT: tr("Decided by an interrupt"),
        Decider.SHUTDOWN: tr("Decided by quitting"),
        Decider.ENGINE: tr("Refused: it could not run or be recorded"),
    }
    said = who[block.by] if block.by is not None else ""
    if block.exit_code is not None:
        said += " · " + tr("exit {code}", code=block.exit_code)
    return f"{said} · {block.seconds:.3f} s" if block.status is not None else said


def _output_size(block: CodeBlock) -> int:
    return len(block.output.head) + block.output.omitted + len(block.output.tail)


def _all_output(block: CodeBlock) -> str:
    """Return all recorded output, with a line for the part that was not kept."""
    output = block.output
    text = plain_output(bytes(output.head)).rstrip("\n")
    if output.omitted:
        gap = tr("… {size} not kept …", size=_size(output.omitted))
        text += f"\n{gap}\n" + plain_output(bytes(output.tail)).rstrip("\n")
    return text


def _duration(seconds: float) -> str:
    if seconds < 10:
        return tr("{seconds} s", seconds=f"{seconds:.1f}")
    if seconds < 60:
        return tr("{seconds} s", seconds=f"{seconds:.0f}")
    minutes, rest = divmod(int(seconds), 60)
    return tr("{minutes} min {seconds:02} s", minutes=minutes, seconds=rest)


def _size(count: int) -> str:
    if count < 1000:
        return tr("{number} bytes", number=count)
    if count < 1_000_000:
        return tr("{number} kB", number=f"{count / 1000:.0f}")
    return tr("{number} MB", number=f"{count / 1_000_000:.1f}")
