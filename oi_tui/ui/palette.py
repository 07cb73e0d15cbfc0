"""The command palette: every command and every action that has no command of its own.

Reads the two tables; owns no entry itself. Knows the main screen as the one who carries them out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from oi_tui.commands.actions import Where, actions_for
from oi_tui.commands.command import ArgumentError, Command
from oi_tui.commands.registry import ParsedCommand
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.ui.keymap import labels_for
from oi_tui.ui.screens.main import MainScreen


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    title: str
    help: str
    run: Callable[[], Awaitable[object] | object]


class CommandProvider(Provider):
    """Offers commands and actions to Textual's palette."""

    async def discover(self) -> Hits:
        """Show everything before a letter is typed."""
        for entry in self._entries():
            yield DiscoveryHit(Content(entry.title), entry.run, entry.title, entry.help)

    async def search(self, query: str) -> Hits:
        """Show what matches."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = matcher.match(entry.title)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.title), entry.run, entry.title, entry.help)

    def _entries(self) -> Iterator[Entry]:
        screen = self.screen
        if not isinstance(screen, MainScreen):
            return
        keymap = screen.keymap
        with_key = set()
        for command in COMMANDS:
            with_key.add(command.key_id)
            keys = labels_for(command.key_id, keymap)
            yield Entry(
                command.title,
                f"{command.usage}  ·  {keys}" if keys else command.usage,
                _carry_out(screen, command),
            )
        yield Entry(RUN_IN_SHELL.title, RUN_IN_SHELL.usage, lambda: _write(screen, "!"))
        for action in actions_for(Where.ANYWHERE):
            if action.action_id in with_key or action.action_id in _NOT_HERE:
                continue
            if method := _method(screen, action.action_id):
                yield Entry(action.title, labels_for(action.action_id, keymap), method)


_NOT_HERE = {"palette.open", "back", "interrupt"}


def _carry_out(screen: MainScreen, command: Command) -> Callable[[], None]:
    def run() -> None:
        if command.needs_argument:
            _write(screen, f"%{command.name} ")
            return
        try:
            screen.lines.carry_out(ParsedCommand(command, "", command.request("")))
        except ArgumentError as problem:
            screen.hint(str(problem))

    return run


def _write(screen: MainScreen, text: str) -> None:
    screen.prompt.put(text)
    screen.prompt.focus()


def _method(screen: MainScreen, action_id: str) -> Callable[[], Awaitable[object]] | None:
    for node in (screen, screen.app):
        for _, binding in node._bindings:
            if binding.id == action_id:
                return partial(node.run_action, binding.action)
    return None
