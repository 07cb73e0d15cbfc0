"""Names of models become files."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.models.local.library import Library
from oi_tui.models.local.plan import usual_threads
from oi_tui.models.providers import names_provider, runs_here, split_model


def test_prefixes_mean_this_machine() -> None:
    assert split_model("local/OWNER/NAME") == ("local", "OWNER/NAME")
    assert split_model("llamacpp//a/b.gguf") == ("llamacpp", "/a/b.gguf")
    for name in ("local/x", "llamacpp/x", "ctransformers/x"):
        assert runs_here(name)
        assert names_provider(name)
    for name in ("gpt-4o", "ollama/x", "local", "owner/local"):
        assert not runs_here(name)


def test_a_path_is_a_file_and_home_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "a b.gguf"
    path.touch()
    for name in (f"local/{path}", "local/~/a b.gguf", str(path)):
        assert Library().find(name).path == path


def test_a_core_is_left_to_the_person() -> None:
    assert usual_threads() >= 1
