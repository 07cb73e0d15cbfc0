"""A model for this machine, from nothing to its first answer, in the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hub_server import HubServer
from tests.support.program import quit_program, real, send
from tests.support.tiny_gguf import Tiny, tiny_model

pytestmark = pytest.mark.e2e
REPOSITORY = "own/Tiny-GGUF"


def test_a_repository_that_is_named_is_fetched_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = Tiny("Fetched and loaded.", context=8192)
    data = tiny_model(tmp_path / "x.gguf", tiny).read_bytes()
    with HubServer() as hub:
        hub.add(REPOSITORY, {"x-Q4_K_M.gguf": data})
        monkeypatch.setenv("HF_ENDPOINT", hub.base)
        with real(tmp_path, "--local", "--model", REPOSITORY) as terminal:
            terminal.wait_screen("Enter downloads it", "x-Q4_K_M.gguf")
            terminal.key("enter")
            send(terminal, "hi")
            terminal.wait_screen("Fetched and loaded.")
            assert quit_program(terminal) == 0
    assert list((tmp_path / "home" / "data" / "models").rglob("*.gguf"))


def test_f2_shows_what_is_here_and_changes_the_model_in_mid_conversation(tmp_path: Path) -> None:
    models = tmp_path / "home" / "data" / "models" / "own" / "Other-GGUF"
    models.mkdir(parents=True)
    one = tiny_model(tmp_path / "one.gguf", Tiny("I am the first.", context=8192))
    tiny_model(models / "other-Q4_K_M.gguf", Tiny("I am the other.", context=8192))
    with real(tmp_path, "--model", f"local/{one}") as terminal:
        send(terminal, "hi")
        terminal.wait_screen("I am the first.")
        terminal.key("f2")
        terminal.wait_screen("On this machine", "Other")
        terminal.type("other-gguf")
        terminal.wait_no_screen("Download")
        terminal.key("enter")
        terminal.wait_no_screen("Ctrl+T test")
        send(terminal, "and you?")
        terminal.wait_screen("I am the other.")
        assert quit_program(terminal) == 0
