"""Names of models become files."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.models.base import ModelError
from oi_tui.models.local.plan import find_file, usual_threads
from oi_tui.models.providers import names_provider, runs_here, split_model
from oi_tui.protocol.items import ErrorKind
from tests.support.local_models import smollm2


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
    assert find_file("local/x", str(path)) == path
    assert find_file("local/x", "~/a b.gguf") == path


def test_the_toy_has_a_name() -> None:
    assert find_file("local/smollm2", "smollm2") == smollm2()


@pytest.mark.parametrize("name", ["nobody/nothing", "/nowhere/x.gguf", "x\x1b[31m"])
def test_what_is_not_here_is_said(name: str) -> None:
    with pytest.raises(ModelError) as failed:
        find_file(f"local/{name}", name)
    info = failed.value.info
    assert info.kind is ErrorKind.MODEL_MISSING
    assert "\x1b" not in info.title + info.detail


def test_a_core_is_left_to_the_person() -> None:
    assert usual_threads() >= 1
