"""Commands in the conversation in the terminal: `%undo`, `%save_message`, `!ls` and the others.

Owns what each means here. The grammar is the registry's. What only the full screen can do is said
kindly.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from oi_tui import __version__
from oi_tui.api.setup import value_of_text
from oi_tui.commands.command import ArgumentError, Command, Export, Group, Intent
from oi_tui.commands.registry import ParsedCommand, find
from oi_tui.commands.requests import switch
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.engine.compaction import offer
from oi_tui.formats.kinds import FormatError
from oi_tui.formats.message_files import message_file, read_message_file, write_message_file
from oi_tui.protocol import ops
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import blocks_to_rerun

if TYPE_CHECKING:
    from oi_tui.api.driver import Driver
    from oi_tui.api.interpreter import OpenInterpreter
    from oi_tui.api.terminal_view import TerminalView

ON_SCREEN_ONLY = (
    Intent.SHOW_KEYS,
    Intent.SHOW_SETTINGS,
    Intent.VERBOSE,
    Intent.SHOW_SESSIONS,
    Intent.OPEN_SESSION,
    Intent.PIN_SESSION,
    Intent.BRANCH_SESSION,
    Intent.DELETE_SESSION,
    Intent.IMPORT_SESSION,
    Intent.CHOOSE_THEME,
    Intent.ENTER_KEY,
    Intent.SET_THEME,
    Intent.COPY_LAST,
)


class Commands:
    """Carries out the commands of one conversation. `turn` performs an op that takes a turn."""

    def __init__(
        self,
        interpreter: OpenInterpreter,
        driver: Driver,
        view: TerminalView,
        turn: Callable[[ops.Op], None],
    ) -> None:
        self._interpreter, self._driver, self._view = interpreter, driver, view
        self._turn = turn
        self._written: set[tuple[str, Path]] = set()  # a session, and the file it wrote

    def carry_out(self, parsed: ParsedCommand) -> None:
        """Do what a command asks for.

        Raises:
            InterpreterError, TypeError, ValueError, OSError: it can't be done; the text says why.
        """
        match parsed.request:
            case Intent() as intent:
                self._fulfil(intent, parsed)
            case Export(form, path):
                self._export(form, path)
            case request:
                self._perform(request)

    # -- ops ------------------------------------------------------------------------------------
    def _perform(self, op: ops.Op) -> None:
        interpreter, say = self._interpreter, self._view.note
        match op:
            case ops.ResetSession():
                interpreter.reset()
                say(tr("The conversation begins anew; shells too."))
            case ops.SetModel(model):
                interpreter.model = model
                say(tr("Model: {model}", model=model))
            case ops.SetAutoRun(on):
                self._set_auto_run(on)
            case ops.SetSystemMessage(text):
                interpreter.system_message = text
                say(tr("The system message is set."))
            case ops.SetSetting(name, text):
                self._driver.change(name, value_of_text(name, text))
                say(f"{name} = {self._driver.setting(name)}")
            case ops.UndoTurn() | ops.RedoTurn() | ops.RestoreHistory():
                problem = self._driver.open().perform(op)
                done = tr("Taken back.") if isinstance(op, ops.UndoTurn) else tr("Put back.")
                say(problem or done)
            case ops.RenameSession() | ops.PinSession() | ops.RestartShell():
                self._driver.open().engine.submit(op)
                say(tr("Done."))
            case _:
                self._driver.prepare(self._driver.open())
                self._turn(op)

    def _set_auto_run(self, on: bool) -> None:
        self._interpreter.auto_run = on
        if on:
            self._view.note(tr("auto-run is on: code runs without asking"), "bold red")
        else:
            self._view.note(tr("Code is asked about again."))

    # -- intents --------------------------------------------------------------------------------
    def _fulfil(self, intent: Intent, parsed: ParsedCommand) -> None:
        interpreter, argument, say = self._interpreter, parsed.argument, self._view.note
        match intent:
            case Intent.SHOW_HELP:
                say(help_text(argument, self._view.console.width), "")
            case Intent.SHOW_TOKENS:
                say(self._tokens(argument), "")
            case Intent.SHOW_INFO:
                say(self._info(), "")
            case Intent.SHOW_INSTRUCTIONS:
                say(interpreter.system_message, "")
            case Intent.DEBUG:
                interpreter.debug_mode = switch(argument) if argument else True
            case Intent.TOGGLE_AUTO_RUN:
                self._set_auto_run(not interpreter.auto_run)
            case Intent.CHOOSE_MODEL:
                say(tr("Model: {model}", model=interpreter.model or tr("none")))
            case Intent.SAVE_MESSAGES:
                self._save(argument)
            case Intent.LOAD_MESSAGES:
                self._load(argument)
            case Intent.NEW_SESSION:
                interpreter.reset()
                say(tr("A new conversation; the one before is kept."))
            case Intent.RERUN:
                self._rerun()
            case Intent.COMPACT:
                self._compact(argument)
            case _:
                say(
                    tr(
                        "{command} needs the full screen: leave with Ctrl-D and start oi-tui.",
                        command=f"%{parsed.name}",
                    )
                )

    def _save(self, path: str) -> None:
        target = message_file(os.getcwd(), path)
        mine = (self._interpreter.session_id, target)
        if target.is_file() and mine not in self._written and not self._may_replace(target):
            self._view.note(tr("Nothing was written."))
            return
        write_message_file(target, self._driver.messages())
        self._written.add(mine)
        self._view.note(tr("Saved to {path}", path=target))

    def _may_replace(self, path: Path) -> bool:
        question = tr("{path} exists. Replace it? [y]es [n]o ", path=plain(str(path)))
        answer = self._view.terminal.ask(question, lambda: False)
        return (answer or "").strip().lower() in ("y", "yes")

    def _load(self, path: str) -> None:
        source = message_file(os.getcwd(), path)
        try:
            raw = read_message_file(source)
        except (OSError, FormatError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise ValueError(f"{source}: {why}") from None
        self._driver.replace(raw)
        count = len(raw) if isinstance(raw, list) else 0
        self._view.note(trn("{count} message was loaded.", "{count} messages were loaded.", count))

    def _rerun(self) -> None:
        blocks = self._driver.open().with_blocks(blocks_to_rerun)
        if blocks:
            self._perform(ops.ReplayRuns(blocks))
        else:
            self._view.note(tr("No code of this conversation ran well yet."))

    def _compact(self, hint: str) -> None:
        plan = self._driver.open().engine.compaction_plan()
        if plan is None:
            self._view.note(tr("There is nothing to sum up yet."))
            return
        for line in offer(plan):
            self._view.note(line)
        question = tr("Sum them up? [y]es [n]o [c]ut them ")
        answer = (self._view.terminal.ask(question, lambda: False) or "").strip().lower()
        if answer in ("y", "yes", "c", "cut"):
            self._perform(ops.CompactHistory(hint, cut=answer.startswith("c")))

    def _export(self, form: ExportFormat | None, path: str) -> None:
        files = self._driver.export(form or ExportFormat.MARKDOWN, path)
        for file in files:
            self._view.note(tr("Written to {path}", path=file))

    # -- texts ----------------------------------------------------------------------------------
    def _tokens(self, text: str) -> str:
        report = self._driver.open().engine.token_report(text)
        lines = [_count(report.conversation_tokens, report.conversation_cost, tr("would be sent"))]
        if text:
            lines.append(_count(report.text_tokens, report.text_cost, tr("in your text")))
        used = report.used.prompt_tokens + report.used.completion_tokens
        lines.append(_count(used, report.used.cost, tr("used so far")))
        if report.context_window:
            lines.append(tr("{window} fit into the context", window=report.context_window))
        if report.is_estimate:
            lines.append(tr("Counted without the model's tokenizer, so these are estimates."))
        return "\n".join(lines)

    def _info(self) -> str:
        interpreter = self._interpreter
        rows = (
            (tr("Version"), f"oi-tui {__version__}, Python {platform.python_version()}"),
            (tr("System"), platform.platform()),
            (tr("Python"), sys.executable),
            (tr("Model"), interpreter.model or tr("none")),
            (tr("Server"), interpreter.api_base or tr("the provider's")),
            (tr("Session"), interpreter.session_id or tr("none yet")),
            (tr("Kept in"), interpreter.conversation_history_path),
        )
        return "\n".join(f"{name}: {value}" for name, value in rows)


def help_text(name: str, width: int = 80) -> str:
    """Return the commands that work here by group, or what one does."""
    if name:
        command = find(name.lstrip("%/"))
        if command is None:
            return tr("There is no %{name}. %help lists the commands.", name=name.lstrip("%/"))
        return f"{command.usage}\n{command.help}"
    lines: list[str] = []
    for group in Group:
        here = [one for one in COMMANDS if one.group is group and not _needs_screen(one)]
        if here:
            lines += ["", group.heading]
        for command in here:
            lines += _row(command.usage, command.help, width)
    lines += ["", *_row("!COMMAND", RUN_IN_SHELL.help, width)]
    lines += ["", tr("The full screen, oi-tui, has more: sessions, settings, themes.")]
    return "\n".join(lines).strip("\n")


def _needs_screen(command: Command) -> bool:
    try:
        return command.request("") in ON_SCREEN_ONLY
    except ArgumentError:
        return command.request("x 1") in ON_SCREEN_ONLY


def _row(usage: str, text: str, width: int) -> list[str]:
    start = f"  {usage:<26} "
    return wrap(text, max(width, 50), initial_indent=start, subsequent_indent=" " * len(start))


def _count(tokens: int, cost: float | None, what: str) -> str:
    counted = trn("{count} token", "{count} tokens", tokens)
    price = "" if cost is None else f" (${cost:.4f})"
    return f"{counted}{price} {what}"
