"""A session as one HTML page: nothing foreign is markup, nothing comes from elsewhere, no script.

Owns the page's structure and its policy, which tells browsers the same. Pure.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from oi_tui.formats.kept import KeptSession, has_run, is_picture, output_text
from oi_tui.formats.markdown import picture_address
from oi_tui.formats.page_code import colored, honest, rendered
from oi_tui.formats.page_style import style_sheet
from oi_tui.formats.words import day, decision_notes, duration, notice_text
from oi_tui.protocol.items import RunStatus
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import (
    Block,
    CodeBlock,
    Display,
    NoticeBlock,
    NoticeKind,
    PromptBlock,
    ProseBlock,
)

_OPEN_LINES = 40  # output longer than this is folded


def page(session: KeptSession) -> str:
    """Return the whole file."""
    title = escape(one_line(session.title, 200) or tr("Session"))
    style = style_sheet()
    facts = (day(session.started), one_line(session.model), one_line(session.folder, 200))
    shown = escape(" · ".join(fact for fact in facts if fact))
    body = "\n".join(part for block in session.blocks for part in _block(block))
    return (
        '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f'<header><h1>{title}</h1><p class="facts">{shown}</p></header>\n{body}\n'
        f"<footer>{escape(tr('A session of oi-tui'))}</footer>\n"
        "</main>\n</body>\n</html>\n"
    )


def _policy(style: str) -> str:
    """Return what a browser may load: pictures within the page, and this one style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case PromptBlock():
            yield f'<section class="prompt">{escape(plain(block.text).strip())}</section>'
        case ProseBlock() if block.text.strip():
            yield f'<section class="prose">{rendered(block.text)}</section>'
        case CodeBlock():
            yield f'<section class="run">{"".join(_code(block))}</section>'
        case NoticeBlock() if said := notice_text(block):
            bad = " bad" if block.kind is NoticeKind.ERROR else ""
            yield f'<p class="notice{bad}">{escape(said)}</p>'
        case _:
            pass


def _code(block: CodeBlock) -> Iterator[str]:
    language = escape(one_line(block.language, 40) or tr("code"))
    yield f"<div><b>{language}</b>{_state(block)}</div>"
    yield f"<pre><code>{colored(block.code, block.language)}</code></pre>"
    # How it ended stands above it already.
    if notes := " ".join([*decision_notes(block), one_line(block.detail, 300)]).strip():
        yield f'<p class="note">{escape(notes)}</p>'
    if has_run(block):
        yield from _output(output_text(block).strip("\n"))
        for display in block.displays:
            yield _display(display)


def _state(block: CodeBlock) -> str:
    if block.status is None:
        return "" if has_run(block) else f"<i>{escape(tr('not run'))}</i>"
    time = escape(duration(block.seconds)) if block.seconds else ""
    match block.status:
        case RunStatus.OK | RunStatus.EXIT if not block.exit_code:
            color, word = "good", tr("✓ done")
        case RunStatus.INTERRUPTED:
            color, word = "warn", tr("■ interrupted")
        case _ if block.exit_code:
            color, word = "bad", tr("✗ exit {code}", code=block.exit_code)
        case _:
            color, word = "bad", tr("✗ failed")
    return f'<i><span class="{color}">{escape(word)}</span> {time}</i>'


def _output(text: str) -> Iterator[str]:
    if not text:
        return
    count = text.count("\n") + 1
    lines = escape(trn("Output, {count} line", "Output, {count} lines", count))
    is_open = " open" if count <= _OPEN_LINES else ""
    yield f"<details{is_open}><summary>{lines}</summary><pre>{honest(text)}</pre></details>"


def _display(display: Display) -> str:
    if is_picture(display):
        # A picture can't run anything, whatever it is drawn with.
        address = escape(picture_address(display))
        return f'<p class="picture"><img alt="{escape(tr("picture"))}" src="{address}"></p>'
    text = honest(display.data.decode("utf-8", "replace"))
    said = escape(tr("What it showed ({kind})", kind=one_line(display.mime, 40)))
    return f"<details><summary>{said}</summary><pre>{text}</pre></details>"
