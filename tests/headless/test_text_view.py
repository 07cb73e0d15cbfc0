"""What a pipe is told of a model on this machine."""

from __future__ import annotations

import io

from oi_tui.headless.text_view import TextView
from oi_tui.protocol.events import ModelLoading, PromptReading, TextAdded


def test_a_load_is_told_once_and_not_as_part_of_the_answer() -> None:
    answer, aside = io.StringIO(), io.StringIO()
    view = TextView(answer, aside)
    for fraction in (None, 0.2, 0.9, 1.0):
        view.show(ModelLoading("local/tiny\x1b[31m", fraction, "llama.cpp"))
    view.show(PromptReading("local/tiny", 0.5))
    view.show(TextAdded("m1", "Hi."))
    assert aside.getvalue().count("Loading local/tiny") == 1
    assert "(llama.cpp)" in aside.getvalue()
    assert "\x1b" not in aside.getvalue()
    assert answer.getvalue() == "Hi."
    view.show(ModelLoading("local/tiny\x1b[31m", 0.1, "llama.cpp"))
    assert aside.getvalue().count("Loading local/tiny") == 2
