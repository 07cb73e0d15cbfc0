"""Every shipped theme loads, has the same keys and is readable; a bad one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from oi_tui.ui.theming import (
    SYNTAX,
    ThemeError,
    contrast,
    read_all,
    read_first,
    read_theme,
    shipped_folder,
)

FILES = sorted(shipped_folder().glob("*.toml"))
READABLE = 4.5  # WCAG 2 AA for ordinary text


def test_themes_are_shipped() -> None:
    names = {path.stem for path in FILES}
    assert {"harbor-dark", "harbor-light", "lantern", "high-contrast"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_theme_is_complete(path: Path) -> None:
    theme = read_theme(path)
    model = read_theme(shipped_folder() / "harbor-dark.toml")
    assert theme.name == path.stem
    assert set(theme.syntax) == set(SYNTAX)
    assert set(theme.variables) == set(model.variables)
    assert theme.as_theme().variables["syntax-keyword"] == theme.syntax["keyword"]


@pytest.mark.parametrize("ground", ["background", "surface", "panel"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_text_of_a_shipped_theme_is_readable(path: Path, ground: str) -> None:
    theme = read_theme(path)
    colors = dict(theme.colors)
    inks = {name: colors[name] for name in ("foreground", "primary", "success", "warning", "error")}
    inks["muted"] = theme.variables["muted"]
    inks |= {f"syntax-{name}": color for name, color in theme.syntax.items()}
    poor = {name: round(contrast(ink, colors[ground]), 2) for name, ink in inks.items()}
    assert {name: ratio for name, ratio in poor.items() if ratio < READABLE} == {}
    cursor = theme.variables["block-cursor-foreground"]
    assert contrast(cursor, theme.variables["block-cursor-background"]) >= READABLE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('primary = "#67c1d6"|primary = "teal-ish"', "colors.primary is not a color"),
        ('primary = "#67c1d6"|primry = "#67c1d6"', "unknown colors.primry"),
        ('accent = "#67c1d6"|', "no color accent"),
        ('keyword = "#c4a3e6"|keyword = 3', "syntax.keyword is not a color"),
        ("[colors]|[colors", "bad.toml"),
    ],
)
def test_a_bad_theme_is_refused_by_name(tmp_path: Path, line: str, said: str) -> None:
    old, _, new = line.partition("|")
    text = (shipped_folder() / "harbor-dark.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ThemeError, match=r"bad\.toml") as caught:
        read_theme(path)
    assert said in str(caught.value)


def test_a_persons_theme_replaces_a_shipped_one_and_problems_are_collected(tmp_path: Path) -> None:
    text = (shipped_folder() / "lantern.toml").read_text(encoding="utf-8")
    (tmp_path / "lantern.toml").write_text(text.replace('"Lantern"', '"Mine"'), encoding="utf-8")
    (tmp_path / "x.toml").write_text("name = 'x'", encoding="utf-8")
    shelf = read_all([shipped_folder(), tmp_path])
    assert shelf.themes["lantern"].title == "Mine"
    assert len(shelf.problems) == 1
    first = read_first("lantern", [shipped_folder(), tmp_path])
    assert first is not None
    assert first.title == "Mine"
    assert read_first("x", [tmp_path]) is None


def test_contrast_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
