"""From what is written after a command's name to what it asks for.

Owns what an argument may be. Knows no command and no front end.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from oi_tui.commands.command import ArgumentError, Export, Intent, Request
from oi_tui.protocol import ops
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.translation import tr

SHELL = "shell"  # the language of `!COMMAND`: the person's own shell
DEFAULT = "default"  # as a value: what it would be had nobody set it
_TRUE = {"true", "on", "yes", "1"}
_FALSE = {"false", "off", "no", "0"}
_FORMS = {form.value: form for form in ExportFormat} | {
    "md": ExportFormat.MARKDOWN,
    "ipynb": ExportFormat.NOTEBOOK,
    "jupyter": ExportFormat.NOTEBOOK,
    "htm": ExportFormat.HTML,
}

Maker = Callable[[str], Request]


def always(request: Request) -> Maker:
    """Return a maker for a command that takes no argument."""

    def make(argument: str) -> Request:
        if argument:
            raise ArgumentError(tr("It takes nothing after its name."))
        return request

    return make


def whatever(request: Request) -> Maker:
    """Return a maker for a command whose argument, if any, the front end looks at."""
    return lambda _argument: request


def either(empty: Request, given: Maker) -> Maker:
    """Return a maker for a command that means something else with an argument."""
    return lambda argument: given(argument) if argument else empty


def needed(request: Request, what: str) -> Maker:
    """Return a maker for a command that means nothing alone; `what` says what is missing."""

    def make(argument: str) -> Request:
        if not argument:
            raise ArgumentError(tr(what))
        return request

    return make


def switch(text: str) -> bool:
    """Return what a switch is set to.

    Raises:
        ArgumentError: it is neither true nor false.
    """
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ArgumentError(tr("Write true or false after it."))
    return word in _TRUE


def switched(intent: Intent) -> Maker:
    """Return a maker for a command that takes true, false or nothing."""

    def make(argument: str) -> Request:
        if argument:
            switch(argument)
        return intent

    return make


def run_in_shell(code: str) -> Request:
    """Run code in the person's own shell."""
    if not code.strip():
        raise ArgumentError(tr("Write what to run after it."))
    return ops.RunCode(SHELL, code)


def restart(language: str) -> Request:
    """Start a shell fresh."""
    if not language:
        raise ArgumentError(tr("Write which shell after it, such as python."))
    return ops.RestartShell(language.lower())


def set_instructions(text: str) -> Request:
    """Replace the system message, or take the built-in one again."""
    return ops.SetSystemMessage("" if text.lower() == DEFAULT else text)


def set_setting(text: str) -> Request:
    """Change a setting of the session, by name and value."""
    name, _, value = text.partition(" ")
    value = value.strip()
    if not name or not value:
        raise ArgumentError(tr("a name and a value, such as max_steps 20"))
    name = name.lower().replace("-", "_")
    if name == "model":
        return ops.SetModel(value)
    if name == "auto_run":
        return ops.SetAutoRun(switch(value))
    if name == "system_message":
        return set_instructions(value)
    return ops.SetSetting(name, "" if value.lower() == DEFAULT else value)


def export(text: str) -> Request:
    """Write the session to a file: `[FORMAT] [PATH]`, the format also by the path's ending."""
    word, _, rest = text.partition(" ")
    form = _FORMS.get(word.lower())
    if form is not None:
        return Export(form, rest.strip())
    return Export(_FORMS.get(os.path.splitext(text)[1][1:].lower()), text)


def export_as(form: ExportFormat) -> Maker:
    """Return a maker for a command that exports to one format."""
    return lambda path: Export(form, path)
