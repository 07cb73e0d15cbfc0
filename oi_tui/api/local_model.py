"""What `interpreter.local = True` comes to: a server on this machine, or a model file on it.

Asks well-known ports of this machine and its folders of models; contacts nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oi_tui.api.errors import InterpreterError
from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fit
from oi_tui.models.local.library import TOY
from oi_tui.models.local.repository import is_repository
from oi_tui.models.providers import names_provider, runs_here
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

if TYPE_CHECKING:
    from oi_tui.assembly.opener import Opener
    from oi_tui.config.schema import Settings


def local_model(settings: Settings, opener: Opener) -> Settings:
    """Return the settings with a model of this machine.

    A model that was named counts if a server here has it, or a file here is it; else the first
    model of a server counts, else the largest file that fits.

    Raises:
        InterpreterError: there is none, or the repository that was named is not here.
    """
    if runs_here(settings.model):
        return settings
    servers = [one for one in opener.models.servers() if one.models]
    names = {one.api_base: [model.name for model in one.models] for one in servers}
    for base, models in names.items():
        if settings.model in models:
            return replace(settings, api_base=base)
    if settings.model:
        try:
            named = opener.models.named(settings.model)
        except ModelError as error:
            if is_repository(settings.model) and not names_provider(settings.model):
                raise InterpreterError(error.info) from error
        else:
            return replace(settings, model=named.model)
    for base, models in names.items():
        return replace(settings, model=models[0], api_base=base)
    return replace(settings, model=_largest(opener))


def _largest(opener: Opener) -> str:
    """Return the largest model file here that fits; the toy is none to work with."""
    files = [one for one in opener.models.files() if not one.problem and one.fit is not Fit.NO]
    real = [one for one in files if one.model != f"local/{TOY}"]
    if not real:
        raise InterpreterError(
            ErrorInfo(
                ErrorKind.NO_MODEL,
                tr("There is no model on this machine: no server answers, and no file is here."),
                hint=tr(
                    "Start Ollama, LM Studio, llama.cpp or vLLM, name a server by api_base, or "
                    "fetch a model: oi-tui models pull"
                ),
            )
        )
    return max(real, key=lambda one: (one.size, one.model)).model
