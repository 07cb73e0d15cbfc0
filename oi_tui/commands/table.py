"""All commands of the prompt and the palette, in the order of the help."""

from __future__ import annotations

from collections.abc import Iterator

from oi_tui.commands import requests as ask
from oi_tui.commands.command import Argument, ArgumentKind, Command, Group, Intent
from oi_tui.protocol import ops
from oi_tui.protocol.sessions import ExportFormat

_SWITCH = (Argument("true|false", ArgumentKind.SWITCH),)
_PATH = (Argument("PATH", ArgumentKind.PATH),)


def _essentials() -> Iterator[Command]:
    """Yield the commands of Open Interpreter 0.1, in the order of its documentation."""
    group = Group.ESSENTIALS
    yield Command(
        "debug",
        "Debug: what is sent",
        "Show what will be sent to the model, and write a log; false ends the log.",
        group,
        ask.switched(Intent.DEBUG),
        _SWITCH,
    )
    yield Command(
        "reset",
        "Reset",
        "Forget the conversation and restart the shells; the session file keeps it.",
        group,
        ask.always(ops.ResetSession()),
        aliases=("clear",),
    )
    yield Command(
        "undo",
        "Undo last turn",
        "Take your last prompt and all that followed it out of the conversation.",
        group,
        ask.always(ops.UndoTurn()),
    )
    yield from _message_files()
    yield Command(
        "tokens",
        "Tokens and cost",
        "Count the tokens of the conversation, and of a text with it, and what they cost.",
        group,
        ask.whatever(Intent.SHOW_TOKENS),
        (Argument("TEXT", ArgumentKind.TEXT),),
        aliases=("cost",),
    )
    yield Command(
        "help",
        "Help",
        "Show all commands and keys, or explain one command.",
        group,
        ask.whatever(Intent.SHOW_HELP),
        (Argument("COMMAND", ArgumentKind.COMMAND),),
    )


def _message_files() -> Iterator[Command]:
    group = Group.ESSENTIALS
    yield Command(
        "save_message",
        "Save messages",
        "Save the messages to a JSON file, messages.json if none is named.",
        group,
        ask.whatever(Intent.SAVE_MESSAGES),
        _PATH,
        aliases=("save",),
    )
    yield Command(
        "load_message",
        "Load messages",
        "Put the messages of a JSON file in place of the conversation.",
        group,
        ask.whatever(Intent.LOAD_MESSAGES),
        _PATH,
        aliases=("load",),
    )


def _conversation() -> Iterator[Command]:
    group = Group.CONVERSATION
    yield Command(
        "redo",
        "Redo",
        "Put back what undo took out, if nothing was said since.",
        group,
        ask.always(ops.RedoTurn()),
    )
    yield Command(
        "retry", "Retry", "Send your last prompt again.", group, ask.always(ops.RetryTurn())
    )
    yield Command(
        "continue",
        "Continue",
        "Let the model go on after a limit, a stop or a cut-off reply.",
        group,
        ask.always(ops.ContinueTurn()),
    )
    yield Command(
        "rerun",
        "Run it all again",
        "Run the code of this session again, in order, to fill fresh shells; asks for each.",
        group,
        ask.always(Intent.RERUN),
    )
    yield Command(
        "copy",
        "Copy last reply",
        "Copy what the model wrote last.",
        group,
        ask.always(Intent.COPY_LAST),
    )
    yield from _compaction()
    yield Command(
        "verbose",
        "Verbose",
        "Show what each reply took and who decided about each run, or hide it; alone, switch over.",
        group,
        ask.switched(Intent.VERBOSE),
        _SWITCH,
    )


def _compaction() -> Iterator[Command]:
    group = Group.CONVERSATION
    yield Command(
        "compact",
        "Make room in the context",
        "Let the model sum up older turns, or cut them; shows which, and asks first.",
        group,
        ask.whatever(Intent.COMPACT),
        (Argument("HINT", ArgumentKind.TEXT),),
    )
    yield Command(
        "restore",
        "Put older turns back",
        "Take the last summary or cut back: the model reads those turns word for word again.",
        group,
        ask.always(ops.RestoreHistory()),
    )


def _sessions() -> Iterator[Command]:
    group = Group.SESSIONS
    yield Command(
        "new",
        "New session",
        "Start a new session; this one is kept.",
        group,
        ask.always(Intent.NEW_SESSION),
        key_id="session.new",
    )
    yield Command(
        "sessions",
        "Sessions",
        "Go to the list of sessions, or find those with some words.",
        group,
        ask.whatever(Intent.SHOW_SESSIONS),
        (Argument("WORDS", ArgumentKind.TEXT),),
        key_id="sidebar.filter",
        aliases=("resume",),
    )
    yield from _this_session()


def _this_session() -> Iterator[Command]:
    group = Group.SESSIONS
    yield Command(
        "open",
        "Open session",
        "Open a session by its id; some letters of its title complete to it.",
        group,
        ask.needed(Intent.OPEN_SESSION, "Write the id of a session after it."),
        (Argument("ID", ArgumentKind.SESSION, required=True),),
    )
    yield Command(
        "rename",
        "Rename session",
        "Give this session another title.",
        group,
        ask.either(Intent.RENAME_SESSION, lambda title: ops.RenameSession(title)),
        (Argument("TITLE", ArgumentKind.TEXT),),
    )
    yield Command(
        "pin",
        "Pin session",
        "Keep this session above all others, or no longer.",
        group,
        ask.always(Intent.PIN_SESSION),
    )
    yield Command(
        "branch",
        "Branch session",
        "Copy this session into a new one and go on there.",
        group,
        ask.always(Intent.BRANCH_SESSION),
    )
    yield Command(
        "delete",
        "Delete session",
        "Move this session to the trash; that can be undone.",
        group,
        ask.always(Intent.DELETE_SESSION),
    )


def _files() -> Iterator[Command]:
    group = Group.SESSIONS
    yield Command(
        "export",
        "Export session",
        "Write this session to a file: markdown, notebook, script, html or json.",
        group,
        ask.export,
        (Argument("FORMAT", ArgumentKind.FORMAT), *_PATH),
    )
    yield Command(
        "import",
        "Import session",
        "Make a session of a file that was exported here or by Open Interpreter.",
        group,
        ask.needed(Intent.IMPORT_SESSION, "Write the path of a file after it."),
        (Argument("PATH", ArgumentKind.PATH, required=True),),
    )
    yield Command(
        "jupyter",
        "Export as notebook",
        "Write this session as a Jupyter notebook, outputs included.",
        group,
        ask.export_as(ExportFormat.NOTEBOOK),
        _PATH,
    )
    yield Command(
        "markdown",
        "Export as Markdown",
        "Write this session as Markdown.",
        group,
        ask.export_as(ExportFormat.MARKDOWN),
        _PATH,
    )
    yield Command(
        "html",
        "Export as HTML",
        "Write this session as one page for a browser.",
        group,
        ask.export_as(ExportFormat.HTML),
        _PATH,
    )


def _model() -> Iterator[Command]:
    group = Group.MODEL
    yield Command(
        "model",
        "Model",
        "Talk to another model, on the same server if you use your own; alone, choose one.",
        group,
        ask.either(Intent.CHOOSE_MODEL, lambda name: ops.SetModel(name)),
        (Argument("NAME", ArgumentKind.MODEL),),
        key_id="model.choose",
    )
    yield Command(
        "key",
        "Enter a key",
        "Enter a key for whom you talk to, unseen; a turn that failed for want of it goes on.",
        group,
        ask.always(Intent.ENTER_KEY),
    )
    yield Command(
        "auto_run",
        "Auto-run",
        "Run proposed code without asking, or ask again; alone, switch over.",
        group,
        ask.either(Intent.TOGGLE_AUTO_RUN, lambda text: ops.SetAutoRun(ask.switch(text))),
        _SWITCH,
    )
    yield Command(
        "system_message",
        "System message",
        "Show what the model is told about itself, or replace it; default takes it back.",
        group,
        ask.either(Intent.SHOW_INSTRUCTIONS, ask.set_instructions),
        (Argument("TEXT", ArgumentKind.TEXT),),
    )
    yield Command(
        "set",
        "Change a setting",
        "Change a setting of this session, such as max_budget; default takes it back.",
        group,
        ask.set_setting,
        (
            Argument("NAME", ArgumentKind.SETTING, required=True),
            Argument("VALUE", ArgumentKind.VALUE, required=True),
        ),
    )


def _program() -> Iterator[Command]:
    yield Command(
        "restart",
        "Restart shell",
        "Start one shell fresh; its variables are gone.",
        Group.SHELLS,
        ask.restart,
        (Argument("LANGUAGE", ArgumentKind.LANGUAGE, required=True),),
        key_id="output.restart",
    )
    yield from _settings()
    group = Group.PROGRAM
    yield Command(
        "info",
        "About this system",
        "Show versions, system, model, session, shells and where files are.",
        group,
        ask.always(Intent.SHOW_INFO),
    )
    yield Command(
        "keys",
        "Keys",
        "Show all keys.",
        group,
        ask.always(Intent.SHOW_KEYS),
        key_id="help.keys",
    )
    yield Command(
        "quit",
        "Quit",
        "End the program.",
        group,
        ask.always(Intent.QUIT),
        key_id="quit",
        aliases=("exit",),
    )


def _settings() -> Iterator[Command]:
    group = Group.PROGRAM
    yield Command(
        "settings",
        "Settings",
        "Show all settings, and change and keep them.",
        group,
        ask.always(Intent.SHOW_SETTINGS),
        key_id="settings.open",
        aliases=("config",),
    )
    yield Command(
        "theme",
        "Theme",
        "Use other colors; alone, choose them.",
        group,
        ask.either(Intent.CHOOSE_THEME, lambda _: Intent.SET_THEME),
        (Argument("NAME", ArgumentKind.THEME),),
    )


COMMANDS: tuple[Command, ...] = (
    *_essentials(),
    *_conversation(),
    *_sessions(),
    *_files(),
    *_model(),
    *_program(),
)

# Not a name: `!COMMAND`, and `%% CODE` as Open Interpreter has it.
RUN_IN_SHELL = Command(
    "%",
    "Run in your shell",
    "Run a command in your own shell, as !COMMAND does; the model sees what it printed.",
    Group.SHELLS,
    ask.run_in_shell,
    (Argument("CODE", ArgumentKind.CODE, required=True),),
)
