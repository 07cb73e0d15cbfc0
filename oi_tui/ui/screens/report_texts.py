"""The texts behind `%info`, `%tokens`, `%debug` and `%help NAME`.

Pure: from facts to lines. Knows no widget and no engine.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

import oi_tui
from oi_tui.commands.command import Command
from oi_tui.engine.tokens import TokenReport
from oi_tui.protocol.items import ChatMessage, ShellState
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.ui.keymap import labels_for
from oi_tui.ui.widgets.status_bar import (
    StatusFacts,
    cost_text,
    in_and_out,
    money,
    short_folder,
    speed_text,
)

Row = tuple[str, str]


def columns(rows: Iterable[Row]) -> str:
    """Return names and values below each other; rows without a value are left out."""
    kept = [(name, value) for name, value in rows if value]
    width = max((len(name) for name, _ in kept), default=0) + 2
    return "\n".join(name.ljust(width) + value for name, value in kept)


# -- %info ----------------------------------------------------------------------------------------
def info_text(
    facts: StatusFacts,
    *,
    session_id: str,
    file: str,
    log: str,
    size: tuple[int, int],
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Return what this program knows of where it runs and whom it talks to."""
    unknown = tr("unknown")
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    python = f"{platform.python_version()} ({sys.executable})"
    program = (
        (tr("oi-tui"), oi_tui.__version__),
        (tr("Python"), python),
        (tr("System"), system),
        (tr("Terminal"), terminal_text(size, environ)),
    )
    model = (
        (tr("Model"), one_line(facts.model, 80) or tr("none chosen yet")),
        (tr("Server"), host_of(facts.api_base) or tr("the provider's own")),
        (tr("Context"), _context(facts.context_tokens, facts.context_window) or unknown),
        (tr("Tokens"), in_and_out(facts.usage) or tr("none yet")),
        (tr("Cost"), cost_text(facts.usage) or unknown),
        (tr("Speed"), speed_text(facts.speed) or unknown),
        (tr("Auto-run"), tr("on") if facts.auto_run else tr("off")),
    )
    session = (
        (tr("Session"), session_id or tr("none")),
        (tr("File"), short_folder(file) or tr("none: nothing is kept")),
        (tr("Folder"), short_folder(facts.folder)),
        (tr("Shells"), shells_text(facts.shells) or tr("none started")),
        (tr("Log"), short_folder(log) or tr("none; %debug writes one")),
    )
    return columns((*program, *model, *session))


def terminal_text(size: tuple[int, int], environ: Mapping[str, str]) -> str:
    """Return which terminal this is, and how large."""
    names = [environ.get(name, "") for name in ("TERM_PROGRAM", "TERM", "COLORTERM")]
    named = " · ".join(one_line(name, 40) for name in names if name)
    return f"{named} · {size[0]} × {size[1]}" if named else f"{size[0]} × {size[1]}"


def host_of(address: str) -> str:
    """Return host and port of an address; its path and what it may hold stay out."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.hostname else ""


def shells_text(shells: Mapping[str, ShellState]) -> str:
    """Return the shells and what each is doing."""
    return ", ".join(f"{one_line(name, 20)} ({state.value})" for name, state in shells.items())


# -- %tokens --------------------------------------------------------------------------------------
def tokens_text(report: TokenReport) -> str:
    """Return a token report as a small table."""
    both = report.conversation_tokens + report.text_tokens
    rows = [_counted(tr("Conversation"), report.conversation_tokens, report.conversation_cost)]
    if report.text_tokens:
        cost = report.conversation_cost, report.text_cost
        total = None if cost[0] is None or cost[1] is None else cost[0] + cost[1]
        rows.append(_counted(tr("Your text"), report.text_tokens, report.text_cost))
        rows.append(_counted(tr("Together"), both, total))
    if report.context_window:
        share = f"{both / report.context_window:.0%}"
        rows.append((tr("Window"), f"{report.context_window:,}".rjust(11), share.rjust(10)))
    used = report.used
    rows += [
        ("", "", ""),
        _counted(tr("Session, in"), used.prompt_tokens, None),
        _counted(tr("Session, out"), used.completion_tokens, None),
        _counted(tr("Session"), used.prompt_tokens + used.completion_tokens, used.cost),
    ]
    width = max(len(name) for name, *_ in rows) + 2
    head = " " * width + tr("tokens").rjust(11) + tr("cost").rjust(10)
    return "\n".join([head, *((name.ljust(width) + a + b).rstrip() for name, a, b in rows)])


def tokens_lead(report: TokenReport) -> str:
    """Return what should be known of a token report."""
    said = [tr("What would be sent to {model} now.", model=one_line(report.model, 60))]
    if report.is_estimate:
        said.append(tr("Estimated: this model's own counter is not at hand."))
    if report.conversation_cost is None:
        said.append(tr("Its prices are not known."))
    return " ".join(said)


def _counted(name: str, tokens: int, cost: float | None) -> tuple[str, str, str]:
    return name, f"{tokens:,}".rjust(11), (money(cost) if cost is not None else "").rjust(10)


def _context(tokens: int, window: int) -> str:
    if not window:
        return trn("{count} token", "{count} tokens", tokens) if tokens else ""
    share = f"{tokens / window:.0%}"
    counts = f"{tokens:,}", f"{window:,}"
    return tr("{used} of {window} tokens ({share})", used=counts[0], window=counts[1], share=share)


# -- %debug ---------------------------------------------------------------------------------------
def messages_text(messages: Sequence[ChatMessage]) -> str:
    """Return messages as they would be sent, secrets taken out: role, size, text, calls."""
    parts = []
    for number, message in enumerate(messages, 1):
        size = trn("{count} character", "{count} characters", len(message.text))
        head = f"── {number} · {message.role.value} · {size}"
        answers = tr("answers {call}", call=message.call_id) if message.call_id else ""
        called = [f"{call.name} {call.call_id}\n{call.arguments}" for call in message.calls]
        body = "\n".join(part for part in (message.text, *called) if part)
        parts.append(f"{head}{' · ' if answers else ''}{answers}\n{body}")
    return redactor.redact("\n\n".join(parts))


# -- %help NAME -----------------------------------------------------------------------------------
def command_text(command: Command, keymap: Mapping[str, str]) -> str:
    """Return all there is to say about one command."""
    slash = "/" + command.usage[1:]
    others = ", ".join(f"%{alias}" for alias in command.aliases)
    rows = (
        (tr("Written"), f"{command.usage}  ·  {slash}"),
        (tr("Also"), others),
        (tr("Keys"), labels_for(command.key_id, keymap)),
    )
    return f"{command.help}\n\n{columns(rows)}"
