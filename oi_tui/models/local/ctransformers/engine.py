"""The ctransformers engine as the application sees it: what it can use, and how it is started.

Loads nothing of ctransformers: that happens in `program`, in a child process.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oi_tui.models.local.ctransformers import gpu
from oi_tui.models.local.ctransformers.libraries import missing_here, package_libraries
from oi_tui.models.local.ctransformers.rules import problems
from oi_tui.models.local.engines import LoadRequest, program_command
from oi_tui.models.local.gguf import GgufHeader
from oi_tui.text.translation import tr

_PROGRAM = Path(__file__).resolve().with_name("program.py")


class CTransformers:
    """See `LocalEngine`."""

    name = "ctransformers"
    title = "ctransformers"

    def missing(self) -> str:
        """Return what keeps its library from running on this machine."""
        return missing_here()

    def why_not(self, header: GgufHeader) -> str:
        """Return why its loader refuses the file, or dies of it, and what to do."""
        found = list(problems(header))
        if not found:
            return ""
        if all(problem.is_mendable for problem in found):
            return tr(
                "{problem}; oi-tui models convert makes a file of it that works, or use the "
                "llama.cpp engine: pip install xllamacpp",
                problem=found[0].words,
            )
        worst = next(problem for problem in found if not problem.is_mendable)
        return tr("{problem}; the llama.cpp engine may know it", problem=worst.words)

    def calls_tools(self, header: GgufHeader) -> bool:
        """Its library knows text only."""
        del header
        return False

    def gpu_trouble(self) -> str:
        """Return what is missing for CUDA or Metal; looks at files only."""
        return gpu.trouble(package_libraries())

    def command(self, load: LoadRequest) -> Sequence[str]:
        """Return the program; what it loads is told over its standard input."""
        del load
        return program_command(_PROGRAM)


ENGINE = CTransformers()
