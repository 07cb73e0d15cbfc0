"""The llama.cpp engine as the application sees it: what it can use, and how it is started.

Loads nothing of llama.cpp: that happens in `program`, in a child process.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from oi_tui.models.local.engines import LoadRequest, program_command
from oi_tui.models.local.gguf import TENSOR_TYPES, GgufHeader
from oi_tui.models.local.llamacpp import gpu
from oi_tui.text.translation import tr

_PROGRAM = Path(__file__).resolve().with_name("program.py")


class LlamaCpp:
    """See `LocalEngine`."""

    name = "llamacpp"
    title = "llama.cpp"

    def missing(self) -> str:
        """Return what to install where its package is not there."""
        if importlib.util.find_spec("xllamacpp") is None:
            return tr("the package xllamacpp is not installed: pip install 'oi-tui[llamacpp]'")
        return ""

    def why_not(self, header: GgufHeader) -> str:
        """Refuse only what is certain: llama.cpp knows far more models than could be listed."""
        if not header.text("general.architecture"):
            return tr("the file does not say what kind of model it is")
        if not header.metadata.get("tokenizer.ggml.tokens"):
            return tr("the file holds no vocabulary: it is a part of a model, not one to talk to")
        odd = next((one for one in header.tensors if one.kind not in TENSOR_TYPES), None)
        if odd is not None:
            return tr("its numbers are of a kind ({kind}) that is not known", kind=odd.kind)
        return ""

    def calls_tools(self, header: GgufHeader) -> bool:
        """Trust the file's own chat template: one that never heard of tools drops them."""
        return "tools" in header.text("tokenizer.chat_template")

    def gpu_trouble(self) -> str:
        """Look at the build that is installed, and at the drivers of the system."""
        return gpu.trouble(_package())

    def command(self, load: LoadRequest) -> Sequence[str]:
        """Return the program; what it loads is told over its standard input."""
        del load
        return program_command(_PROGRAM)


def _package() -> Path | None:
    found = importlib.util.find_spec("xllamacpp")
    places = (found.submodule_search_locations if found is not None else None) or ()
    return next((Path(place) for place in places), None)


ENGINE = LlamaCpp()
