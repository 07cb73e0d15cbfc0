"""Well-known models to begin with, and which of them suit this machine.

As known in the summer of 2026, gathered from public documents and not from the hub itself: sizes
are rounded, and a repository may have changed since. What is fetched is what the hub has then.
Newer models may be better; `--model local/OWNER/NAME` takes any. Contacts nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oi_tui.models.choices import DownloadChoice, Fit
from oi_tui.models.local.engines import engines
from oi_tui.models.local.machine import Machine
from oi_tui.models.local.memory import fit, needed_for_size, speed, speed_in_words
from oi_tui.models.local.repository import ModelFile, RepositoryFiles
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_GB = 1_000_000_000
_COMFORTABLE = 6.0  # tokens a second: as fast as one reads
_SLOWEST = 2.0  # the same; below, an answer takes minutes


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the table. `worth`: how well it does this work, only to put them in order."""

    repository: str
    file: str
    label: str
    gigabytes: float
    license: str
    context_window: int
    worth: int
    active: float = 1.0  # which part of it is read for one token: less for mixtures of experts
    runs_everywhere: bool = False  # ctransformers can use it too

    @property
    def size(self) -> int:
        """Bytes, about."""
        return int(self.gigabytes * _GB)


_ROWS: tuple[Entry, ...] = (
    Entry("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q8_0.gguf",
          "Qwen2.5 Coder 0.5B", 0.68, "Apache-2.0", 32768, 6),
    Entry("TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF", "tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf",
          "TinyLlama 1.1B", 0.67, "Apache-2.0", 2048, 3, runs_everywhere=True),
    Entry("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q8_0.gguf",
          "Qwen2.5 Coder 1.5B", 1.89, "Apache-2.0", 32768, 20),
    Entry("bartowski/Llama-3.2-3B-Instruct-GGUF", "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
          "Llama 3.2 3B", 2.02, "Llama 3.2", 131072, 28),
    Entry("ggml-org/gemma-3-4b-it-GGUF", "gemma-3-4b-it-Q4_K_M.gguf",
          "Gemma 3 4B", 2.49, "Gemma", 131072, 34),
    Entry("unsloth/Qwen3-4B-Instruct-2507-GGUF", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
          "Qwen3 4B Instruct 2507", 2.50, "Apache-2.0", 262144, 46),
    Entry("unsloth/Qwen3.5-4B-GGUF", "Qwen3.5-4B-Q4_K_M.gguf",
          "Qwen3.5 4B", 2.74, "Apache-2.0", 262144, 52),
    Entry("TheBloke/CodeLlama-7B-Instruct-GGUF", "codellama-7b-instruct.Q4_K_M.gguf",
          "Code Llama 7B", 4.08, "Llama 2", 16384, 16, runs_everywhere=True),
    Entry("TheBloke/Mistral-7B-Instruct-v0.1-GGUF", "mistral-7b-instruct-v0.1.Q4_K_M.gguf",
          "Mistral 7B v0.1", 4.37, "Apache-2.0", 32768, 22, runs_everywhere=True),
    Entry("Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", "qwen2.5-coder-7b-instruct-q4_k_m.gguf",
          "Qwen2.5 Coder 7B", 4.68, "Apache-2.0", 131072, 50),
    Entry("bartowski/Meta-Llama-3.1-8B-Instruct-GGUF", "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
          "Llama 3.1 8B", 4.92, "Llama 3.1", 131072, 40),
    Entry("unsloth/Qwen3.5-9B-GGUF", "Qwen3.5-9B-Q4_K_M.gguf",
          "Qwen3.5 9B", 5.68, "Apache-2.0", 262144, 64),
    Entry("Qwen/Qwen2.5-Coder-14B-Instruct-GGUF", "qwen2.5-coder-14b-instruct-q4_k_m.gguf",
          "Qwen2.5 Coder 14B", 8.99, "Apache-2.0", 131072, 62),
    Entry("ggml-org/gpt-oss-20b-GGUF", "gpt-oss-20b-mxfp4.gguf",
          "gpt-oss 20B", 12.11, "Apache-2.0", 131072, 72, active=0.17),
    Entry("mistralai/Devstral-Small-2507_gguf", "Devstral-Small-2507-Q4_K_M.gguf",
          "Devstral Small 2507", 14.33, "Apache-2.0", 131072, 74),
    Entry("unsloth/Qwen3.6-27B-GGUF", "Qwen3.6-27B-Q4_K_M.gguf",
          "Qwen3.6 27B", 16.82, "Apache-2.0", 262144, 84),
    Entry("unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF", "Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf",
          "Qwen3 Coder 30B", 18.56, "Apache-2.0", 262144, 82, active=0.11),
    Entry("unsloth/Qwen3.6-35B-A3B-GGUF", "Qwen3.6-35B-A3B-UD-Q4_K_M.gguf",
          "Qwen3.6 35B A3B", 22.13, "Apache-2.0", 262144, 86, active=0.1),
    Entry("ggml-org/gpt-oss-120b-GGUF", "gpt-oss-120b-mxfp4-00001-of-00003.gguf",
          "gpt-oss 120B", 63.39, "Apache-2.0", 131072, 90, active=0.045),
)  # fmt: skip


def entries() -> tuple[Entry, ...]:
    """Return the table, small to large."""
    return _ROWS


def about(repository: str) -> str:
    """Return what a model of the table is good for; empty: it is not in the table."""
    toy = tr("for trying things; too small for work")
    old = tr("older; runs with ctransformers too")
    return {
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF": toy,
        "TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF": toy,
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF": tr("short scripts, on a small machine"),
        "bartowski/Llama-3.2-3B-Instruct-GGUF": tr("talk, and simple commands"),
        "ggml-org/gemma-3-4b-it-GGUF": tr("talk in many languages, simple code"),
        "unsloth/Qwen3-4B-Instruct-2507-GGUF": tr("code and tools, good for its size"),
        "TheBloke/CodeLlama-7B-Instruct-GGUF": old,
        "TheBloke/Mistral-7B-Instruct-v0.1-GGUF": old,
        "Qwen/Qwen2.5-Coder-7B-Instruct-GGUF": tr("code, in many languages"),
        "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF": tr("talk, texts, and some code"),
        "unsloth/Qwen3.5-4B-GGUF": tr("code and tools; may think before it answers"),
        "unsloth/Qwen3.5-9B-GGUF": tr("code and tools; may think before it answers"),
        "Qwen/Qwen2.5-Coder-14B-Instruct-GGUF": tr("longer programs"),
        "ggml-org/gpt-oss-20b-GGUF": tr("code and tools; quick for its size"),
        "mistralai/Devstral-Small-2507_gguf": tr("programming work in several steps"),
        "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF": tr("code and tools; quick for its size"),
        "unsloth/Qwen3.6-27B-GGUF": tr("programming work; wants a large GPU"),
        "unsloth/Qwen3.6-35B-A3B-GGUF": tr("programming work; quick for its size"),
        "ggml-org/gpt-oss-120b-GGUF": tr("code and tools, for a workstation"),
    }.get(repository, "")


def offers(machine: Machine) -> tuple[DownloadChoice, ...]:
    """Return what can be fetched for this machine, best first; the first is recommended.

    What is too slow to talk to comes late, and what does not fit last, so that a person sees
    why it is not offered.
    """
    usable = [one for one in entries() if one.runs_everywhere or _has_modern_engine()]
    rows = [(one, _fit(one, machine)) for one in usable]
    best = _recommended(rows, machine)

    def place(row: tuple[Entry, Fit]) -> tuple[object, ...]:
        one, how = row
        is_idle = 0 < _speed(one, how, machine) < _SLOWEST
        return one is not best, _rank(how), is_idle, -one.worth

    rows.sort(key=place)
    return tuple(_choice(one, how, machine, one is best) for one, how in rows)


def found(files: RepositoryFiles, model: ModelFile, machine: Machine) -> DownloadChoice:
    """Return the choice for a model of a repository that the hub was asked about."""
    known = next((one for one in entries() if one.repository == files.repository), None)
    how = fit(needed_for_size(model.size), machine)
    active = int(model.size * (known.active if known else 1.0))
    name = files.repository.rpartition("/")[2].removesuffix("-GGUF")
    return DownloadChoice(
        model=f"local/{files.repository}",
        label=one_line(f"{known.label if known else name} {model.quantization}".strip()),
        about=about(files.repository) or tr("not in the list of well-known models"),
        file=model.name,
        size=model.size,
        license=files.license or (known.license if known else ""),
        fit=how,
        speed=speed_in_words(speed(active, machine, how), how),
    )


def _has_modern_engine() -> bool:
    return any(one.name != "ctransformers" and not one.missing() for one in engines())


def _fit(entry: Entry, machine: Machine) -> Fit:
    return fit(needed_for_size(entry.size), machine)


def _speed(entry: Entry, how: Fit, machine: Machine) -> float:
    return speed(int(entry.size * entry.active), machine, how)


def _recommended(rows: Sequence[tuple[Entry, Fit]], machine: Machine) -> Entry | None:
    """Return the best that runs comfortably, else the quickest that runs at all."""
    running = [row for row in rows if row[1] in (Fit.GPU, Fit.MEMORY)]
    running = running or [row for row in rows if row[1] in (Fit.TIGHT, Fit.UNKNOWN)]
    quick = [one for one, how in running if _speed(one, how, machine) >= _COMFORTABLE]
    if quick:
        return max(quick, key=lambda one: one.worth)
    slow = [one for one, _ in running]
    return min(slow, key=lambda one: one.size * one.active) if slow else None


def _rank(how: Fit) -> int:
    return {Fit.GPU: 0, Fit.MEMORY: 0, Fit.UNKNOWN: 0, Fit.TIGHT: 1, Fit.NO: 2}[how]


def _choice(entry: Entry, how: Fit, machine: Machine, is_best: bool) -> DownloadChoice:
    return DownloadChoice(
        model=f"local/{entry.repository}",
        label=entry.label,
        about=about(entry.repository),
        file=entry.file,
        size=entry.size,
        license=entry.license,
        fit=how,
        speed=speed_in_words(_speed(entry, how, machine), how),
        is_recommended=is_best,
    )
