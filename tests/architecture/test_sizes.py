"""The size limits of the house, read from the tree. If one bites: redesign."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "oi_tui"
MODULE_LINES, TEST_MODULE_LINES = 400, 600
CLASS_LINES, CLASS_METHODS = 300, 25
FUNCTION_LINES = 50
STYLE_LINES = 250
MAIN_LINES = 250  # the application and its main screen
INIT_LINES = 20


def _python_files() -> list[Path]:
    drivers = PACKAGE / "shells" / "drivers"
    return [
        path
        for folder in (PACKAGE, ROOT / "tests")
        for path in sorted(folder.rglob("*.py"))
        if drivers not in path.parents
    ]


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _span(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", _python_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_python_file_keeps_the_limits(path: Path) -> None:
    limit = MODULE_LINES if PACKAGE in path.parents else TEST_MODULE_LINES
    if path in (PACKAGE / "ui" / "app.py", PACKAGE / "ui" / "screens" / "main.py"):
        limit = MAIN_LINES
    if path.name == "__init__.py":
        limit = INIT_LINES
    assert _lines(path) <= limit
    for node in _nodes(path):
        if isinstance(node, ast.ClassDef):
            methods = [
                n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            assert _span(node) <= CLASS_LINES, node.name
            assert len(methods) <= CLASS_METHODS, f"{node.name} has {len(methods)} methods"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert _span(node) <= FUNCTION_LINES, node.name


def test_style_sheets_keep_the_limit() -> None:
    for path in PACKAGE.rglob("*.tcss"):
        assert _lines(path) <= STYLE_LINES, path.name


def test_driver_files_keep_the_module_limit() -> None:
    for path in (PACKAGE / "shells" / "drivers").glob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert _lines(path) <= MODULE_LINES, path.name
