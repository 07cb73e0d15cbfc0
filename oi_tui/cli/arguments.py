"""What a command line was understood as. Knows no flag's spelling and starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Command(StrEnum):
    """What the program is asked to do."""

    OPEN = "open"  # the full-screen application
    RUN = "run"
    SESSIONS = "sessions"
    MODELS = "models"
    CONFIG = "config"
    DOCTOR = "doctor"
    COMPLETION = "completion"
    HELP = "help"
    VERSION = "version"
    EDIT_CONFIG = "edit_config"


class CommandLineError(Exception):
    """The command line can't be understood; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command line, understood. `settings` holds only what was written there."""

    command: Command = Command.OPEN
    prompt: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    words: tuple[str, ...] = ()  # what stands after a command that has verbs
    fast: bool = False
    local: bool = False
    gguf_quality: float | None = None  # 0 to 1
    profile: str = ""
    config_file: str = ""
    api_key: str = field(default="", repr=False)
    go_on: bool = False  # --continue
    session_id: str = ""  # --resume
    conversations: bool = False
    tour: bool = False
    json: bool = False
    quiet: bool = False
    format: str = ""
    output: str = ""
    force: bool = False
    limit: int | None = None
    servers: bool = False
    help: str = ""


def parse(words: Sequence[str]) -> Arguments:
    """Understand the words after the program's name.

    Raises:
        CommandLineError: they make no sense together, or one is unknown.
    """
    if not words:
        return Arguments()  # the everyday start needs no parser
    from oi_tui.cli.grammar import understand

    return understand(words)
