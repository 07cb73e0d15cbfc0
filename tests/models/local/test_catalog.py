"""What is offered suits the machine, and a repository's file is picked as asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oi_tui.models.choices import Fit
from oi_tui.models.local import catalog
from oi_tui.models.local.catalog import about, entries, found, offers
from oi_tui.models.local.machine import Gpu, Machine
from oi_tui.models.local.quality import pick
from oi_tui.models.local.repository import (
    ModelFile,
    RepositoryFile,
    RepositoryFiles,
    is_repository,
    is_safe_path,
)

GB = 1_000_000_000
LAPTOP = Machine("Linux", 16 * GB, 12 * GB, 8)
SMALL = Machine("Linux", 4 * GB, 3 * GB, 2)
STATION = replace(LAPTOP, memory=64 * GB, free=60 * GB, gpus=(Gpu("RTX", 24 * GB, 23 * GB),))


# -- the table ------------------------------------------------------------------------------------
def test_every_row_is_whole() -> None:
    rows = entries()
    assert len(rows) >= 10
    assert len({one.repository for one in rows}) == len(rows)
    for one in rows:
        assert is_repository(one.repository)
        assert is_safe_path(one.file)
        assert one.file.endswith(".gguf")
        assert about(one.repository)
        assert one.license
        assert 0 < one.worth <= 100
        assert 0 < one.active <= 1
        assert one.context_window >= 2048
    assert min(one.size for one in rows) < GB
    assert max(one.size for one in rows) > 20 * GB


@pytest.mark.parametrize("machine", [LAPTOP, SMALL, STATION])
def test_one_is_recommended_and_runs_well(machine: Machine) -> None:
    rows = offers(machine)
    assert [one.is_recommended for one in rows] == [True] + [False] * (len(rows) - 1)
    assert rows[0].fit in (Fit.GPU, Fit.MEMORY)
    assert rows[0].speed.startswith("fast")
    tight = [one.fit is Fit.TIGHT or 2 * (one.fit is Fit.NO) for one in rows]
    assert tight == sorted(tight)  # what runs well, what barely does, what does not


def test_a_larger_machine_is_offered_a_better_model() -> None:
    worth = {f"local/{one.repository}": one.worth for one in entries()}
    small, laptop, station = (worth[offers(one)[0].model] for one in (SMALL, LAPTOP, STATION))
    assert small < laptop < station


def test_a_machine_that_is_too_small_for_all_is_recommended_none() -> None:
    rows = offers(replace(SMALL, memory=GB // 2, free=GB // 2))
    assert not any(one.is_recommended for one in rows)
    assert {one.speed for one in rows} == {"does not fit"}


def test_a_machine_that_does_not_tell_its_memory_is_offered_something() -> None:
    rows = offers(Machine("?", 0, 0, 4))
    assert rows[0].is_recommended
    assert rows[0].fit is Fit.UNKNOWN


def test_without_a_modern_engine_only_what_the_old_one_can_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalog, "engines", tuple)
    rows = offers(LAPTOP)
    assert rows
    assert {one.about for one in rows[1:]} <= {
        "older; runs with ctransformers too",
        "for trying things; too small for work",
    }


# -- a repository ---------------------------------------------------------------------------------
def repository(*rows: tuple[str, float], name: str = "o/n") -> RepositoryFiles:
    models = [
        ModelFile((RepositoryFile(f"n-{quantization}.gguf", int(size * GB)),), quantization)
        for quantization, size in rows
    ]
    return RepositoryFiles(name, "", tuple(models), "mit")


SEVEN = repository(("Q2_K", 3.0), ("Q3_K_M", 3.8), ("Q4_K_M", 4.7), ("Q5_K_M", 5.4),
                   ("Q6_K", 6.3), ("Q8_0", 8.1), ("F16", 15.2))  # fmt: skip


def picked(files: RepositoryFiles, quality: float | None, machine: Machine = LAPTOP) -> str:
    model = pick(files.models, quality, machine)
    return model.quantization if model else ""


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (0, "Q2_K"),
        (0.35, "Q4_K_M"),
        (0.5, "Q5_K_M"),
        (0.9, "Q8_0"),
        (1, "F16"),
        (-3, "Q2_K"),
        (9, "F16"),
    ],
)
def test_a_quality_is_a_place_between_the_smallest_and_the_largest(
    quality: float, expected: str
) -> None:
    assert picked(SEVEN, quality) == expected


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (LAPTOP, "Q4_K_M"),
        (STATION, "Q4_K_M"),
        (replace(LAPTOP, memory=8 * GB, free=6 * GB), "Q3_K_M"),
        (replace(SMALL, memory=GB, free=GB), "Q2_K"),
    ],
)
def test_without_one_the_machine_decides(machine: Machine, expected: str) -> None:
    assert picked(SEVEN, None, machine) == expected


def test_a_small_model_is_taken_nearly_whole() -> None:
    assert picked(repository(("Q4_K_M", 0.4), ("Q8_0", 0.7), ("F16", 1.2)), None) == "Q8_0"


def test_unusual_quantizations_are_picked_by_size_but_no_original() -> None:
    assert picked(repository(("IQ2_M", 1), ("IQ3_S", 2), ("BF16", 5)), None) == "IQ3_S"
    assert picked(repository(("BF16", 5)), None) == "BF16"
    assert pick((), None, LAPTOP) is None
    assert pick((), 0.5, LAPTOP) is None


def test_the_choice_for_a_repository_says_what_to_expect() -> None:
    choice = found(SEVEN, SEVEN.models[2], LAPTOP)
    assert choice.model == "local/o/n"
    assert (choice.label, choice.file, choice.license) == ("n Q4_K_M", "n-Q4_K_M.gguf", "mit")
    assert choice.fit is Fit.MEMORY
    assert choice.speed == "slow: about 5 tokens/s"


def test_a_repository_of_the_table_keeps_its_words() -> None:
    name = "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF"
    choice = found(repository(("Q4_K_M", 18.6), name=name), SEVEN.models[0], STATION)
    assert choice.about == "code and tools; quick for its size"
    assert choice.label == "Qwen3 Coder 30B Q2_K"
