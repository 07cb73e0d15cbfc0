"""The picture tests' flag and fixture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PICTURES = Path(__file__).with_name("pictures")
Compare = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-pictures", action="store_true", help="take what is drawn now as right"
    )


@pytest.fixture
def compare_picture(request: pytest.FixtureRequest) -> Compare:
    """Compare a picture with the stored one; write the actual one beside it if it differs."""

    def compare(name: str, svg: str) -> None:
        stored, actual = PICTURES / f"{name}.svg", PICTURES / "actual" / f"{name}.svg"
        if request.config.getoption("--update-pictures"):
            PICTURES.mkdir(exist_ok=True)
            stored.write_text(svg + "\n", encoding="utf-8")
            return
        expected = stored.read_text(encoding="utf-8") if stored.exists() else ""
        if expected != svg + "\n":
            actual.parent.mkdir(parents=True, exist_ok=True)
            actual.write_text(svg + "\n", encoding="utf-8")
            pytest.fail(f"{name} looks different: compare {actual} with {stored}")

    return compare
