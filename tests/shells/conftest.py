from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oi_tui.shells.pool import ShellPool
from tests.shells.running import Session

# The sessions' interpreter, to try the driver on another version of Python.
PYTHON = os.environ.get("OI_TUI_TEST_PYTHON", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    pool = ShellPool(folder=str(folder), python=PYTHON)
    yield Session(pool)
    pool.close()


@pytest.fixture
def need(session: Session) -> Callable[[str], None]:
    """Skip a test whose language is not here; fail it where everything has to be."""

    def check(language: str) -> None:
        if language not in (*session.pool.languages(), "sh"):
            message = f"{language} is not installed"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)

    return check
