"""Code, output and prose as HTML in which nothing foreign is markup.

Owns escaping, the marks for hidden characters, and the classes that the style sheet colors.
Pygments and the Markdown reader are loaded with the first page, not before. Pure.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from oi_tui.protocol.codec import clean
from oi_tui.text.sanitize import hidden_count, is_hidden, plain, token

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict
    from pygments.lexer import Lexer

_MOST_COLORED = 200_000  # characters; more stays plain, so that no page takes minutes

# The longest beginning of Pygments' short name of a kind of token decides.
_COLORS = {"k": "k", "kc": "m", "kt": "t", "ow": "k", "nt": "k", "s": "s", "m": "m", "l": "m"}
_COLORS |= {"c": "c", "nf": "f", "nb": "f", "fm": "f", "nc": "t", "ne": "t", "na": "t", "nd": "d"}
_COLORS |= {"o": "o", "p": "o", "gi": "s", "gd": "e", "gh": "t", "gu": "t", "cp": "d", "err": ""}
_LINKS = ("http://", "https://", "mailto:")


def honest(text: str) -> str:
    """Return text as HTML: each hidden character marked, kept and unable to reorder the rest."""
    text = clean(text)
    if not hidden_count(text):
        return escape(text)
    return "".join(map(_honest_character, text))


def colored(code: str, language: str) -> str:
    """Return code as HTML with spans of color; an unknown language has none."""
    lexer = _lexer(language.strip().lower()) if len(code) <= _MOST_COLORED else None
    if lexer is None:
        return honest(code)
    from pygments.token import STANDARD_TYPES

    parts: list[str] = []
    run, color = "", ""
    for kind, text in lexer.get_tokens(clean(code) + "\n"):  # some comments need the line's end
        known = next(each for each in reversed(kind.split()) if each in STANDARD_TYPES)
        found = _color(STANDARD_TYPES[known])
        if found != color and text.strip():
            parts.append(_span(run, color))
            run, color = "", found
        run += text
    return "".join([*parts, _span(run.removesuffix("\n"), color)])


def rendered(prose: str) -> str:
    """Return the model's Markdown as HTML: no markup of its own, no pictures, only web links."""
    prose = plain(prose)
    if len(prose) > _MOST_COLORED:
        return f"<pre>{honest(prose)}</pre>"
    html: str = _reader().render(prose)
    return plain(html)  # what entities brought back


def _honest_character(character: str) -> str:
    code_point = ord(character)
    if not is_hidden(code_point):
        return escape(character)
    kept = "" if code_point < 0xA0 else character  # HTML can't carry controls
    return f'<span class="hidden" data-mark="{token(code_point)}">{kept}</span>'


def _span(text: str, color: str) -> str:
    return f'<span class="{color}">{honest(text)}</span>' if color and text else honest(text)


@cache
def _color(short: str) -> str:
    return next((_COLORS[short[:end]] for end in (3, 2, 1) if short[:end] in _COLORS), "")


@cache
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    reader.enable(["table", "strikethrough"]).disable("image")
    reader.add_render_rule("link_open", _link)
    return reader


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, object],
) -> str:
    """Write the start of a link; one that leads anywhere but to the web leads nowhere."""
    link = tokens[index]
    if str(link.attrGet("href")).lower().startswith(_LINKS):
        link.attrSet("rel", "noopener noreferrer nofollow")
    else:
        link.attrs = {}
    return renderer.renderToken(tokens, index, options, env)


def _highlight(code: str, language: str, _attributes: str) -> str:
    return colored(code, language)
