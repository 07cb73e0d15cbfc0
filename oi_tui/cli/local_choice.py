"""What `--local`, `--gguf_quality` and a name `local/...` on the command line come to.

Settled before the settings are read, by what is on this machine; contacts nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from oi_tui.cli.arguments import Arguments, Command, CommandLineError
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

# Names of models that a server on this machine serves: with them, `--local` is said already.
_SERVED = ("ollama", "ollama_chat", "lm_studio", "llamafile", "hosted_vllm", "vllm")
_EXAMPLE = "oi-tui --local --model OWNER/NAME --gguf_quality 0.5"


@dataclass(frozen=True, slots=True)
class LocalChoice:
    """`arguments` with the model settled. `choose`: the person has to choose one.

    `missing`: the one that was named and is not here, `local/OWNER/NAME`; empty: none was named.
    """

    arguments: Arguments
    choose: bool = False
    missing: str = ""


def settle(arguments: Arguments) -> LocalChoice:
    """Return what the command line asks of this machine.

    Raises:
        CommandLineError: it makes no sense, or the model that it names cannot be had.
    """
    model = str(arguments.settings.get("model", ""))
    if not arguments.local and arguments.gguf_quality is None and "/" not in model:
        return LocalChoice(arguments)  # the everyday start loads nothing of models
    from oi_tui.models.providers import runs_here

    base = arguments.settings.get("api_base")
    if not arguments.local and not runs_here(model):
        if arguments.gguf_quality is not None and arguments.command is not Command.MODELS:
            raise CommandLineError(
                tr("--{flag} belongs to: {example}", flag="gguf_quality", example=_EXAMPLE)
            )
        return LocalChoice(arguments)
    if base or model.partition("/")[0] in _SERVED:  # a server was named
        return LocalChoice(arguments)
    if not model:
        return LocalChoice(arguments, choose=True)
    return _named(arguments, _local_name(model))


def _named(arguments: Arguments, model: str) -> LocalChoice:
    """Return the choice for a model by its name in the settings."""
    from oi_tui.config.places import places
    from oi_tui.models.base import ModelError
    from oi_tui.models.local.library import Library
    from oi_tui.models.local.repository import is_repository

    prefix, _, name = model.partition("/")
    try:
        found = Library(places().models).find(name, arguments.gguf_quality)
    except ModelError as error:
        if is_repository(name.partition(":")[0]):
            rest = {key: value for key, value in arguments.settings.items() if key != "model"}
            return LocalChoice(replace(arguments, settings=rest), choose=True, missing=model)
        info = error.info
        parts = (info.title, info.detail, info.hint)
        raise CommandLineError(" ".join(part for part in parts if part)) from None
    if arguments.gguf_quality is not None:
        model = f"{prefix}/{found.name}"
    settings = {**arguments.settings, "model": model}
    return LocalChoice(replace(arguments, settings=settings))


def _local_name(model: str) -> str:
    """Return a model's name in the settings, in whatever form a person wrote it."""
    from oi_tui.models.providers import LOCAL

    if model.partition("/")[0] in LOCAL and not os.path.isfile(model):
        return model
    path = os.path.expanduser(model)
    if model.startswith(("/", "./", "../", "~")) or os.path.isfile(path):
        return f"local/{os.path.abspath(path)}"
    return f"local/{model.removeprefix('huggingface/')}"


def how_to_fetch(missing: str, quality: float | None) -> str:
    """Say how a model gets here that is not, for who has no screen to choose on."""
    if not missing:
        return tr(
            "Which model? oi-tui models list shows what is here; then: "
            "oi-tui run --local --model NAME PROMPT"
        )
    name = missing.partition("/")[2]
    rest = "" if quality is None else f" --gguf_quality {quality:g}"
    return tr(
        "{name} is not on this machine. To fetch it: oi-tui models pull {command}",
        name=one_line(name),
        command=one_line(name) + rest,
    )
