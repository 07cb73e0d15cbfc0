"""All commands of the prompt and the palette, in the order of the help."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oi_tui.commands.command import (
    Argument,
    ArgumentError,
    ArgumentKind,
    Command,
    Group,
    Intent,
    Request,
)
from oi_tui.protocol import ops
from oi_tui.text.translation import tr

SHELL = "shell"  # the language of `!COMMAND`: the person's own shell
_TRUE = {"true", "on", "yes", "1"}
_FALSE = {"false", "off", "no", "0"}


def always(request: Request) -> Callable[[str], Request]:
    """Return a maker for a command that takes no argument."""

    def make(argument: str) -> Request:
        if argument:
            raise ArgumentError(tr("It takes nothing after its name."))
        return request

    return make


def _either(empty: Request, given: Callable[[str], Request]) -> Callable[[str], Request]:
    return lambda argument: given(argument) if argument else empty


def _needed(intent: Request, what: str) -> Callable[[str], Request]:
    def make(argument: str) -> Request:
        if not argument:
            raise ArgumentError(tr(what))
        return intent

    return make


def _switch(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ArgumentError(tr("Write true or false after it."))
    return word in _TRUE


def _run(code: str) -> Request:
    if not code.strip():
        raise ArgumentError(tr("Write what to run after it."))
    return ops.RunCode(SHELL, code)


def _restart(language: str) -> Request:
    if not language:
        raise ArgumentError(tr("Write which shell after it, such as python."))
    return ops.RestartShell(language.lower())


def _conversation() -> Iterator[Command]:
    group = Group.CONVERSATION
    yield Command(
        "undo",
        "Undo last turn",
        "Take your last prompt and all that followed it out of the conversation.",
        group,
        always(ops.UndoTurn()),
    )
    yield Command("retry", "Retry", "Send your last prompt again.", group, always(ops.RetryTurn()))
    yield Command(
        "continue",
        "Continue",
        "Let the model go on after a limit, a stop or a cut-off reply.",
        group,
        always(ops.ContinueTurn()),
    )
    yield Command(
        "reset",
        "Reset",
        "Forget the conversation and restart the shells; the session file keeps it.",
        group,
        always(ops.ResetSession()),
    )
    yield Command(
        "copy",
        "Copy last reply",
        "Copy what the model wrote last.",
        group,
        always(Intent.COPY_LAST),
    )


def _sessions() -> Iterator[Command]:
    group = Group.SESSIONS
    yield Command(
        "new",
        "New session",
        "Start a new session; this one is kept.",
        group,
        always(Intent.NEW_SESSION),
        key_id="session.new",
    )
    yield Command(
        "sessions",
        "Sessions",
        "Go to the list of sessions.",
        group,
        always(Intent.SHOW_SESSIONS),
        key_id="sidebar.filter",
    )
    yield Command(
        "open",
        "Open session",
        "Open a session by its id.",
        group,
        _needed(Intent.OPEN_SESSION, "Write the id of a session after it."),
        Argument("ID", ArgumentKind.SESSION, required=True),
    )


def _model() -> Iterator[Command]:
    group = Group.MODEL
    yield Command(
        "model",
        "Model",
        "Talk to another model, on the same server if you use your own; alone, choose one.",
        group,
        _either(Intent.CHOOSE_MODEL, lambda name: ops.SetModel(name)),
        Argument("NAME", ArgumentKind.MODEL),
    )
    yield Command(
        "auto_run",
        "Auto-run",
        "Run proposed code without asking, or ask again; alone, switch over.",
        group,
        _either(Intent.TOGGLE_AUTO_RUN, lambda text: ops.SetAutoRun(_switch(text))),
        Argument("true|false", ArgumentKind.SWITCH),
    )
    yield Command(
        "tokens",
        "Tokens and cost",
        "Show how many tokens this session used, and what they cost.",
        group,
        always(Intent.SHOW_TOKENS),
    )


def _shells() -> Iterator[Command]:
    yield Command(
        "restart",
        "Restart shell",
        "Start one shell fresh; its variables are gone.",
        Group.SHELLS,
        _restart,
        Argument("LANGUAGE", ArgumentKind.LANGUAGE, required=True),
        key_id="output.restart",
    )


def _program() -> Iterator[Command]:
    group = Group.PROGRAM
    yield Command(
        "help",
        "Help",
        "Show all commands, or explain one.",
        group,
        lambda _: Intent.SHOW_HELP,
        Argument("COMMAND", ArgumentKind.COMMAND),
    )
    yield Command(
        "keys",
        "Keys",
        "Show all keys.",
        group,
        always(Intent.SHOW_KEYS),
        key_id="help.keys",
    )
    yield Command(
        "theme",
        "Theme",
        "Use other colors; alone, choose them.",
        group,
        _either(Intent.CHOOSE_THEME, lambda _: Intent.SET_THEME),
        Argument("NAME", ArgumentKind.THEME),
    )
    yield Command(
        "info",
        "About this system",
        "Show what this program knows of the system, the model and the shells.",
        group,
        always(Intent.SHOW_INFO),
    )
    yield Command("quit", "Quit", "End the program.", group, always(Intent.QUIT), key_id="quit")


COMMANDS: tuple[Command, ...] = (
    *_conversation(),
    *_sessions(),
    *_model(),
    *_shells(),
    *_program(),
)

# Not a name: `!COMMAND`, and `%% CODE` as 0.1 has it.
RUN_IN_SHELL = Command(
    "!",
    "Run in your shell",
    "Run a command in your own shell; the model sees what it printed.",
    Group.SHELLS,
    _run,
    Argument("COMMAND", ArgumentKind.CODE, required=True),
)
