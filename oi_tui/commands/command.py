"""What a command is: its name, what it takes, and what it asks for.

A command asks either for an op of the engine or for something that a front end does itself (an
`Intent`, or an `Export`). Knows no front end and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from oi_tui.protocol.ops import Op
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.translation import tr


class Intent(StrEnum):
    """What a front end does itself; the argument says with what."""

    SHOW_HELP = "show_help"  # argument: a command's name, or empty
    SHOW_KEYS = "show_keys"
    SHOW_TOKENS = "show_tokens"  # argument: a text to be counted too, or empty
    SHOW_INFO = "show_info"
    SHOW_INSTRUCTIONS = "show_instructions"
    SHOW_SETTINGS = "show_settings"
    DEBUG = "debug"  # argument: true or empty, or false
    VERBOSE = "verbose"  # argument: true, false, or empty to switch over
    SAVE_MESSAGES = "save_messages"  # argument: a path, or empty
    LOAD_MESSAGES = "load_messages"  # argument: a path, or empty
    RERUN = "rerun"
    COMPACT = "compact"  # argument: what a summary should mind, or empty
    NEW_SESSION = "new_session"
    SHOW_SESSIONS = "show_sessions"  # argument: words to look for, or empty
    OPEN_SESSION = "open_session"  # argument: a session id
    RENAME_SESSION = "rename_session"
    PIN_SESSION = "pin_session"
    BRANCH_SESSION = "branch_session"
    DELETE_SESSION = "delete_session"
    IMPORT_SESSION = "import_session"  # argument: a path
    TOGGLE_AUTO_RUN = "toggle_auto_run"
    CHOOSE_MODEL = "choose_model"
    ENTER_KEY = "enter_key"
    CHOOSE_THEME = "choose_theme"
    SET_THEME = "set_theme"  # argument: a theme's name
    COPY_LAST = "copy_last"
    QUIT = "quit"


class Group(StrEnum):
    """How commands are grouped in the help."""

    ESSENTIALS = "essentials"  # those of Open Interpreter 0.1, in its order
    CONVERSATION = "conversation"
    SESSIONS = "sessions"
    MODEL = "model"
    SHELLS = "shells"
    PROGRAM = "program"

    @property
    def heading(self) -> str:
        """Its heading, in the person's language."""
        return tr(_HEADINGS[self])


_HEADINGS = {
    Group.ESSENTIALS: "Essentials",
    Group.CONVERSATION: "Conversation",
    Group.SESSIONS: "Sessions",
    Group.MODEL: "Model",
    Group.SHELLS: "Shells",
    Group.PROGRAM: "Program",
}


class ArgumentKind(StrEnum):
    """What an argument is; completion goes by it."""

    SWITCH = "switch"  # true or false
    PATH = "path"
    COMMAND = "command"
    LANGUAGE = "language"
    MODEL = "model"
    THEME = "theme"
    SESSION = "session"
    FORMAT = "format"  # of an export
    SETTING = "setting"
    VALUE = "value"  # of the setting before it
    TEXT = "text"  # the whole rest, lines included
    CODE = "code"  # the same, for a shell


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command, as the help shows it: `NAME` or `[NAME]`.

    All but the last are single words; the last takes the rest of the line.
    """

    name: str
    kind: ArgumentKind
    required: bool = False

    def __str__(self) -> str:
        return self.name if self.required else f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Export:
    """Write the session to a file. No `form`, no `path`: the person is asked, or the default."""

    form: ExportFormat | None = None
    path: str = ""


Request = Op | Intent | Export


class ArgumentError(ValueError):
    """An argument makes no sense; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `label` and `explanation` are English sources; people read `title`, `help`.

    `request` turns what was written after the name into what is asked for; it raises
    `ArgumentError`.
    """

    name: str
    label: str
    explanation: str
    group: Group
    request: Callable[[str], Request]
    arguments: tuple[Argument, ...] = ()
    key_id: str = ""  # the action in `actions` that does the same, for its key
    aliases: tuple[str, ...] = ()  # what people who come from other tools write

    @property
    def title(self) -> str:
        """A few words for the palette, in the person's language."""
        return tr(self.label)

    @property
    def help(self) -> str:
        """One sentence, in the person's language."""
        return tr(self.explanation)

    @property
    def usage(self) -> str:
        """How it is written in the prompt."""
        return " ".join((f"%{self.name}", *map(str, self.arguments)))

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing by its name alone."""
        return any(argument.required for argument in self.arguments)

    @property
    def takes_lines(self) -> bool:
        """Whether several lines may follow its name."""
        kinds = (ArgumentKind.TEXT, ArgumentKind.CODE)
        return bool(self.arguments) and self.arguments[-1].kind in kinds
