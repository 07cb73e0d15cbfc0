"""The code of a session as plain scripts, one a language, of what ran well and in its order.

What was asked for stands between as comments. Owns how each language writes a comment; never
changes a byte of the code. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oi_tui.formats.kept import KeptSession
from oi_tui.formats.kinds import ExportedFile
from oi_tui.formats.words import day
from oi_tui.protocol.items import RunStatus, code_bytes
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock, PromptBlock


@dataclass(frozen=True, slots=True)
class _Kind:
    """How files of a language look."""

    suffix: str
    comment: str = "#"
    program: str = ""  # for the first line
    trap: str = ""  # what is code even within a comment


_KINDS = {
    "python": _Kind(".py", program="python3"),
    "bash": _Kind(".sh", program="bash"),
    "sh": _Kind(".posix.sh", program="sh"),
    "zsh": _Kind(".zsh", program="zsh"),
    "javascript": _Kind(".js", "//", program="node"),
    "typescript": _Kind(".ts", "//"),
    "r": _Kind(".R", program="Rscript"),
    "ruby": _Kind(".rb", program="ruby"),
    "perl": _Kind(".pl", program="perl"),
    "php": _Kind(".php", "//", trap="?>"),
    "lua": _Kind(".lua", "--", program="lua"),
    "powershell": _Kind(".ps1", program="pwsh"),
    "applescript": _Kind(".applescript", "--", program="osascript"),
    "java": _Kind(".java", "//", trap="\\u"),
    "sql": _Kind(".sql", "--"),
}
SCRIPT_ENDINGS = tuple(kind.suffix for kind in _KINDS.values())
_NAMES = {"shell": "bash", "js": "javascript", "node": "javascript", "py": "python", "rb": "ruby"}


def scripts(session: KeptSession) -> tuple[ExportedFile, ...]:
    """Return one file for each language; none if no code ran well."""
    languages = dict.fromkeys(_language(block) for block in session.blocks if _is_kept(block))
    return tuple(
        ExportedFile(_kind(language).suffix, _script(session, language))
        for language in languages
        if language
    )


def _is_kept(block: object) -> bool:
    return isinstance(block, CodeBlock) and block.status is RunStatus.OK and not block.exit_code


def _language(block: object) -> str:
    name = block.language.strip().lower() if isinstance(block, CodeBlock) else ""
    return _NAMES.get(name, name)


def _kind(language: str) -> _Kind:
    known = _KINDS.get(language)
    return known or _Kind("." + (re.sub("[^a-z0-9]+", "", language)[:16] or "txt"))


def _script(session: KeptSession, language: str) -> bytes:
    kind = _kind(language)
    parts = [_header(session, kind)]
    asked = ""  # the prompt that the next code answers
    for block in session.blocks:
        if isinstance(block, PromptBlock):
            asked = _comment(kind, block.text)
        elif isinstance(block, CodeBlock) and _is_kept(block) and _language(block) == language:
            if asked:
                parts.append(asked.encode("utf-8"))
                asked = ""
            parts.append(code_bytes(block.code).rstrip(b"\n"))
    return b"\n\n".join(parts) + b"\n"


def _header(session: KeptSession, kind: _Kind) -> bytes:
    lines = [f"#!/usr/bin/env {kind.program}"] if kind.program else []
    lines += [_comment(kind, line) for line in _introduction(session)]
    return "\n".join(lines).encode("utf-8")


def _introduction(session: KeptSession) -> Iterator[str]:
    # Foreign text comes third: in the first two lines Python looks for the file's encoding.
    yield tr("Written by oi-tui: the code of the session that ran well, in its order.")
    facts = (one_line(session.title, 200), day(session.started))
    yield " · ".join(fact for fact in facts if fact) or tr("Session")


def _comment(kind: _Kind, text: str) -> str:
    # `plain` leaves no line end but \n, in any language's eyes: no prompt becomes code.
    said = plain(text).strip()
    if kind.trap:
        said = said.replace(kind.trap, " ".join(kind.trap))
    lines = said.split("\n")
    return "\n".join(f"{kind.comment} {line}".rstrip() for line in lines)
