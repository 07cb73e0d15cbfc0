"""Commands on the main screen: from a line in the prompt, or in the palette, to what it does.

Owns what each intent means here. The grammar is the registry's; ops go to the engine as they are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, assert_never

from oi_tui.commands.command import ArgumentKind, Intent
from oi_tui.commands.completion import complete
from oi_tui.commands.registry import CommandProblem, ParsedCommand, find, parse_line
from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn
from oi_tui.transcript import ProseBlock
from oi_tui.ui.widgets.completion import Candidate
from oi_tui.ui.widgets.status_bar import cost_text, short_folder

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen

MOST_NAMES = 1000  # of a folder; who has more types another letter


class Lines:
    """Carries out commands for one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def take(self, text: str) -> bool:
        """Carry out `text` if it is a command; False if it is a prompt for the model.

        A line that looks like a command but is none stays in the prompt, with a word about it.
        """
        parsed = parse_line(text)
        if parsed is None:
            return False
        if isinstance(parsed, CommandProblem):
            self._screen.hint(parsed.text, 6.0)
            return True
        self._screen.prompt.take()
        self.carry_out(parsed)
        return True

    def carry_out(self, parsed: ParsedCommand) -> None:
        """Do what a command asks for."""
        if isinstance(parsed.request, Intent):
            self._fulfil(parsed.request, parsed.argument)
        elif isinstance(parsed.request, ops.SetModel):
            self._screen.errands.set_model(parsed.request.model)
        elif not self._screen.desk.submit(parsed.request):
            self._screen.hint(tr("Nothing is open yet"))

    def candidates(self, text: str) -> Sequence[Candidate]:
        """Return the ways on from what is written."""
        if not text.startswith(("%", "/", "!")) or "\n" in text:
            return ()
        choices = {
            ArgumentKind.THEME: tuple(self._screen.app.available_themes),
            ArgumentKind.LANGUAGE: tuple(self._screen.facts.shells),
        }
        found = []
        for way in complete(text, len(text), self._list_folder, choices):
            whole = text[: way.start] + way.text + text[way.end :]
            command = find(way.text.lstrip("%/")) if way.start <= 1 else None
            wants_more = command is not None and command.argument is not None
            found.append(Candidate(whole, way.title, ends=not wants_more))
        return found

    def _list_folder(self, folder: str) -> Sequence[str]:
        place = os.path.join(self._screen.facts.folder or ".", os.path.expanduser(folder))
        try:
            with os.scandir(place) as entries:
                return [
                    entry.name + ("/" if entry.is_dir() else "")
                    for entry in islice(entries, MOST_NAMES)
                ]
        except OSError:
            return ()

    def _fulfil(self, intent: Intent, argument: str) -> None:
        screen, errands = self._screen, self._screen.errands
        match intent:
            case Intent.SHOW_HELP | Intent.SHOW_KEYS:
                errands.show_help()
            case Intent.SHOW_TOKENS:
                errands.say(self._tokens())
            case Intent.SHOW_INFO:
                errands.say(self._info())
            case Intent.NEW_SESSION:
                errands.switch("")
            case Intent.SHOW_SESSIONS:
                screen.action_filter_sessions()
            case Intent.OPEN_SESSION:
                errands.switch(argument)
            case Intent.TOGGLE_AUTO_RUN:
                screen.desk.submit(ops.SetAutoRun(not screen.facts.auto_run))
            case Intent.CHOOSE_MODEL:
                errands.choose_model()
            case Intent.CHOOSE_THEME:
                screen.app.search_themes()
            case Intent.SET_THEME:
                self._set_theme(argument)
            case Intent.COPY_LAST:
                self._copy_last()
            case Intent.QUIT:
                errands.quit()
            case _:
                assert_never(intent)

    def _set_theme(self, name: str) -> None:
        if name in self._screen.app.available_themes:
            self._screen.app.theme = name
        else:
            self._screen.hint(tr("There is no theme called {name}.", name=one_line(name, 40)))

    def _copy_last(self) -> None:
        blocks = self._screen.desk.transcript.blocks
        replies = [block.text for block in reversed(blocks) if isinstance(block, ProseBlock)]
        if replies:
            self._screen.errands.copy_text(replies[0])

    def _tokens(self) -> str:
        facts = self._screen.facts
        used = facts.usage.prompt_tokens + facts.usage.completion_tokens
        lines = [trn("{count} token used", "{count} tokens used", used)]
        if facts.context_window:
            lines.append(
                tr(
                    "{tokens} of {window} in the context",
                    tokens=facts.context_tokens,
                    window=facts.context_window,
                )
            )
        lines.append(cost_text(facts.usage) or tr("Cost unknown"))
        return "\n".join(lines)

    def _info(self) -> str:
        facts = self._screen.facts
        shells = ", ".join(f"{name} ({state})" for name, state in facts.shells.items())
        return "\n".join(
            (
                tr("Model: {model}", model=facts.model),
                tr("Folder: {folder}", folder=short_folder(facts.folder)),
                tr("Shells: {shells}", shells=shells or tr("none started")),
            )
        )
