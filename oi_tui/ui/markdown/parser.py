"""The two Markdown parsers: blocks only (to find where elements begin) and the whole.

Owns the dialect: CommonMark, tables, strikethrough, no HTML, and emphasis that works between
Chinese or Japanese characters. markdown-it is imported at the first text, not before.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

Environment = MutableMapping[str, Any]
_WIDE = (  # the scripts written without spaces, and their punctuation
    ("\u2e80", "\u9fff"),
    ("\ua960", "\ua97f"),
    ("\uac00", "\ud7ff"),
    ("\uf900", "\ufaff"),
    ("\uff00", "\uffef"),
)


def blocks(source: str, environment: Environment) -> list[Token]:
    """Return the block tokens of a text; link definitions go to `environment["references"]`."""
    return _block_parser().parse(source, environment)


def tree(source: str, references: dict[str, Any]) -> SyntaxTreeNode:
    """Return the syntax tree of a text whose links may use `references`."""
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(_parser().parse(source, {"references": dict(references)}))


@cache
def _block_parser() -> MarkdownIt:
    parser = _dialect()
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@cache
def _parser() -> MarkdownIt:
    parser = _dialect()
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def _dialect() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    return parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Take a run of `*` or `_`.

    CommonMark decides by spaces and punctuation round the run whether it opens or closes, which
    fails where no spaces are written: a wide neighbor counts as one.
    """
    from markdown_it.rules_inline.state_inline import Delimiter

    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    end = state.pos + scanned.length
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    loose = marker == "*" and (_is_wide(before) or _is_wide(after))
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open or (loose and not after.isspace()),
                close=scanned.can_close or (loose and not before.isspace()),
            )
        )
    state.pos = end
    return True


def _is_wide(character: str) -> bool:
    return any(low <= character <= high for low, high in _WIDE)
