"""What a command is: its name, what it takes, and what it asks for.

A command asks either for an op of the engine or for something that a front end does itself (an
`Intent`). Knows no front end and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from oi_tui.protocol.ops import Op
from oi_tui.text.translation import tr


class Intent(StrEnum):
    """What a front end does itself; the argument says with what."""

    SHOW_HELP = "show_help"  # argument: a command's name, or empty
    SHOW_KEYS = "show_keys"
    SHOW_TOKENS = "show_tokens"
    SHOW_INFO = "show_info"
    NEW_SESSION = "new_session"
    SHOW_SESSIONS = "show_sessions"
    OPEN_SESSION = "open_session"  # argument: a session id
    TOGGLE_AUTO_RUN = "toggle_auto_run"
    CHOOSE_MODEL = "choose_model"
    CHOOSE_THEME = "choose_theme"
    SET_THEME = "set_theme"  # argument: a theme's name
    COPY_LAST = "copy_last"
    QUIT = "quit"


class Group(StrEnum):
    """How commands are grouped in the help."""

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
    CODE = "code"  # the whole rest, as it is


@dataclass(frozen=True, slots=True)
class Argument:
    """The one argument of a command, as the help shows it: `NAME` or `[NAME]`."""

    name: str
    kind: ArgumentKind
    required: bool = False

    def __str__(self) -> str:
        return self.name if self.required else f"[{self.name}]"


Request = Op | Intent


class ArgumentError(ValueError):
    """An argument makes no sense; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `label` and `explanation` are English sources; people read `title`, `help`.

    `request` turns the argument into what is asked for; it raises `ArgumentError`.
    """

    name: str
    label: str
    explanation: str
    group: Group
    request: Callable[[str], Request]
    argument: Argument | None = None
    key_id: str = ""  # the action in `actions` that does the same, for its key

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
        return f"%{self.name} {self.argument}" if self.argument else f"%{self.name}"
