"""`interpreter.chat()`: a conversation in the terminal, line by line.

Owns the prompt, its history and the way out: Ctrl-D, or Ctrl-C twice. What a line does is a turn's
or a command's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from oi_tui import __version__
from oi_tui.api.commands import Commands
from oi_tui.api.errors import InterpreterError, misuse
from oi_tui.commands.command import Intent
from oi_tui.commands.registry import CommandProblem, parse_line
from oi_tui.protocol import ops
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.api.driver import Driver
    from oi_tui.api.history import Messages
    from oi_tui.api.interpreter import OpenInterpreter
    from oi_tui.api.terminal_view import TerminalView

QUOTES = '"""'  # begin and end several lines


class PromptLoop:
    """One conversation in the terminal."""

    def __init__(self, interpreter: OpenInterpreter, driver: Driver, view: TerminalView) -> None:
        self._interpreter, self._driver, self._view = interpreter, driver, view
        self._commands = Commands(interpreter, driver, view, self._turn)

    def run(self) -> Messages:
        """Ask for lines until the person leaves; return all messages.

        Raises:
            InterpreterError: there is no terminal to ask in.
            KeyboardInterrupt: Ctrl-C twice at the prompt.
        """
        if not self._view.terminal.can_ask:
            raise misuse(
                tr("chat() without a message needs a terminal."),
                tr("Without one: chat(message), or oi-tui run PROMPT."),
            )
        self._greet()
        with own_history():
            self._ask_until_left()
        self._say_goodbye()
        return self._driver.messages()

    def _ask_until_left(self) -> None:
        was_interrupted = False
        while True:
            try:
                line = self._read()
            except EOFError:
                self._view.console.print()
                return
            except KeyboardInterrupt:
                if was_interrupted:
                    raise
                was_interrupted = True
                self._view.note("\n" + tr("Ctrl-D ends the chat; so does Ctrl-C once more."))
                continue
            was_interrupted = False
            try:
                if self._do(line):
                    return
            except KeyboardInterrupt:
                self._view.note(tr("stopped"))
            except (InterpreterError, TypeError, ValueError, OSError) as error:
                self._view.note(str(error), "red")

    def _read(self) -> str:
        """Return what was written; three quotes begin several lines."""
        self._view.console.print()
        text = input("> ")
        if not text.lstrip().startswith(QUOTES):
            return text
        lines = [text.lstrip().removeprefix(QUOTES)]
        while QUOTES not in lines[-1]:
            lines.append(input("… "))
        lines[-1] = lines[-1].partition(QUOTES)[0]
        return "\n".join(lines).strip("\n")

    def _do(self, line: str) -> bool:
        """Do what a line says; True: the person wants to leave."""
        if not line.strip():
            return False
        parsed = parse_line(line)
        if isinstance(parsed, CommandProblem):
            self._view.note(parsed.text, "yellow")
        elif parsed is None:
            self._turn(self._driver.request(line))
        elif parsed.request is Intent.QUIT:
            return True
        else:
            self._commands.carry_out(parsed)
        return False

    def _turn(self, op: ops.Op) -> None:
        turn = self._driver.turn(stream=False, view=self._view)
        with turn.ladder:
            for _chunk in turn.follow(op):
                pass

    def _greet(self) -> None:
        model = self._interpreter.model or tr("no model yet: %model NAME")
        parts = [f"oi-tui {__version__}", model, tr("%help lists the commands, Ctrl-D ends")]
        self._view.note(" · ".join(parts))
        if self._interpreter.auto_run:
            self._view.note(tr("auto-run is on: code runs without asking"), "bold red")

    def _say_goodbye(self) -> None:
        conversation = self._driver.conversation
        for line in conversation.remembered if conversation is not None else ():
            self._view.note(line)


@contextlib.contextmanager
def own_history() -> Iterator[None]:
    """Keep what is typed here out of the history of the person's own Python prompt."""
    try:
        import readline
    except ImportError:  # input() knows no keys then
        yield
        return
    count = readline.get_current_history_length()
    before = [readline.get_history_item(place) for place in range(1, count + 1)]
    readline.clear_history()
    for line in _kept:
        readline.add_history(line)
    try:
        yield
    finally:
        count = readline.get_current_history_length()
        _kept[:] = [readline.get_history_item(place) for place in range(1, count + 1)][-_MOST:]
        readline.clear_history()
        for line in before:
            readline.add_history(line)


_MOST = 500
_kept: list[str] = []  # lines of chats before, in this process
