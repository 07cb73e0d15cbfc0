"""Foreign text must not reach a widget past `ui/safe.py`, and nothing may be suppressed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UI = ROOT / "oi_tui" / "ui"
SAFE = UI / "safe.py"
# Widgets and calls that parse markup or pass control characters on.
UNSAFE_CALLS = {
    "Static",
    "Label",
    "Button",
    "Markdown",
    "RichLog",
    "Log",
    "Collapsible",
    "Checkbox",
}
UNSAFE_METHODS = {"notify", "from_markup", "from_ansi"}
UNSAFE_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip"}


def _files() -> list[Path]:
    return [path for path in sorted(UI.rglob("*.py")) if path != SAFE]


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@pytest.mark.parametrize("path", _files(), ids=lambda p: str(p.relative_to(UI)))
def test_screen_code_uses_only_the_safe_doors(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            assert _called(node) not in UNSAFE_CALLS | UNSAFE_METHODS, f"{where}: {_called(node)}"
            for keyword in node.keywords:
                risky = keyword.arg == "markup" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                )
                assert not risky, f"{where}: markup"
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Attribute):
                assert target.attr not in UNSAFE_ATTRIBUTES, f"{where}: {target.attr}"


SUPPRESSIONS = ("# type: ignore", "# noqa", "# pragma: no cover", "# mypy:")


def test_nothing_is_suppressed() -> None:
    for folder in (ROOT / "oi_tui", ROOT / "tests"):
        for path in folder.rglob("*.py"):
            if path != Path(__file__):
                text = path.read_text(encoding="utf-8")
                assert not [mark for mark in SUPPRESSIONS if mark in text], path
