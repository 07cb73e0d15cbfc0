"""Recent and favorite models: remembered, bounded, and never lost to a damaged file."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from oi_tui.config.used_models import MOST_RECENT, Used, UsedModels

ROOT = Path(__file__).parents[2]
BASE = "http://localhost:1234/v1"


@pytest.fixture
def used(tmp_path: Path) -> UsedModels:
    return UsedModels(tmp_path / "state" / "models.json")


def names(used: UsedModels) -> list[str]:
    return [row.model for row in used.all()]


def test_nothing_was_used_yet(used: UsedModels) -> None:
    assert used.all() == ()


def test_what_was_used_last_comes_first_and_favorites_before(used: UsedModels) -> None:
    for model in ("a", "b", "c", "a"):
        used.note(model)
    assert names(used) == ["a", "c", "b"]
    used.mark("b", "", favorite=True)
    used.mark("never used", BASE, favorite=True)
    assert names(used) == ["b", "never used", "a", "c"]
    used.note("b")
    used.mark("b", "", favorite=False)
    assert names(used) == ["never used", "b", "a", "c"]
    assert used.all()[0] == Used("never used", BASE, is_favorite=True)


def test_the_same_name_at_another_address_is_another_model(used: UsedModels) -> None:
    used.note("m")
    used.note("m", BASE)
    assert [row.api_base for row in used.all()] == [BASE, ""]


def test_the_oldest_are_forgotten_but_no_favorite(used: UsedModels) -> None:
    used.mark("kept", "", favorite=True)
    for number in range(MOST_RECENT + 5):
        used.note(f"m{number}")
    assert names(used)[:2] == ["kept", f"m{MOST_RECENT + 4}"]
    assert len(names(used)) == MOST_RECENT + 1


def test_the_file_is_for_its_owner_only(used: UsedModels, tmp_path: Path) -> None:
    used.note("a")
    file = tmp_path / "state" / "models.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"models": 3}', b"[" * 100_000, b" " * 300_000]
)
def test_a_damaged_file_counts_as_empty_and_is_kept(
    used: UsedModels, tmp_path: Path, damage: bytes
) -> None:
    used.note("a")
    file = tmp_path / "state" / "models.json"
    file.write_bytes(damage)
    assert used.all() == ()
    assert file.read_bytes() == damage  # looking changes nothing
    used.note("b")
    assert names(used) == ["b"]
    assert (tmp_path / "state" / "models.json.damaged").read_bytes() == damage


def test_rows_that_mean_nothing_are_left_out(used: UsedModels, tmp_path: Path) -> None:
    rows = [{"model": "good"}, {"model": 1}, 7, {"model": ""}, {"model": "x" * 9999}, {}]
    file = tmp_path / "state" / "models.json"
    used.note("first")
    file.write_text(json.dumps({"models": rows}))
    assert names(used) == ["good"]


def test_an_address_with_a_password_is_not_written(used: UsedModels) -> None:
    used.note("m", "https://me:secret@example.com/v1")
    used.mark("m", "http://[", favorite=True)
    assert used.all() == ()


def test_a_place_that_cannot_be_written_is_an_error_that_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    used = UsedModels(tmp_path / "file" / "models.json")
    assert used.all() == ()
    with pytest.raises(OSError, match="file"):
        used.note("a")


_NOTE_MANY = """
import sys
from pathlib import Path
from oi_tui.config.used_models import UsedModels

for number in range(8):
    UsedModels(Path(sys.argv[1])).note(f"{sys.argv[2]}{number}")
"""


def test_two_programs_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    command = [sys.executable, "-c", _NOTE_MANY, str(file)]
    both = [subprocess.Popen([*command, name], cwd=ROOT) for name in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(UsedModels(file).all()) == 16
