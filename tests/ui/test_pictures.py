"""Every scene looks as it did; `--update-pictures` takes a new look as right."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Compare
from tests.ui.drawing import Scene, draw, normalized
from tests.ui.scenes import SCENES


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_looks_as_it_did(scene: Scene, compare_picture: Compare) -> None:
    compare_picture(scene.name, await draw(scene))


def test_what_differs_from_run_to_run_is_taken_out() -> None:
    one = '<text class="terminal-123-r1" x="12.2" y="1">&#160;hi</text>'
    two = '<text class="terminal-9-r1" x="12.2" y="1">&#160;hi</text>'
    assert normalized(one) == normalized(two)
    assert 'x="24.4"' in normalized(one)
