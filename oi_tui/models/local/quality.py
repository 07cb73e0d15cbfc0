"""Which of a repository's quantizations to take: by a number from 0 to 1, or by this machine.

Knows no network and no file on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence

from oi_tui.models.choices import Fit
from oi_tui.models.local.machine import Machine
from oi_tui.models.local.memory import fit, needed_for_size
from oi_tui.models.local.repository import ModelFile

# From the one that loses least for its size; what is not named here stands behind by its size.
_PREFERRED = (
    "Q4_K_M",
    "MXFP4",
    "Q4_K_XL",
    "Q5_K_M",
    "Q4_K_S",
    "Q4_0",
    "IQ4_XS",
    "IQ4_NL",
    "Q5_K_S",
    "Q6_K",
    "Q4_1",
    "Q5_0",
    "Q8_0",
)
# A small model loses most by rounding, and costs little whole.
_SMALL = 2_000_000_000  # bytes
_SMALL_BEST = ("Q8_0", "Q6_K")


def pick(models: Sequence[ModelFile], quality: float | None, machine: Machine) -> ModelFile | None:
    """Return the model to take; None: there is none.

    `quality` 0: the smallest, 1: the largest, between them in even steps by size, as Open
    Interpreter 0.1 did it. None: what this machine runs well.
    """
    if not models:
        return None
    by_size = sorted(models, key=lambda one: (one.size, one.name))
    if quality is None:
        return _best(by_size, machine)
    share = min(max(quality, 0.0), 1.0)
    return by_size[round(share * (len(by_size) - 1))]


def _best(by_size: Sequence[ModelFile], machine: Machine) -> ModelFile:
    for wanted in (Fit.GPU, Fit.MEMORY, Fit.TIGHT, Fit.UNKNOWN):
        fitting = [one for one in by_size if _fit(one, machine) is wanted]
        if fitting:
            return _preferred(fitting)
    return by_size[0]


def _fit(model: ModelFile, machine: Machine) -> Fit:
    return fit(needed_for_size(model.size), machine)


def _preferred(fitting: Sequence[ModelFile]) -> ModelFile:
    """Return the best of those that fit, smallest first."""
    for name in _SMALL_BEST:
        for one in fitting:
            if one.quantization == name and one.size <= _SMALL:
                return one
    for name in _PREFERRED:
        for one in fitting:
            if one.quantization == name:
                return one
    # Only unusual ones: the largest that is no unrounded original, which would be slow for nothing.
    rounded = [one for one in fitting if one.quantization not in ("F32", "F16", "BF16")]
    return (rounded or fitting)[-1]
