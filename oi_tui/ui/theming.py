"""Themes: files of colors, read, checked and turned into what Textual takes.

Owns the file format (`[colors]`, `[variables]`, `[syntax]`) and where theme files lie. A file with
one bad color is refused as a whole: Textual would take it and fail much later, elsewhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.theme import Theme

from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

DEFAULT = "harbor-dark"
COLORS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
    "success",
    "warning",
    "error",
)
SYNTAX = (
    "text",
    "keyword",
    "string",
    "number",
    "comment",
    "function",
    "type",
    "operator",
    "variable",
    "decorator",
    "error",
    "added",
    "removed",
)
# What our style sheets ask for beyond Textual's own variables, for themes that lack it.
VARIABLE_DEFAULTS = {"muted": "#8b99ad", "faint": "#3a4657"} | {
    f"syntax-{name}": "#d7dee8" for name in SYNTAX
}


class ThemeError(Exception):
    """A theme file that cannot be used; the text is for a person."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """One theme as read. `syntax` maps the names of `SYNTAX` to colors."""

    name: str
    title: str
    dark: bool
    colors: Mapping[str, str]
    variables: Mapping[str, str]
    syntax: Mapping[str, str]

    def as_theme(self) -> Theme:
        """Return it as Textual takes it; code colors become `$syntax-…` variables."""
        variables = dict(self.variables) | {f"syntax-{k}": v for k, v in self.syntax.items()}
        variables["boost"] = self.colors["boost"]  # Textual drops it where a panel is given
        theme = Theme(self.name, self.colors["primary"], dark=self.dark, variables=variables)
        for name in COLORS:
            setattr(theme, name, self.colors[name])
        return theme


def shipped_folder() -> Path:
    """Return the folder of the themes that come with the program (wheel or repository)."""
    packaged = Path(__file__).parents[1] / "themes"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "themes"


def read_theme(path: Path) -> ThemeFile:
    """Read one file.

    Raises:
        ThemeError: it is unreadable, incomplete, or has something that is no color.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise ThemeError(
            tr("{file}: {problem}", file=path.name, problem=one_line(str(error)))
        ) from error
    colors = _table(path, content, "colors", COLORS)
    syntax = _table(path, content, "syntax", SYNTAX)
    variables = _table(path, content, "variables", ())
    missing = [name for name in COLORS if name not in colors]
    if missing:
        raise ThemeError(tr("{file}: no color {name}", file=path.name, name=missing[0]))
    name = str(content.get("name", path.stem))
    title, dark = str(content.get("title", name)), bool(content.get("dark", True))
    return ThemeFile(name, title, dark, colors, variables, syntax)


def _table(
    path: Path, content: Mapping[str, object], name: str, known: Sequence[str]
) -> dict[str, str]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise ThemeError(tr("{file}: [{name}] is not a table", file=path.name, name=name))
    for key, value in table.items():
        where = f"{name}.{one_line(str(key))}"
        if known and key not in known:
            raise ThemeError(tr("{file}: unknown {key}", file=path.name, key=where))
        if not isinstance(value, str) or not (_is_style(key) or _is_color(value)):
            raise ThemeError(tr("{file}: {key} is not a color", file=path.name, key=where))
    return table


def _is_style(key: str) -> bool:
    return key.endswith(("-style", "-style-hover"))


def _is_color(value: str) -> bool:
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ThemeShelf:
    """Every theme that could be read, by name, and what is wrong with the others."""

    themes: Mapping[str, ThemeFile]
    problems: tuple[str, ...]


def read_all(folders: Sequence[Path]) -> ThemeShelf:
    """Read every `*.toml` of the folders; a later folder's theme replaces one of the same name."""
    themes: dict[str, ThemeFile] = {}
    problems = []
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                theme = read_theme(path)
            except ThemeError as problem:
                problems.append(str(problem))
            else:
                themes[theme.name] = theme
    return ThemeShelf(themes, tuple(problems))


def read_first(name: str, folders: Sequence[Path]) -> ThemeFile | None:
    """Read the one theme that the first frame needs: by file name, the last folder first."""
    for folder in reversed(folders):
        path = folder / f"{name}.toml"
        if path.is_file():
            try:
                return read_theme(path)
            except ThemeError:
                continue
    return None


def contrast(text: str, ground: str) -> float:
    """Return the WCAG 2 contrast ratio of two colors, 1 to 21."""
    bright, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [value / 255 for value in Color.parse(color).rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
