"""The help: the keys that count where the person was, all commands, and every other key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from oi_tui.commands.actions import Where, actions_for
from oi_tui.commands.command import Command, Group
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.text.translation import tr
from oi_tui.ui.keymap import labels_for
from oi_tui.ui.safe import SafeStatic

WIDTH, KEY_WIDTH, TITLE_WIDTH = 104, 22, 22  # columns
USAGE_WIDTH = 30
EDGES = 7  # columns of padding, edge and scroll bar
Section = tuple[str, Content]


class HelpScreen(ModalScreen[None]):
    """Every command and every action with its live keys, from the tables of both."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 104; max-width: 94%; height: 90%; background: $panel; padding: 1 2;
            border-left: outer $primary;
        }
        & .help--title { text-style: bold; }
        & .help--lead { color: $muted; padding: 0 0 1 0; }
        & .help--heading { color: $primary; text-style: bold; padding: 1 0 0 0; }
        & VerticalScroll { scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,ctrl+c", "dismiss", show=False, priority=True),
        Binding("j", "scroll_lines(1)", show=False),
        Binding("k", "scroll_lines(-1)", show=False),
    ]

    def __init__(
        self, keymap: Mapping[str, str], here: Where, *, commands_first: bool = False
    ) -> None:
        super().__init__()
        self._keymap, self._here, self._commands_first = keymap, here, commands_first

    def compose(self) -> ComposeResult:
        """Lay out one section a place and a group."""
        if self._commands_first:
            title = tr("Commands")
            lead = tr("Written into the prompt, with % or /. Keys are below. Esc closes.")
        else:
            title = tr("Keys")
            lead = tr("Those that count where you were, then commands, then others. Esc closes.")
        with Vertical():
            yield SafeStatic(title, classes="help--title")
            yield SafeStatic(lead, classes="help--lead")
            with VerticalScroll():
                for heading, content in self._sections():
                    yield SafeStatic(heading, classes="help--heading")
                    yield SafeStatic(content)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _sections(self) -> Sequence[Section]:
        elsewhere = [where for where in Where if where is not self._here]
        here, others = [self._keys(self._here)], [self._keys(where) for where in elsewhere]
        commands = [self._commands(group) for group in Group]
        return [*commands, *here, *others] if self._commands_first else [*here, *commands, *others]

    def _keys(self, where: Where) -> Section:
        rows = [
            (labels, entry.title, entry.help)
            for entry in actions_for(where)
            if (labels := labels_for(entry.action_id, self._keymap))
        ]
        room = self._room(KEY_WIDTH + TITLE_WIDTH)
        lines = [line for row in rows for line in _three_columns(row, room)]
        heading = tr("Keys: {place}", place=where.heading) if self._commands_first else ""
        return heading or where.heading, Content("\n").join(lines)

    def _commands(self, group: Group) -> Section:
        room = self._room(USAGE_WIDTH)
        shown = [one for one in (*COMMANDS, RUN_IN_SHELL) if one.group is group]
        lines = [line for command in shown for line in _two_columns(command, room)]
        heading = "" if self._commands_first else tr("Commands: {group}", group=group.heading)
        return heading or group.heading, Content("\n").join(lines)

    def _room(self, taken: int) -> int:
        return max(20, min(WIDTH, int(self.app.size.width * 0.94)) - taken - EDGES)


def _three_columns(row: tuple[str, str, str], room: int) -> Iterable[Content]:
    keys, titles, about = wrap(row[0], KEY_WIDTH - 1), wrap(row[1], TITLE_WIDTH - 1), row[2]
    for key, title, part in zip_longest(keys, titles, wrap(about, room), fillvalue=""):
        left = (key.ljust(KEY_WIDTH), "bold"), title.ljust(TITLE_WIDTH)
        yield Content.assemble(*left, (part, "$muted"))


def _two_columns(command: Command, room: int) -> Iterable[Content]:
    usages = wrap(command.usage, USAGE_WIDTH - 1)
    for usage, part in zip_longest(usages, wrap(command.help, room), fillvalue=""):
        yield Content.assemble((usage.ljust(USAGE_WIDTH), "bold"), (part, "$muted"))
