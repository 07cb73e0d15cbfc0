"""Colors of code: Pygments tokens become the few names that a theme gives colors to.

Owns the mapping and the lexing of a window of lines. Knows no widget. Pygments' lexers are
imported with the first code, not before the first frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Span = tuple[str, str]  # text, name of its color
PLAIN = "text"

# The longest prefix of a token's path (as in `str(Token.Literal.String)`) decides.
_NAMES: Mapping[str, str] = {
    "Comment": "comment",
    "Error": PLAIN,
    "Generic.Deleted": "removed",
    "Generic.Inserted": "added",
    "Generic.Heading": "type",
    "Generic.Subheading": "type",
    "Keyword": "keyword",
    "Keyword.Constant": "number",
    "Keyword.Type": "type",
    "Literal.Number": "number",
    "Literal.String": "string",
    "Name.Attribute": "type",
    "Name.Builtin": "function",
    "Name.Class": "type",
    "Name.Decorator": "decorator",
    "Name.Exception": "type",
    "Name.Function": "function",
    "Name.Namespace": "variable",
    "Name.Tag": "keyword",
    "Name.Variable": "variable",
    "Operator": "operator",
    "Operator.Word": "keyword",
    "Punctuation": "operator",
}


@lru_cache(512)
def _name_of(path: tuple[str, ...]) -> str:
    for length in range(len(path), 0, -1):
        name = _NAMES.get(".".join(path[:length]))
        if name is not None:
            return name
    return PLAIN


@lru_cache(32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def highlight(lines: Sequence[str], language: str) -> list[list[Span]]:
    """Return the colored spans of each line; an unknown language is plain text.

    The lines are lexed as they stand: pass some of the lines above for context.
    """
    lexer = _lexer(language) if language else None
    if lexer is None:
        return [[(line, PLAIN)] for line in lines]
    rows: list[list[Span]] = [[]]
    for kind, value in lexer.get_tokens("\n".join(lines)):
        name = _name_of(tuple(kind))
        for number, piece in enumerate(value.split("\n")):
            if number:
                rows.append([])
            if piece:
                rows[-1].append((piece, name))
    rows += [[] for _ in range(len(lines) - len(rows))]
    return rows[: len(lines)]


def syntax_styles(variables: Mapping[str, str]) -> dict[str, Style]:
    """Return the Rich style of each color name from a theme's `$syntax-…` variables."""
    styles = {}
    for variable, color in variables.items():
        kind, _, name = variable.partition("syntax-")
        if not kind and name:
            styles[name] = _style(color, italic=name == "comment")
    return styles


def _style(color: str, *, italic: bool) -> Style:
    from textual.color import Color as ThemeColor

    return Style(color=Color.from_rgb(*ThemeColor.parse(color).rgb), italic=italic or None)
