"""What a model needs is compared with what there is, before anything is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fit
from oi_tui.models.local import plan as planning
from oi_tui.models.local.facts import FileFacts, facts_of
from oi_tui.models.local.machine import Gpu, Machine
from oi_tui.models.local.memory import (
    context_that_fits,
    fit,
    help_for,
    needed,
    needed_for_size,
    room,
    shortage,
    speed,
    speed_in_words,
)
from oi_tui.models.local.plan import Wishes, plan_for
from oi_tui.protocol.items import ErrorKind
from tests.support.tiny_gguf import Tiny, tiny_model

GB = 1_000_000_000
LAPTOP = Machine("Linux", 16 * GB, 10 * GB, 8)
GPU = Gpu("RTX", 24 * GB, 22 * GB)
SEVEN = FileFacts(Path("m.gguf"), 4_700_000_000, "m", "qwen2", 7_600_000_000, "Q4_K_M", 32768, 28,
                  True, "", 57_344)  # fmt: skip


def test_a_model_needs_its_file_its_context_and_some_more() -> None:
    assert needed(SEVEN, 8192) > SEVEN.size + 57_344 * 8192
    assert needed(SEVEN, 32768) - needed(SEVEN, 8192) == 57_344 * (32768 - 8192)
    assert needed(SEVEN, 8192) < 1.2 * SEVEN.size + GB


def test_a_header_that_does_not_tell_is_judged_by_its_size() -> None:
    assert needed(replace(SEVEN, cache_per_token=0), 8192) == needed_for_size(SEVEN.size)


@pytest.mark.parametrize(
    ("gigabytes", "machine", "expected"),
    [
        (5, LAPTOP, Fit.MEMORY),
        (9.5, LAPTOP, Fit.TIGHT),
        (14.9, LAPTOP, Fit.TIGHT),
        (15.1, LAPTOP, Fit.NO),
        (15, replace(LAPTOP, gpus=(GPU,)), Fit.GPU),
        (21, replace(LAPTOP, gpus=(GPU,)), Fit.TIGHT),
        (40, replace(LAPTOP, gpus=(GPU,)), Fit.NO),
        (15.1, replace(LAPTOP, gpus=(GPU,), gpu_trouble="no driver"), Fit.NO),
        (5, Machine("?", 0, 0, 1), Fit.UNKNOWN),
    ],
)
def test_whether_it_fits(gigabytes: float, machine: Machine, expected: Fit) -> None:
    assert fit(int(gigabytes * GB), machine) is expected


def test_a_gpu_that_is_not_to_be_used_does_not_count() -> None:
    assert fit(15 * GB, replace(LAPTOP, gpus=(GPU,)), gpu_layers=0) is Fit.NO


def test_apple_shares_one_memory() -> None:
    gpu = Gpu("Apple M3", 10 * GB, 8 * GB, shares_memory=True)
    mac = replace(LAPTOP, system="macOS", gpus=(gpu,))
    assert fit(6 * GB, mac) is Fit.GPU
    assert room(mac) == room(LAPTOP)


def test_the_context_that_fits_and_the_words_for_it() -> None:
    small = replace(LAPTOP, memory=7 * GB, free=6 * GB)
    context = context_that_fits(SEVEN, room(small))
    assert 1024 <= context < 32768
    assert needed(SEVEN, context) <= room(small) < needed(SEVEN, context + 256)
    assert f"--context_window {context}" in help_for(SEVEN, 32768, small)
    assert "smaller quantization" in help_for(SEVEN, 32768, replace(small, memory=3 * GB))
    assert "--context_window 32768" in help_for(SEVEN, 10**8, LAPTOP)  # what it was trained for
    words = shortage(9 * GB, 32768, small)
    assert words == (
        "It needs about 9.0 GB with 32768 tokens of context; this machine has 7.0 GB in all, "
        "which is 2.9 GB too little."
    )


def test_speed_follows_memory_and_what_is_read_of_it() -> None:
    on_gpu = replace(LAPTOP, gpus=(GPU,))
    assert speed(5 * GB, on_gpu, Fit.GPU) > 4 * speed(5 * GB, LAPTOP, Fit.MEMORY)
    assert speed(5 * GB, LAPTOP, Fit.TIGHT) < speed(5 * GB, LAPTOP, Fit.MEMORY)
    assert speed(5 * GB, LAPTOP, Fit.NO) == speed(0, LAPTOP, Fit.MEMORY) == 0.0
    assert speed(5 * GB, replace(LAPTOP, cores=2), Fit.MEMORY) < speed(5 * GB, LAPTOP, Fit.MEMORY)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (60.4, "fast: about 60 tokens/s"),
        (8, "faster than one reads: about 8 tokens/s"),
        (3, "slow: about 3 tokens/s"),
        (0.44, "very slow: about 0.4 tokens/s"),
        (0, ""),
    ],
)
def test_speed_in_words(tokens: float, words: str) -> None:
    assert speed_in_words(tokens, Fit.MEMORY) == words
    assert speed_in_words(tokens, Fit.NO) == "does not fit"


# -- the plan of a real file ----------------------------------------------------------------------
@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny.gguf", Tiny(context=65536, layers=4))


def having(monkeypatch: pytest.MonkeyPatch, memory: int, free: int) -> None:
    monkeypatch.setattr(planning, "memory_here", lambda: (memory, free))


def test_what_cannot_fit_is_refused_before_it_is_loaded(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    having(monkeypatch, 300_000_000, 300_000_000)
    with pytest.raises(ModelError) as failed:
        plan_for(f"local/{tiny}", Wishes(gpu_layers=0))
    info = failed.value.info
    assert info.kind is ErrorKind.CONFIG
    assert info.title == "tiny.gguf needs more memory than there is."
    assert "this machine has 300 MB in all" in info.detail


def test_a_context_that_is_too_large_is_answered_with_one_that_fits(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(tiny)
    memory = needed(facts, 8192) * 8 // 7 + 1000
    having(monkeypatch, memory, memory)
    with pytest.raises(ModelError) as failed:
        plan_for(f"local/{tiny}", Wishes(context=65536, gpu_layers=0))
    context = int(failed.value.info.hint.rpartition(" ")[2])
    assert plan_for(f"local/{tiny}", Wishes(context=context, gpu_layers=0)).load.context == context


def test_a_context_that_nobody_asked_for_is_made_to_fit(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(tiny)
    memory = needed(facts, 4096) * 8 // 7 + 1000
    having(monkeypatch, memory, memory)
    assert 1024 <= plan_for(f"local/{tiny}", Wishes(gpu_layers=0)).load.context <= 4096


def test_tight_memory_is_a_warning_and_what_is_given_up_counts(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    having(monkeypatch, 16 * GB, 1_200_000_000)
    tight = plan_for(f"local/{tiny}", Wishes(gpu_layers=0))
    assert "other programs will be slow" in tight.notice
    freed = plan_for(f"local/{tiny}", Wishes(gpu_layers=0), given_up=8 * GB)
    assert freed.notice == ""
    assert freed == tight  # the same server will do


def test_a_quarter_of_memory_holds_the_context_at_most(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "facts_from", lambda path, header: replace(SEVEN, path=path))
    having(monkeypatch, 16 * GB, 16 * GB)
    assert plan_for(f"local/{tiny}", Wishes(gpu_layers=0)).load.context == 8192
    greedy = replace(SEVEN, size=0, cache_per_token=2_000_000)
    monkeypatch.setattr(planning, "facts_from", lambda path, header: replace(greedy, path=path))
    assert plan_for(f"local/{tiny}", Wishes(gpu_layers=0)).load.context == 1792
