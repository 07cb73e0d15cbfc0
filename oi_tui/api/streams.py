"""Prose and code drawn while they are written, without flicker and without drawing twice.

What can no longer change is printed for good; only the last block lives in a small region that is
redrawn, and never grows beyond the terminal. Where there is no terminal, only whole blocks are
printed. Knows no event.
"""

from __future__ import annotations

import os
import time
from typing import ClassVar

from markdown_it import MarkdownIt
from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.panel import Panel
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

from oi_tui.text.sanitize import one_line, visible

REDRAW_SECONDS = 0.08
LONGEST_COLORED = 100_000  # characters of code; beyond that colors cost more than they tell
_STYLES = Theme({"markdown.code": "bold cyan", "markdown.h1": "bold underline"})
_GRAMMAR = MarkdownIt("commonmark").enable("table")


class Region:
    """The part of the screen that is redrawn. Nothing of it is left once it is closed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._drawn_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it was drawn so long ago that the eye would miss something."""
        return self.console.is_terminal and time.monotonic() - self._drawn_at >= REDRAW_SECONDS

    def draw(self, content: RenderableType) -> None:
        """Show this in place of what it showed."""
        if not self.console.is_terminal:
            return
        if self._live is None:
            self._live = Live(
                console=self.console,
                auto_refresh=False,
                transient=True,
                vertical_overflow="crop",
            )
            self._live.start()
        self._live.update(_Tail(content), refresh=True)
        self._drawn_at = time.monotonic()

    def close(self) -> None:
        """Take it off the screen."""
        if self._live is not None:
            live, self._live = self._live, None
            live.update(Text(""), refresh=True)
            live.stop()


class _Tail:
    """The last lines of something, as many as fit on the screen."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        for line in lines[-max(console.size.height - 2, 1) :]:
            yield from line
            yield Segment.line()


class ProseStream:
    """Markdown under way."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._text = ""
        self._has_printed = False

    def add(self, text: str) -> None:
        """Take more of it, already harmless."""
        self._text += text
        if "\n" in text:
            self._settle()
        if self._region.is_due and self._text.strip():
            self._region.draw(Prose(self._text))

    def finish(self) -> None:
        """Print the rest."""
        self._region.close()
        if self._text.strip():
            self._print(self._text)
        self._text = ""

    def _print(self, text: str) -> None:
        if self._has_printed:
            self._region.console.print()
        self._has_printed = True
        self._region.console.print(Prose(text))

    def _settle(self) -> None:
        size = settled(self._text)
        if size:
            done, self._text = self._text[:size], self._text[size:]
            self._region.close()
            self._print(done)


class CodeStream:
    """Code under way."""

    def __init__(self, region: Region, language: str) -> None:
        self._region, self._language = region, language
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        """Take more of it."""
        self._pieces.append(text)
        if self._region.is_due:
            self._region.draw(code_panel("".join(self._pieces), self._language))

    def finish(self) -> None:
        """Print the whole of it."""
        self._region.close()
        self._region.console.print(code_panel("".join(self._pieces), self._language))


def settled(text: str) -> int:
    """Return how many characters can no longer change: all blocks but the last.

    A line without its end does not count: `1` may become `1. more of the list`.
    """
    text = text[: text.rfind("\n") + 1]
    starts = [
        token.map[0]
        for token in _GRAMMAR.parse(text)
        if token.level == 0 and token.map and token.nesting >= 0
    ]
    if len(starts) < 2:
        return 0
    return sum(len(line) for line in text.splitlines(keepends=True)[: starts[-1]])


class _LeftHeading(Heading):
    """A heading at the left, as in a text."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _LeftHeading,
    }


class Prose:
    """Markdown to print, without empty lines around it.

    Addresses are shown, never hidden behind words.
    """

    def __init__(self, text: str) -> None:
        self._markdown = _Markdown(text, code_theme=_theme(), hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_STYLES):
            lines = console.render_lines(self._markdown, options.update(height=None), pad=False)
        shown = [place for place, line in enumerate(lines) if _has_text(line)]
        for line in lines[shown[0] : shown[-1] + 1] if shown else ():
            yield from _without_padding(line)
            yield Segment.line()


def _without_padding(line: list[Segment]) -> list[Segment]:
    """Return a line without the spaces that fill it up, which are in the way of who copies it."""
    rest = list(line)
    while rest and not rest[-1].text.strip() and not _is_colored(rest[-1]):
        rest.pop()
    if rest and not _is_colored(rest[-1]):
        rest[-1] = Segment(rest[-1].text.rstrip(), rest[-1].style)
    return rest


def _is_colored(segment: Segment) -> bool:
    return segment.style is not None and segment.style.bgcolor is not None


def _has_text(line: list[Segment]) -> bool:
    return any(segment.text.strip() for segment in line)


def code_panel(code: str, language: str, title: str = "") -> Panel:
    """Return code to print, every hidden character as a token."""
    shown = visible(code).rstrip("\n")
    lexer = language if len(shown) <= LONGEST_COLORED else "text"
    syntax = Syntax(
        shown, lexer or "text", theme=_theme(), word_wrap=True, background_color="default"
    )
    name = one_line(title or language or "code", 60)
    return Panel(
        syntax, box=box.HORIZONTALS, title=Text(name), title_align="left", border_style="dim"
    )


def _theme() -> str:
    """Return the colors of the terminal's own palette, for a dark or a light one."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "ansi_light" if background in ("7", "15") else "ansi_dark"
