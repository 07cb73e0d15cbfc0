"""Emphasis, code, links and text within a paragraph, as styled segments.

Every text passes the boundary here: prose through `plain`, code through `visible`. A link is
shown as text and address; its address goes along as metadata of ours, never as a terminal link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from oi_tui.text.sanitize import plain, visible
from oi_tui.ui.markdown.palette import Palette

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

LINK_META = "conversation_link"
SCHEMES = ("http://", "https://", "mailto:")
_ADDRESS = re.compile(
    r"https?://[^\s<>\"'`\u3000-\u303f\uff00-\uffef]+[^\s<>\"'`\u3000-\u303f\uff00-\uffef.,;:!?)\]}]"
)
_STYLES = {"em": "emphasis", "strong": "strong", "s": "strike"}


def inline_segments(
    nodes: Sequence[SyntaxTreeNode], palette: Palette, base: Style | None = None
) -> list[Segment]:
    """Return the segments of inline nodes, drawn on top of `base`."""
    return list(_draw(nodes, palette, base or Style.null()))


def links_in(row: Sequence[Segment]) -> list[str]:
    """Return the addresses that segments link to, in order."""
    found = []
    for segment in row:
        address = segment.style.meta.get(LINK_META) if segment.style else None
        if isinstance(address, str) and address not in found:
            found.append(address)
    return found


def _draw(nodes: Sequence[SyntaxTreeNode], palette: Palette, style: Style) -> Iterator[Segment]:
    for node in nodes:
        kind = node.type
        if kind == "text":
            yield from _text(plain(node.content), palette, style)
        elif kind in ("softbreak", "hardbreak"):
            # A model that begins a new line means it, so a soft break is kept too.
            yield Segment("\n", style)
        elif kind == "code_inline":
            yield Segment(visible(node.content), style + palette["code"])
        elif kind in _STYLES:
            yield from _draw(node.children, palette, style + palette[_STYLES[kind]])
        elif kind == "link":
            yield from _link(node, palette, style)
        elif kind == "image":
            yield from _image(node, palette, style)
        elif node.children:
            yield from _draw(node.children, palette, style)
        else:
            yield Segment(plain(node.content), style)


def _text(text: str, palette: Palette, style: Style) -> Iterator[Segment]:
    at = 0
    for match in _ADDRESS.finditer(text) if "://" in text else ():
        yield Segment(text[at : match.start()], style)
        yield Segment(match.group(), style + palette["link"] + _target(match.group()))
        at = match.end()
    if at < len(text):
        yield Segment(text[at:], style)


def _link(node: SyntaxTreeNode, palette: Palette, style: Style) -> Iterator[Segment]:
    address = plain(str(node.attrs.get("href", "")))
    target = _target(address)
    label = list(_draw(node.children, palette, style + palette["link"]))
    yield from (Segment(s.text, (s.style or style) + target) for s in label)
    shown = "".join(segment.text for segment in label)
    if address and shown not in (address, address.removeprefix("mailto:")):
        separator = " " if shown else ""
        yield Segment(f"{separator}({address})", style + palette["address"] + target)


def _image(node: SyntaxTreeNode, palette: Palette, style: Style) -> Iterator[Segment]:
    address = plain(str(node.attrs.get("src", "")))
    yield Segment(plain(node.content), style + palette["emphasis"])
    if address:
        yield Segment(f" ({address})", style + palette["address"] + _target(address))


def _target(address: str) -> Style:
    return Style.from_meta({LINK_META: address}) if address.startswith(SCHEMES) else Style.null()
